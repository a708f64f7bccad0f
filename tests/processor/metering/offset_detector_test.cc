#include "processor/metering/offset_detector.h"

#include <gtest/gtest.h>

#include "processor/metering/proven_time.h"
#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

/// The hour of day as a key names it: read as if it were UTC.
std::int64_t Naive(int hour) {
  return Hour(hour) / kHourSeconds;
}

/// Hours of the offset that was found; 99 when none was.
std::int64_t Found(const OffsetDetector& detector) {
  return detector.known() ? *detector.known() / kHourSeconds : 99;
}

/// One event, and a second of silence.
std::int64_t FoundFromOneEvent(int named_hour, std::string_view at) {
  OffsetDetector detector(std::nullopt);
  detector.OnLiveHour(Naive(named_hour), At(at));
  detector.Settle(At(at) + 1000);
  return Found(detector);
}

TEST(OffsetDetector, ReadsTheOffsetOffALiveKey) {
  EXPECT_EQ(FoundFromOneEvent(20, "12:30:00"), 8);
  EXPECT_EQ(FoundFromOneEvent(12, "12:30:00"), 0);
  EXPECT_EQ(FoundFromOneEvent(5, "12:30:00"), -7);
  EXPECT_EQ(FoundFromOneEvent(26, "12:30:00"), 14);
  EXPECT_EQ(FoundFromOneEvent(0, "12:30:00"), -12);
  EXPECT_EQ(FoundFromOneEvent(20, "12:59:59"), 8) << "by the hour in which the key was seen";
}

TEST(OffsetDetector, PaysNoHeedToHoursOfNoOffsetOnEarth) {
  EXPECT_EQ(FoundFromOneEvent(27, "12:30:00"), 99);
  EXPECT_EQ(FoundFromOneEvent(-1, "12:30:00"), 99);
  EXPECT_EQ(FoundFromOneEvent(-24 * 300, "12:30:00"), 99);
}

TEST(OffsetDetector, ConcludesAfterASecondOfOneHour) {
  OffsetDetector detector(std::nullopt);
  detector.OnLiveHour(Naive(20), At("12:30:00"));
  detector.OnLiveHour(Naive(20), At("12:30:00.9"));
  EXPECT_EQ(Found(detector), 99);
  detector.OnLiveHour(Naive(20), At("12:30:01"));
  EXPECT_EQ(Found(detector), 8);
}

TEST(OffsetDetector, ConcludesNothingWhileAnImportNamesHourAfterHour) {
  OffsetDetector detector(std::nullopt);
  for (std::int64_t hour = -30; hour <= 20; ++hour)
    detector.OnLiveHour(Naive(static_cast<int>(hour)), At("12:30:00") + (hour + 30) * 100);
  EXPECT_EQ(Found(detector), 99);
  detector.Settle(At("12:30:07"));
  EXPECT_EQ(Found(detector), 8) << "the last hour is the present one";
}

TEST(OffsetDetector, ConcludesNothingFromAKeyJustBehindAnEdge) {
  OffsetDetector detector(std::nullopt);
  detector.OnLiveHour(Naive(19), At("12:00:00.2"));  // late, of the hour before
  detector.Settle(At("12:00:03"));
  EXPECT_EQ(Found(detector), 99);
  detector.OnLiveHour(Naive(20), At("12:07:00"));
  detector.Settle(At("12:07:01"));
  EXPECT_EQ(Found(detector), 8);
}

TEST(OffsetDetector, SettlesNothingWithoutAKey) {
  OffsetDetector detector(std::nullopt);
  detector.Settle(At("12:30:00"));
  EXPECT_EQ(Found(detector), 99);
}

TEST(OffsetDetector, KeepsAKnownOffset) {
  OffsetDetector detector(8 * kHourSeconds);
  detector.OnInferred(4 * kHourSeconds);
  detector.OnLiveHour(Naive(12), At("12:30:00"));
  EXPECT_EQ(Found(detector), 8);
  EXPECT_FALSE(detector.contradiction());
}

