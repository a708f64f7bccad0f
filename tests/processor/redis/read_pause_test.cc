#include "processor/redis/read_pause.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

constexpr std::int64_t kMinutesBegin = 1'784'000'040'000;
constexpr std::int64_t kInsideAMinute = kMinutesBegin + 30'000;

TEST(ReadPause, FollowsAFewMessages) {
  EXPECT_EQ((ReadPause{.bytes = 130, .messages = 1}.Ms(kInsideAMinute)), ReadPause::kRestMs);
}

TEST(ReadPause, DoesNotFollowWhatIsNoMessage) {
  EXPECT_EQ((ReadPause{.bytes = 7, .messages = 0}.Ms(kInsideAMinute)), 0);
}

TEST(ReadPause, DoesNotFollowMuchAtOnce) {
  EXPECT_EQ((ReadPause{.bytes = ReadPause::kMuchBytes, .messages = 700}.Ms(kInsideAMinute)), 0);
}

TEST(ReadPause, DoesNotHoldUpWhoWaits) {
  EXPECT_EQ((ReadPause{.bytes = 130, .messages = 1, .is_awaited = true}.Ms(kInsideAMinute)), 0);
}

TEST(ReadPause, NeverReachesOverAMinutesEdge) {
  const ReadPause some{.bytes = 130, .messages = 1};
  for (std::int64_t ms = -1000; ms < 0; ++ms) {
    const std::int64_t rest = some.Ms(kMinutesBegin + ms);
    // A timer may be late: as much room again is left.
    EXPECT_LE(ms + 2 * rest, 0) << ms;
    EXPECT_EQ(rest > 0, ms < -2 * ReadPause::kRestMs) << ms;
  }
}

TEST(ReadPause, BeginsOnceAMinuteHasBegun) {
  const ReadPause some{.bytes = 130, .messages = 1};
  EXPECT_EQ(some.Ms(kMinutesBegin), 0);
  EXPECT_EQ(some.Ms(kMinutesBegin + ReadPause::kRestMs), ReadPause::kRestMs);
}

}  // namespace

}  // namespace keymeter::processor
