#include "query-api/usage/live_rates.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

/// kNowMs is half a minute into its minute.
TEST(LiveRates, TheOldestMinuteCountsByThePartThatIsInsideTheWindow) {
  LiveRates rates(kNowMs);
  rates.Add(kMinuteNow, {.requests = 10, .input_tokens = 100});
  rates.Add(kMinuteNow - 60, {.requests = 4, .input_tokens = 40});
  rates.Add(kMinuteNow - 120, {.requests = 1000});
  EXPECT_DOUBLE_EQ(rates.rpm(), 12);
  EXPECT_DOUBLE_EQ(rates.tpm(), 120);
  EXPECT_DOUBLE_EQ(rates.requests_10m(), 1014);
  EXPECT_DOUBLE_EQ(rates.rpm_10m(), 101.4);
}

TEST(LiveRates, MinutesBeforeTheWindowCountNothing) {
  LiveRates rates(kNowMs);
  rates.Add(rates.first_bucket(), {.requests = 8});
  rates.Add(rates.first_bucket() - 60, {.requests = 1000});
  EXPECT_DOUBLE_EQ(rates.requests_10m(), 4);
}

}  // namespace
}  // namespace keymeter::query_api