TEST(OffsetDetector, AFewEventsShowAndFiveSureOnesConfirm) {
  OffsetDetector detector(std::nullopt);
  EXPECT_EQ(detector.origin(), OffsetOrigin::kUnknown);
  detector.OnLiveHour(Naive(20), At("12:30:00"));
  detector.Settle(At("12:30:01"));
  EXPECT_EQ(detector.origin(), OffsetOrigin::kShown);
  for (int i = 0; i < 4; ++i) detector.OnLiveHour(Naive(20), At("12:30:02"));
  EXPECT_EQ(detector.origin(), OffsetOrigin::kShown);
  detector.OnLiveHour(Naive(20), At("12:30:02"));
  EXPECT_EQ(detector.origin(), OffsetOrigin::kSeen);
}

TEST(OffsetDetector, EventsNearAnEdgeAndSetsConfirmNothing) {
  OffsetDetector detector(8 * kHourSeconds, OffsetOrigin::kInferred);
  for (int i = 0; i < 50; ++i) {
    detector.OnLiveHour(Naive(20), At("12:05:00"));
    detector.OnLiveHour(Naive(20), At("12:55:00"));
    detector.OnLiveHour(Naive(20), At("12:30:00"), false);
  }
  EXPECT_EQ(detector.origin(), OffsetOrigin::kInferred);
}

TEST(OffsetDetector, OneRequestContradictsWhatWasInferred) {
  OffsetDetector detector(5 * kHourSeconds, OffsetOrigin::kInferred);
  for (int i = 0; i < 18; ++i)
    detector.OnLiveHour(Naive(20), At("12:30:00") + i, true, i < 9 ? "of a key" : "of its account");
  detector.Settle(At("12:30:01"));
  EXPECT_FALSE(detector.contradiction());
  detector.Settle(At("12:30:02"));
  EXPECT_EQ(detector.contradiction(), 8 * kHourSeconds);
  EXPECT_EQ(Found(detector), 5) << "until all that was stored by it is put right";
}

TEST(OffsetDetector, OneOldCounterThatIsPutRightContradictsNothing) {
  OffsetDetector detector(8 * kHourSeconds, OffsetOrigin::kInferred);
  for (int i = 0; i < 18; ++i) detector.OnLiveHour(Naive(17), At("12:30:00") + i, true, "of a key");
  detector.Settle(At("12:30:30"));
  EXPECT_FALSE(detector.contradiction());
  detector.OnLiveHour(Naive(17), At("12:30:02"), true, "of a key");
  EXPECT_EQ(detector.contradiction(), 5 * kHourSeconds) << "it goes on growing";
}

TEST(OffsetDetector, TimesToLiveDoNotContradictWhatEventsHaveShown) {
  OffsetDetector detector(8 * kHourSeconds, OffsetOrigin::kShown);
  detector.OnInferred(5 * kHourSeconds);
  EXPECT_FALSE(detector.contradiction());
  for (int i = 0; i < 5; ++i) detector.OnLiveHour(Naive(17), At("12:30:00") + std::int64_t{500} * i);
  EXPECT_EQ(detector.contradiction(), 5 * kHourSeconds) << "further events do";
}

TEST(OffsetDetector, AnotherInferenceContradictsWhatWasInferred) {
  OffsetDetector detector(5 * kHourSeconds, OffsetOrigin::kInferred);
  detector.OnInferred(5 * kHourSeconds);
  EXPECT_FALSE(detector.contradiction());
  detector.OnInferred(8 * kHourSeconds);
  EXPECT_EQ(detector.contradiction(), 8 * kHourSeconds);
}

TEST(OffsetDetector, LiveTrafficWithdrawsWhatAnotherInferenceContradicts) {
  OffsetDetector detector(8 * kHourSeconds, OffsetOrigin::kInferred);
  detector.OnInferred(5 * kHourSeconds);
  for (int i = 0; i < 4; ++i) detector.OnLiveHour(Naive(20), At("12:30:00"));
  EXPECT_EQ(detector.contradiction(), 5 * kHourSeconds);
  detector.OnLiveHour(Naive(20), At("12:30:01"));
  EXPECT_FALSE(detector.contradiction());
  EXPECT_EQ(detector.origin(), OffsetOrigin::kSeen);
  EXPECT_EQ(Found(detector), 8);
}

