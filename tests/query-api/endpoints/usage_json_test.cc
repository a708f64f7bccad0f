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
  EXPECT_EQ(UsageJson(usage, UsageOwner::kApiKey).dump(),
            R"({"requests":1,"inputTokens":2,"outputTokens":3,"cacheCreateTokens":4,"cacheReadTokens":5,)"
            R"("totalTokens":14,"cost":1.5,"realCost":7e-06})");
}

TEST(UsageJson, SaysWhatHasNoPrice) {
  UsageSum usage{.requests = 3,
                 .input_tokens = 30,
                 .cost_micros = 800'000.4,
                 .unpriced_requests = 1,
                 .unpriced_tokens = 10};
  Json json = UsageJson(usage, UsageOwner::kAccount);
  EXPECT_EQ(json["cost"], 0.8);
  EXPECT_EQ(json["realCost"], 0.8);
  EXPECT_EQ(json["unpricedRequests"], 1);
  usage = {.requests = 3, .input_tokens = 30, .unpriced_requests = 3, .unpriced_tokens = 30};
  json = UsageJson(usage, UsageOwner::kAccount);
  EXPECT_EQ(json["cost"], Json()) << "unknown, and not 0";
  EXPECT_EQ(json["realCost"], Json());
  EXPECT_EQ(UsageJson({}, UsageOwner::kAccount)["cost"], 0.0) << "nothing costs nothing";
}

TEST(UsageJson, MoneyHasSixDecimalsAndRatesHaveTwo) {
  UsageSum usage;
  for (int i = 0; i < 8; ++i) usage += {.requests = 1, .cost_micros = 0.1 * 1e6};
  EXPECT_EQ(CostJson(usage).dump(), "0.8") << "not 0.7999999999999999";
  EXPECT_EQ(RateJson(13.060833333333335).dump(), "13.06");
  EXPECT_EQ(RateJson(0.1 + 0.2).dump(), "0.3");
}

TEST(TextOrNull, WhatIsUnsetIsNull) {
  EXPECT_EQ(TextOrNull(""), Json());
  EXPECT_EQ(TextOrNull("x"), Json("x"));
}

}  // namespace
}  // namespace keymeter::query_api
