#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "processor/metering/meter.h"
#include "tests/processor/metering/values.h"

namespace keymeter::processor {

using Lines = std::vector<std::string>;

inline std::string ClockText(std::int64_t ms) {
  return FormatRfc3339(ms).substr(11);
}

/// What one flush would write, as lines to compare: "minute 12:03 k 5" is five requests of k in that minute.
struct Flushed {
  Lines series;
  Lines growth;
  Lines readings;
  Lines adjustments;
  Lines gaps;
  Lines coverage;
  std::int64_t covered_until_ms = 0;

  bool operator==(const Flushed&) const = default;
};

/// Sessions, events and readings of API keys with one model, told in times of one day; the hour is 12 unless
/// said, kCumulative for a counter without one. A reading is asked for at the time given and answered 5 ms
/// later.
class MeterTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kAnswerMs = 5;
  static constexpr int kCumulative = -1;
  static std::int64_t PeriodOf(int hour) { return hour == kCumulative ? kNoPeriod : Hour(hour); }

  /// A session whose baseline found nothing.
  void BeginFresh(std::string_view at) {
    meter_.BeginSession(At(at));
    meter_.CompleteBaseline();
  }
  void Event(std::string_view at, std::string_view id = "k", int hour = 12) {
    ASSERT_TRUE(meter_.OnGrowth(EntityKind::kApiKey, id, "m", PeriodOf(hour), At(at)));
  }
  void Delete(std::string_view at, std::string_view id = "k", int hour = 12) {
    EndBy(End::kWhole, at, id, hour);
  }
  void EndBy(End end, std::string_view at, std::string_view id = "k", int hour = 12) {
    ASSERT_TRUE(meter_.OnEnd(end, EntityKind::kApiKey, id, "m", PeriodOf(hour), At(at)));
  }
  CounterRead Ask(std::string_view at, std::string_view id = "k", int hour = 12) {
    const auto index = meter_.Expect(EntityKind::kApiKey, id, "m", PeriodOf(hour));
    (void)meter_.TakeDirty(1000);
    return meter_.BeginRead(*index, At(at));
  }
  void Answer(CounterRead read, std::int64_t requests) {
    read.received_ms = read.asked_ms + kAnswerMs;
    read.is_usable = true;
    read.values = Usage(requests);
    meter_.FinishRead(read);
  }
  void AnswerUnusably(CounterRead read) {
    read.received_ms = read.asked_ms + kAnswerMs;
    meter_.FinishRead(read);
  }
  void Read(std::string_view at, std::int64_t requests, std::string_view id = "k", int hour = 12) {
    Answer(Ask(at, id, hour), requests);
  }

  /// Everything in Redis is deleted at once; the relay would keep every counter still.
  std::vector<CounterIndex> FlushAll() {
    meter_.OnEndOfAll(End::kWhole);
    return meter_.ExpectAll([](const Counter& /*counter*/) { return true; });
  }

  Flushed Flush() {
    WriteBatch batch;
    meter_.Drain(batch);
    return Lined(batch);
  }
  Lines Growth() { return Flush().growth; }

  [[nodiscard]] Flushed Lined(WriteBatch batch) {
    OrderAsTables(batch);
    Flushed flushed;
    for (const auto& [id, series] : batch.new_series)
      flushed.series.push_back(fmt::format("{} {} {}", id, series.entity, series.model));
    for (const GrowthRow& row : batch.growth)
      flushed.growth.push_back(fmt::format("{} {} {} {}", LevelName(row.level),
                                           ClockText(row.bucket * 1000).substr(0, 5), Name(row.series),
                                           row.growth[Metric::kRequests]));
    for (const ReadingRow& row : batch.readings)
      flushed.readings.push_back(fmt::format("{} {} {} at {}", ClockText(row.hour * 1000).substr(0, 5),
                                             Name(row.series), row.values[Metric::kRequests],
                                             ClockText(row.read_ms)));
    std::sort(flushed.readings.begin(), flushed.readings.end());
    for (const AdjustmentRow& row : batch.adjustments)
      flushed.adjustments.push_back(fmt::format("{} {} {} at {}", FallReasonName(row.reason),
                                                Name(row.series), row.lost[Metric::kRequests],
                                                ClockText(row.at_ms)));
    for (const GapRow& row : batch.gaps)
      flushed.gaps.push_back(
          fmt::format("{} {} to {}", row.reason, ClockText(row.from_ms), ClockText(row.to_ms)));
    for (const CoverageRow& row : batch.coverage)
      flushed.coverage.push_back(fmt::format("{} covered {} events {} readings {} delay {}",
                                             ClockText(row.minute * 1000).substr(0, 5), row.covered_ms,
                                             row.events, row.readings, row.max_delay_ms));
    flushed.covered_until_ms = batch.covered_until_ms;
    return flushed;
  }
  [[nodiscard]] std::string Name(SeriesId id) { return std::string(meter_.registry()[id].entity); }

  /// A new process that finds what the flushes so far have written.
  void Restart(const WriteBatch& written) {
    SeriesRegistry registry;
    CounterTable counters;
    for (SeriesId id = 1; id <= meter_.registry().size(); ++id) registry.Restore(meter_.registry()[id]);
    for (const ReadingRow& row : written.readings) counters.Restore(row);
    meter_ = Meter();
    meter_.Restore(std::move(registry), std::move(counters), written.covered_until_ms);
  }

  Meter meter_;
};

}  // namespace keymeter::processor
