#include "processor/redis/load_pacer.h"

#include <gtest/gtest.h>

namespace keymeter::processor {
namespace {

constexpr std::int64_t kStart = 1'000'000'000;

/// Redis answers `per_counter_us` a counter behind a way of `round_trip_us`; we send whenever we may. The
/// share of a second that Redis was busy for.
double ShareOf(LoadPacer pacer, std::int64_t per_counter_us, std::int64_t round_trip_us) {
  if (round_trip_us > 0) pacer.OnRoundTrip(round_trip_us);
  constexpr std::int64_t kSpan = 10'000'000;
  std::int64_t busy_us = 0;
  std::int64_t now_us = kStart;
  while (now_us < kStart + kSpan) {
    if (const std::int64_t wait_ms = pacer.WaitMs(now_us); wait_ms > 0) {
      now_us += wait_ms * 1000;
      continue;
    }
    const std::size_t size = pacer.BatchSize();
    const std::int64_t answered_us =
        now_us + static_cast<std::int64_t>(size) * per_counter_us + round_trip_us;
    busy_us += answered_us - now_us - round_trip_us;
    pacer.OnAnswered(now_us, answered_us, size, size);
    now_us = answered_us;
  }
  return static_cast<double>(busy_us) / kSpan;
}

class Share : public ::testing::TestWithParam<double> {};

TEST_P(Share, IsWhatRedisIsBusyWithUsWhateverACounterCosts) {
  for (const std::int64_t per_counter_us : {2, 6, 100})
    EXPECT_NEAR(ShareOf(LoadPacer(GetParam()), per_counter_us, 0), GetParam(), GetParam() * 0.1)
        << per_counter_us;
}

TEST_P(Share, DoesNotCountTheWay) {
  const double share = ShareOf(LoadPacer(GetParam()), 6, 300);
  EXPECT_LE(share, GetParam() * 1.1);
  if (GetParam() <= 0.25) {
    EXPECT_GE(share, GetParam() * 0.9);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Share, ::testing::Values(0.01, 0.05, 0.1, 0.25, 1.0));

TEST(LoadPacer, NothingWaitsAtFirst) {
  EXPECT_EQ(LoadPacer(0.01).WaitMs(kStart), 0);
}

TEST(LoadPacer, ABatchWaitsUntilTheOneBeforeIsTheShareOfTheTimeSince) {
  LoadPacer pacer(0.1);
  pacer.OnAnswered(kStart, kStart + 5000, 100, 100);
  EXPECT_EQ(pacer.WaitMs(kStart + 5000), 45);
  EXPECT_EQ(pacer.WaitMs(kStart + 50'000), 0);
}

TEST(LoadPacer, LiveReadingsOfTheSameBatchAreNotCounted) {
  LoadPacer pacer(0.1);
  pacer.OnAnswered(kStart, kStart + 5000, 100, 20);
  EXPECT_EQ(pacer.WaitMs(kStart), 10);
  LoadPacer other(0.1);
  other.OnAnswered(kStart, kStart + 5000, 100, 0);
  EXPECT_EQ(other.WaitMs(kStart), 0);
}

TEST(LoadPacer, WhatIsTooShortToWaitForIsOwed) {
  LoadPacer pacer(0.1);
  pacer.OnAnswered(kStart, kStart + 90, 1, 1);
  EXPECT_EQ(pacer.WaitMs(kStart + 90), 0);
  pacer.OnAnswered(kStart + 90, kStart + 180, 1, 1);
  EXPECT_EQ(pacer.WaitMs(kStart + 180), 1) << "1800 us for both, since the start";
}

TEST(LoadPacer, ABatchIsWhatRedisAnswersInAFewMilliseconds) {
  const auto batch_size_at = [](std::int64_t per_counter_us) {
    LoadPacer pacer(1);
    for (int i = 0; i < 30; ++i) {
      const auto size = static_cast<std::int64_t>(pacer.BatchSize());
      pacer.OnAnswered(kStart, kStart + size * per_counter_us, pacer.BatchSize(), pacer.BatchSize());
    }
    return pacer.BatchSize();
  };
  EXPECT_EQ(batch_size_at(1), LoadPacer::kMostCounters);
  EXPECT_NEAR(static_cast<double>(batch_size_at(30)), 100, 2);
  EXPECT_EQ(batch_size_at(1000), LoadPacer::kFewestCounters);
}

TEST(LoadPacer, ABusyMachineMakesNoCounterDearer) {
  LoadPacer pacer(0.1);
  for (int i = 0; i < 100; ++i) pacer.OnAnswered(kStart, kStart + (i % 5 == 0 ? 1000 : 9000), 200, 200);
  EXPECT_NEAR(static_cast<double>(pacer.busy_us()), 100 * 1000, 5000);
}

TEST(LoadPacer, ThatItHasBecomeDearerIsFoundOut) {
  LoadPacer pacer(0.1);
  pacer.OnAnswered(kStart, kStart + 1000, 200, 200);
  for (int i = 0; i < 500; ++i) pacer.OnAnswered(kStart, kStart + 6000, 200, 200);
  EXPECT_EQ(pacer.BatchSize(), 100);
}

TEST(LoadPacer, AStepThatWaitedForOthersIsChargedWhatSuchAStepTakes) {
  LoadPacer pacer(0.1);
  pacer.OnStep(kStart, kStart + 20, 1);
  for (std::int64_t i = 1; i <= 300; ++i) pacer.OnStep(kStart, kStart + 10'000, 1);
  EXPECT_LT(pacer.busy_us(), 300 * 20 * 20) << "it becomes dearer by 1 % a step";
  pacer.OnStep(kStart, kStart + 20, 1);
  const std::int64_t before_us = pacer.busy_us();
  pacer.OnStep(kStart, kStart + 10'000, 21);  // a thousand members
  EXPECT_LE(pacer.busy_us() - before_us, 21 * 21);
}

TEST(LoadPacer, AStallOfRedisDoesNotStopItForMinutes) {
  LoadPacer pacer(0.01);
  pacer.OnAnswered(kStart, kStart + 10'000'000, 500, 500);
  EXPECT_LE(pacer.WaitMs(kStart), 5000);
}

TEST(LoadPacer, ALongerWayIsFoundOutAndAShorterOneAtOnce) {
  const auto wait_ms = [](LoadPacer pacer) {
    pacer.OnAnswered(kStart, kStart + 50'000, 1, 1);
    return pacer.WaitMs(kStart);
  };
  LoadPacer pacer(0.5);
  pacer.OnRoundTrip(10'000);
  EXPECT_EQ(wait_ms(pacer), 80);
  for (int i = 0; i < 200; ++i) pacer.OnRoundTrip(50'000);
  EXPECT_EQ(wait_ms(pacer), 0);
  pacer.OnRoundTrip(20'000);
  EXPECT_EQ(wait_ms(pacer), 60);
  pacer.ForgetRoundTrip();
  EXPECT_EQ(wait_ms(pacer), 100);
}

TEST(LoadPacer, KeepsTheTimeOfListingsApart) {
  LoadPacer pacer(0.1);
  pacer.OnAnswered(kStart, kStart + 9000, 200, 200);
  pacer.OnStep(kStart, kStart + 100, 20);
  EXPECT_EQ(pacer.listing_us(), 100);
  EXPECT_EQ(pacer.busy_us(), 9100);
}

}  // namespace
}  // namespace keymeter::processor
