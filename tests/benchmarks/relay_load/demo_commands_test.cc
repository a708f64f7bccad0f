#include "benchmarks/relay_load/demo_commands.h"

#include <gtest/gtest.h>

namespace keymeter::relay_load {
namespace {

class DemoCommands : public ::testing::Test {
 protected:
  const Population population_ = MakePopulation({.keys = 4, .accounts = 6, .models = 2, .groups = 1});
  RespWriter out_{Counting::kIncrement};

  [[nodiscard]] bool Says(const std::string& text) const {
    return out_.Bytes().find(text) != std::string::npos;
  }
};

TEST_F(DemoCommands, SetALimitOfALittleMoreThanWasSpentToday) {
  Tally tally;
  Request request;
  request.key = &population_.keys[0];
  request.account = &population_.accounts[0];
  request.model = &population_.models[0];
  request.at_ms = 7'200'000;
  request.rated_cost.input = 10'000'000LL * 1'000'000;  // ten USD
  tally.Add(request);
  EXPECT_EQ(NearLimits(population_, tally, 3600).at(0), "10.51");
  EXPECT_EQ(NearLimits(population_, tally, 10'800).at(0), "0.01") << "that was yesterday";
  AppendLimit(out_, population_.keys[0], "10.51");
  EXPECT_TRUE(Says("10.51")) << out_.Bytes();
}

TEST_F(DemoCommands, PutOneAccountOutLimitAnotherAndMarkAThirdAsUnavailable) {
  AppendTroubles(out_, population_, 0);
  EXPECT_TRUE(Says("unauthorized"));
  EXPECT_TRUE(Says("1970-01-01T00:30:00.000Z"));
  EXPECT_TRUE(Says("temp_unavailable:" + std::string(population_.accounts[4].kind->usage_type) + ":" +
                   population_.accounts[4].id));
}

TEST_F(DemoCommands, NameTheBalanceOfAnAccount) {
  AppendBalance(out_, population_.accounts[1], 0);
  EXPECT_TRUE(Says("account_balance:claude:" + population_.accounts[1].id)) << out_.Bytes();
  EXPECT_TRUE(Says("87.5"));
}

TEST_F(DemoCommands, ResetTheCountersOfOneKeyAndModel) {
  Request request;
  request.key = &population_.keys[1];
  request.account = &population_.accounts[0];
  request.model = &population_.models[0];
  AppendReset(out_, request, 0);
  for (const char* hour : {":1970-01-01:00", ":1970-01-01:23"})
    EXPECT_TRUE(
        Says("usage:" + population_.keys[1].id + ":model:hourly:" + population_.models[0].name + hour));
}

}  // namespace
}  // namespace keymeter::relay_load
