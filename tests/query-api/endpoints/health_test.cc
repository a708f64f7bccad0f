#include "query-api/endpoints/health.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

TEST(Health, AnswersFromTheFile) {
  UsageFile file;
  ApiUnderTest api(file.path());
  EXPECT_EQ(api.Get("/api/health").status, 503);
  EXPECT_EQ(api.Get("/api/health").body, R"({"ok":false,"reasons":["no processor has written this file"]})");
  file.Heartbeat(kNowMs - 1000);
  EXPECT_EQ(api.Get("/api/health").body, R"({"ok":true})");
  api.clock.AdvanceMs(60'000);
  EXPECT_EQ(api.Get("/api/health").status, 503);
}

TEST(Health, AMissingFileIsAReason) {
  const ApiUnderTest api("/nowhere/keymeter.db");
  const Response response = api.Get("/api/health");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body.find("/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::query_api
