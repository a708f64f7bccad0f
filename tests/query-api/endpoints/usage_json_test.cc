#include "query-api/endpoints/usage_json.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(UsageJson, HasItsMembersInTheDocumentedOrder) {
  const UsageSum usage{.requests = 1,
                       .input_tokens = 2,
                       .output_tokens = 3,
                       .cache_create_tokens = 4,
                       .cache_read_tokens = 5,
                       .cost_micros = 1'500'000,
                       .real_cost_micros = 7};
  EXPECT_EQ(UsageJson(usage).dump(),
            R"({"requests":1,"inputTokens":2,"outputTokens":3,"cacheCreateTokens":4,"cacheReadTokens":5,)"
            R"("totalTokens":14,"cost":1.5})");
}

TEST(TextOrNull, WhatIsUnsetIsNull) {
  EXPECT_EQ(TextOrNull(""), Json());
  EXPECT_EQ(TextOrNull("x"), Json("x"));
}

}  // namespace
}  // namespace keymeter::query_api
