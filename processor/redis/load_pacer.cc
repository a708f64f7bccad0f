#include "processor/redis/load_pacer.h"

#include <algorithm>
#include <chrono>

namespace keymeter::processor {

namespace {

/// A longer time was spent waiting for something else: a fork, a slow command, our own loop.
constexpr std::int64_t kLongestBusyUs = 50'000;
/// The estimated cost of a counter grows by 1 % a batch, unless a cheaper batch is seen: so a cost that has
/// risen is noticed.
constexpr double kCostFades = 1.01;
/// No command costs less. If one seems to, the round trip was overestimated.
constexpr double kCheapestUs = 1;
/// The estimated round trip grows by a fiftieth a measurement, unless a shorter one is seen.
constexpr std::int64_t kRoundTripFades = 50;

}  // namespace

std::int64_t SteadyUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::int64_t LoadPacer::WaitMs(std::int64_t now_us) const {
  return std::max<std::int64_t>(0, (next_us_ - now_us) / 1000);
}

std::size_t LoadPacer::BatchSize() const {
  if (counter_us_ == 0) return kFewestCounters;
  return std::clamp(static_cast<std::size_t>(kBatchUs / counter_us_), kFewestCounters, kMostCounters);
}

void LoadPacer::OnAnswered(std::int64_t sent_us, std::int64_t answered_us, std::size_t size,
                           std::size_t paced) {
  const double busy_us = BusyUs(sent_us, answered_us);
  if (paced == 0) return;
  const double seen_us = std::max(kCheapestUs, busy_us / static_cast<double>(size));
  // The least disturbed batches count: a counter does not cost more because the machine let one of us wait.
  if (size >= kFewestCounters)
    counter_us_ = counter_us_ == 0 ? seen_us : std::min(seen_us, counter_us_ * kCostFades);
  const double each_us = size >= kFewestCounters ? counter_us_ : seen_us;
  Charge(sent_us, each_us * static_cast<double>(paced));
}

void LoadPacer::OnStep(std::int64_t sent_us, std::int64_t answered_us, std::size_t units) {
  const double seen_us = std::max(kCheapestUs, BusyUs(sent_us, answered_us) / static_cast<double>(units));
  unit_us_ = unit_us_ == 0 ? seen_us : std::min(seen_us, unit_us_ * kCostFades);
  const double busy_us = unit_us_ * static_cast<double>(units);
  listing_us_ += busy_us;
  Charge(sent_us, busy_us);
}

double LoadPacer::BusyUs(std::int64_t sent_us, std::int64_t answered_us) {
  // No answer is quicker than the round trip. So a first measurement of it that was disturbed is corrected,
  // and does not hide what Redis takes.
  if (round_trip_us_ > 0) round_trip_us_ = std::min(round_trip_us_, answered_us - sent_us);
  return static_cast<double>(
      std::clamp<std::int64_t>(answered_us - sent_us - round_trip_us_, 0, kLongestBusyUs));
}

void LoadPacer::Charge(std::int64_t sent_us, double busy_us) {
  busy_us_ += busy_us;
  next_us_ = std::max(next_us_, sent_us) + static_cast<std::int64_t>(busy_us / share_);
}

void LoadPacer::OnRoundTrip(std::int64_t took_us) {
  const std::int64_t faded_us = round_trip_us_ + round_trip_us_ / kRoundTripFades + 1;
  round_trip_us_ = round_trip_us_ == 0 ? took_us : std::min(took_us, faded_us);
}

}  // namespace keymeter::processor
