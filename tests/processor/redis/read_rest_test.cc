#include "processor/redis/read_rest.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

constexpr std::int64_t kMinutesBegin = 1'784'000'040'000;
constexpr std::int64_t kInsideAMinute = kMinutesBegin + 30'000;

TEST(ReadRest, FollowsAFewMessages) {
  EXPECT_EQ((ReadRest{.bytes = 130, .messages = 1}.Ms(kInsideAMinute)), ReadRest::kRestMs);
}

TEST(ReadRest, DoesNotFollowWhatIsNoMessage) {
  EXPECT_EQ((ReadRest{.bytes = 7, .messages = 0}.Ms(kInsideAMinute)), 0);
}

TEST(ReadRest, DoesNotFollowMuchAtOnce) {
  EXPECT_EQ((ReadRest{.bytes = ReadRest::kMuchBytes, .messages = 700}.Ms(kInsideAMinute)), 0);
}

TEST(ReadRest, DoesNotHoldUpWhoWaits) {
  EXPECT_EQ((ReadRest{.bytes = 130, .messages = 1, .is_awaited = true}.Ms(kInsideAMinute)), 0);
}

TEST(ReadRest, NeverReachesOverAMinutesEdge) {
  const ReadRest some{.bytes = 130, .messages = 1};
  for (std::int64_t ms = -1000; ms < 0; ++ms) {
    const std::int64_t rest = some.Ms(kMinutesBegin + ms);
    // A timer may be late: as much room again is left.
    EXPECT_LE(ms + 2 * rest, 0) << ms;
    EXPECT_EQ(rest > 0, ms < -2 * ReadRest::kRestMs) << ms;
  }
}

TEST(ReadRest, BeginsOnceAMinuteHasBegun) {
  const ReadRest some{.bytes = 130, .messages = 1};
  EXPECT_EQ(some.Ms(kMinutesBegin), 0);
  EXPECT_EQ(some.Ms(kMinutesBegin + ReadRest::kRestMs), ReadRest::kRestMs);
}

}  // namespace

}  // namespace keymeter::processor