/// Live keys of an hour, one every half second from `from_s` to `to_s` after 12:30:00.
void Show(OffsetDetector& detector, int named_hour, std::int64_t from_s, std::int64_t to_s) {
  for (std::int64_t half = 2 * from_s; half <= 2 * to_s; ++half)
    detector.OnLiveHour(Naive(named_hour), At("12:30:00") + half * 500);
}

TEST(OffsetDetector, ContradictsAKnownOffsetAfterTenSecondsOfOtherKeys) {
  OffsetDetector detector(8 * kHourSeconds);
  Show(detector, 19, 0, 9);
  EXPECT_FALSE(detector.contradiction());
  Show(detector, 19, 10, 10);
  EXPECT_EQ(detector.contradiction(), 7 * kHourSeconds);
}

TEST(OffsetDetector, IsNotContradictedByAFewKeysOfAnotherHour) {
  OffsetDetector detector(8 * kHourSeconds);
  for (std::int64_t event = 0; event < 19; ++event)
    detector.OnLiveHour(Naive(19), At("12:30:00") + event * 5000);
  EXPECT_FALSE(detector.contradiction());
}

TEST(OffsetDetector, IsNotContradictedWhileSomeKeysAgree) {
  OffsetDetector detector(8 * kHourSeconds);
  Show(detector, 19, 0, 8);
  Show(detector, 20, 9, 9);
  Show(detector, 19, 10, 18);
  EXPECT_FALSE(detector.contradiction());
}

TEST(OffsetDetector, AgreesWithKeysThatAreTenMinutesLateOrEarly) {
  OffsetDetector detector(8 * kHourSeconds);
  for (std::int64_t second = 0; second < 60; ++second) {
    detector.OnLiveHour(Naive(19), At("12:05:00") + second * 1000);
    detector.OnLiveHour(Naive(21), At("12:55:00") + second * 1000);
  }
  EXPECT_FALSE(detector.contradiction());
}

TEST(OffsetDetector, IsNotContradictedByKeysOfTheHourBeforeOurClockWasSet) {
  OffsetDetector detector(8 * kHourSeconds);
  detector.OnClockStep(3 * kHourSeconds * 1000,
                       At("12:30:00"));  // 12:30, and it was 09:30: the relay's 17:30
  Show(detector, 17, 0, 60);
  EXPECT_FALSE(detector.contradiction());
  Show(detector, 19, 61, 71);
  EXPECT_EQ(detector.contradiction(), 7 * kHourSeconds) << "neither clock explains it";
}

/// The clock had jumped three hours ahead while events were late, and is put right before anybody has acted.
TEST(OffsetDetector, AClockThatIsSetWithdrawsWhatWasConcludedByIt) {
  OffsetDetector detector(8 * kHourSeconds);
  Show(detector, 17, 0, 10);
  ASSERT_EQ(detector.contradiction(), 5 * kHourSeconds);
  detector.OnClockStep(-3 * kHourSeconds * 1000, At("09:30:10"));
  EXPECT_FALSE(detector.contradiction());
  for (std::int64_t second = 11; second <= 60; ++second)
    detector.OnLiveHour(Naive(17), At("09:30:00") + second * 1000);
  EXPECT_FALSE(detector.contradiction());
}

TEST(OffsetDetector, AClockThatIsSetDoesNotHideAWrongOffset) {
  OffsetDetector detector(8 * kHourSeconds);
  Show(detector, 17, 0, 10);
  detector.OnClockStep(-60'000, At("12:29:10"));
  EXPECT_FALSE(detector.contradiction());
  Show(detector, 17, 0, 10);
  EXPECT_EQ(detector.contradiction(), 5 * kHourSeconds) << "further keys show it again";
}

TEST(OffsetDetector, AClockThatWasSetLongAgoExcusesNothing) {
  OffsetDetector detector(8 * kHourSeconds);
  detector.OnClockStep(3 * kHourSeconds * 1000, At("12:30:00") - ProvenTime::kProofMs);
  Show(detector, 17, 0, 60);
  EXPECT_EQ(detector.contradiction(), 5 * kHourSeconds);
}

TEST(OffsetDetector, IsNotContradictedByAnImportOfOtherDays) {
  OffsetDetector detector(8 * kHourSeconds);
  Show(detector, 20 - 24 * 3, 0, 60);
  EXPECT_FALSE(detector.contradiction());
}

}  // namespace

}  // namespace keymeter::processor
