#include "processor/source/history_import.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "processor/metering/restart_state.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

/// The longest that any counter of the level is kept, seconds; 0: there is none.
std::int64_t KeptSeconds(const std::vector<CounterSpec>& counters, Level level) {
  std::int64_t kept = 0;
  for (const CounterSpec& counter : counters)
    for (const CoarseSpec& coarse : counter.coarser)
      if (coarse.level == level) kept = std::max(kept, coarse.keep_days * kDaySeconds);
  return kept;
}

std::int64_t KeptHours(const std::vector<CounterSpec>& counters) {
  int hours = 0;
  for (const CounterSpec& counter : counters) hours = std::max(hours, counter.keep_hours);
  return hours;
}

}  // namespace

std::vector<HistoryReader::Span> HistorySpans(const std::vector<CounterSpec>& counters, std::int64_t from,
                                              std::int64_t now, std::int64_t utc_offset_s) {
  std::vector<HistoryReader::Span> spans;
  // From here on all is known by the finer level, less a day for what expires while it is read. The bucket
  // that holds this moment may be known in part.
  std::int64_t known_from = BucketOf(Level::kHour, now, 0) - KeptHours(counters) * kHourSeconds + kDaySeconds;
  for (const Level level : {Level::kDay, Level::kMonth}) {
    const std::int64_t kept_s = KeptSeconds(counters, level);
    if (kept_s == 0 || from >= known_from) continue;
    const std::int64_t first = BucketOf(level, std::max(from, now - kept_s), utc_offset_s);
    std::int64_t last = BucketOf(level, known_from, utc_offset_s);
    if (last == BucketOf(level, now, utc_offset_s)) last = BucketOf(level, last - 1, utc_offset_s);  // open
    if (first <= last) spans.push_back({level, first, last});
    known_from =
        std::min(known_from, NextBucket(level, BucketOf(level, now - kept_s, utc_offset_s), utc_offset_s));
  }
  return spans;
}

void HistoryImport::OnAbsence(std::int64_t covered_until_ms, std::int64_t oldest_hour) {
  // A day more: what expires while the hours are being read.
  if (covered_until_ms >= (oldest_hour + kDaySeconds) * 1000) return;
  due_from_ms_ = IsDue() ? std::min(due_from_ms_, covered_until_ms) : covered_until_ms;
}

void HistoryImport::Reset() {
  is_running_ = false;
  ++run_;
}

bool HistoryImport::IsDue() const {
  return due_from_ms_ != StoredState::kNothing;
}

void HistoryImport::Start(std::int64_t utc_offset_s) {
  if (!IsDue() || is_running_) return;
  const auto spans =
      HistorySpans(plan_.counters(), due_from_ms_ / 1000, clock_.WallMs() / 1000, utc_offset_s);
  if (spans.empty()) {
    due_from_ms_ = StoredState::kNothing;
    return;
  }
  is_running_ = true;
  ++run_;
  read_ = 0;
  begun_ms_ = clock_.MonotonicMs();
  log::Info("reading days and months", {{"from", FormatRfc3339(spans.front().first * 1000)},
                                        {"to", FormatRfc3339(spans.front().last * 1000)}});
  reader_.Start(spans, utc_offset_s);
}

void HistoryImport::Drain(WriteBatch& batch) {
  batch.history_due_from_ms = due_from_ms_;
  if (!is_running_) return;
  batch.history = reader_.Take();
  drained_run_ = run_;
  batch.history_gap_ms = due_from_ms_;
  read_ += static_cast<std::int64_t>(batch.history.size());
  if (!reader_.IsDone()) return;
  is_running_ = false;
  log::Info("days and months read",
            {{"counters", read_}, {"whole", reader_.IsWhole()}, {"ms", clock_.MonotonicMs() - begun_ms_}});
  // What could not be listed is looked for at the next start.
  if (reader_.IsWhole()) due_from_ms_ = StoredState::kNothing;
  batch.history_due_from_ms = due_from_ms_;
}

void HistoryImport::Undrain(WriteBatch& batch) {
  if (batch.history.empty()) return;
  due_from_ms_ = batch.history_gap_ms;
  // Of a run that a lost connection ended: all of it is read anew.
  if (drained_run_ != run_) return;
  read_ -= static_cast<std::int64_t>(batch.history.size());
  is_running_ = true;
  reader_.PutBack(std::move(batch.history));
}

}  // namespace keymeter::processor
