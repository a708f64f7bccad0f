#include "benchmarks/program/disk_bench/live_batches.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::disk_bench {

using processor::Series;
using processor::SeriesId;
using processor::WriteBatch;

namespace {

constexpr std::int64_t kOffset = 8 * kHourSeconds;
constexpr std::string_view kModels[] = {"claude-sonnet-4-20250514", "claude-opus-4-1-20250805", "gpt-5"};

}  // namespace

LiveBatches::LiveBatches(const Shape& shape, std::int64_t begin, std::uint64_t seed)
    : shape_(shape),
      begin_(begin),
      random_(seed),
      of_second_(static_cast<std::size_t>(kMinuteSeconds)),
      readings_(static_cast<std::size_t>(shape.series)) {}

WriteBatch LiveBatches::First() {
  WriteBatch batch;
  batch.new_series.reserve(readings_.size());
  for (std::int64_t i = 0; i < shape_.series; ++i) {
    // As long as the relay's ids are.
    const std::string entity = fmt::format("{:08x}-1c5a-4f0e-9d57-{:012x}", i / 3, i / 3);
    const SeriesId id =
        registry_.Intern(EntityKind::kApiKey, entity, kModels[static_cast<std::size_t>(i % 3)]);
    batch.new_series.emplace_back(id, registry_[id]);
  }
  batch.utc_offset_s = kOffset;
  AddState(batch, begin_);
  return batch;
}

WriteBatch LiveBatches::Second(std::int64_t second) {
  // Growth of a second is read within it: the second before its end names the minute.
  const std::int64_t moment = second - 1;
  if (const std::int64_t hour = BucketOf(Level::kHour, moment, 0); hour != hour_) {
    std::ranges::fill(readings_, Amounts{});
    hour_ = hour;
  }
  if (const std::int64_t minute = BucketOf(Level::kMinute, moment, 0); minute != minute_) {
    minute_ = minute;
    BeginMinute();
  }
  const auto& growing = of_second_[static_cast<std::size_t>(moment - minute_)];
  WriteBatch batch;
  batch.growth.reserve(growing.size());
  batch.readings.reserve(growing.size());
  for (const SeriesId series : growing) {
    const Amounts growth = Draw();
    Amounts& reading = readings_[series - 1];
    reading += growth;
    batch.growth.push_back({Level::kMinute, minute_, series, growth});
    batch.readings.push_back({hour_, series, second * 1000 - 40, reading});
  }
  batch.coverage.push_back({minute_, 1000, static_cast<std::int64_t>(growing.size()) * 250,
                            static_cast<std::int64_t>(growing.size()), 60});
  AddState(batch, second);
  return batch;
}

void LiveBatches::BeginMinute() {
  for (auto& growing : of_second_) growing.clear();
  for (std::int64_t i = 0; i < shape_.series; ++i) {
    if (random_.Unit() >= shape_.active) continue;
    ++series_minutes_;
    drawn_for_.clear();
    for (std::int64_t n = 0; n < shape_.moments; ++n)
      drawn_for_.push_back(random_.Between(0, kMinuteSeconds - 1));
    std::ranges::sort(drawn_for_);
    drawn_for_.erase(std::unique(drawn_for_.begin(), drawn_for_.end()), drawn_for_.end());
    for (const std::int64_t second : drawn_for_)
      of_second_[static_cast<std::size_t>(second)].push_back(static_cast<SeriesId>(i + 1));
  }
}

/// Of one request, as usage_file draws it.
Amounts LiveBatches::Draw() {
  const std::int64_t created = random_.LogBetween(20, 6'000);
  const std::int64_t micros = random_.LogBetween(500, 400'000);
  return {{1, random_.LogBetween(1, 9'000), random_.LogBetween(1, 2'000), created,
           random_.LogBetween(100, 90'000), created, 0, micros, micros}};
}

void LiveBatches::AddState(WriteBatch& batch, std::int64_t second) const {
  batch.profile = "claude-relay-service";
  batch.data_set = "0123456789012345678901234567890123456789 0123456789012345678901234567890123456789";
  batch.covered_until_ms = second * 1000;
  batch.history_due_from_ms = -1;
  batch.heartbeat.started_ms = begin_ * 1000;
  batch.heartbeat.is_connected = batch.heartbeat.is_baseline_read = true;
  batch.heartbeat.redis_version = "7.0.15";
  batch.heartbeat.last_event_ms = second * 1000 - 10;
  batch.heartbeat.flush_ms = second * 1000;
  batch.heartbeat.flush_interval_ms = 1000;
  batch.heartbeat.lag_ms = 60;
}

}  // namespace keymeter::disk_bench
