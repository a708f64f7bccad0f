#include "processor/source/history_import.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "processor/metering/restart_state.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

/// After a shorter absence only the days that it touched are read. What else was changed meanwhile, audits
/// find.
constexpr std::int64_t kShortAbsenceMs = 60'000;
/// In place of the beginning of an absence that is not known; 0 is the first start.
constexpr std::int64_t kUnknownMs = 1;
/// Before days are read anew a second time, and before each further time at most: somebody goes on writing to
/// them.
constexpr std::int64_t kFirstPauseMs = 1000;
constexpr std::int64_t kLongestPauseMs = 60'000;

}  // namespace

std::int64_t LastSettled(Level level, std::int64_t now, std::int64_t utc_offset_s) {
  return BucketOf(level, BucketOf(level, now - kSettledSeconds, utc_offset_s) - 1, utc_offset_s);
}

std::vector<HistoryReader::Span> HistorySpans(const std::vector<CounterSpec>& counters, std::int64_t from,
                                              std::int64_t hours_from, std::int64_t now,
                                              std::int64_t utc_offset_s) {
  std::vector<HistoryReader::Span> spans;
  const std::int64_t last_day = LastSettled(Level::kDay, now, utc_offset_s);
  for (const Level level : {Level::kDay, Level::kHour, Level::kMonth}) {
    const auto kept = FirstKept(counters, level, now, utc_offset_s);
    if (!kept) continue;
    const std::int64_t begin = level == Level::kHour ? BucketOf(Level::kDay, hours_from, utc_offset_s) : from;
    const std::int64_t first = std::max(*kept, BucketOf(level, begin, utc_offset_s));
    // Whole days: whether an hour's amount is part of what a day holds untimed shows when the day is closed.
    const std::int64_t last =
        level == Level::kHour ? last_day + kDaySeconds - kHourSeconds : LastSettled(level, now, utc_offset_s);
    if (first <= last) spans.push_back({level, first, last});
  }
  return spans;
}

std::vector<HistoryReader::Span> ClosedPart(std::vector<HistoryReader::Span> spans, std::int64_t closed,
                                            std::int64_t utc_offset_s) {
  for (HistoryReader::Span& span : spans)
    while (span.last >= span.first && NextBucket(span.level, span.last, utc_offset_s) > closed)
      span.last = BucketOf(span.level, span.last - 1, utc_offset_s);
  std::erase_if(spans, [](const HistoryReader::Span& span) { return span.last < span.first; });
  return spans;
}

void LogRecovered(const HistoryFindings& findings) {
  if (findings.recovered == 0) return;
  log::Warn("the relay's days and months held more than our rows",
            {{"reason", "an import, or hours that were gone early"},
             {"action", "taken, untimed: see the view recovered"},
             {"recovered", findings.recovered},
             {"requests", findings.recovered_requests}});
}

void HistoryImport::OnAbsence(std::int64_t covered_until_ms, bool is_same_data) {
  const std::int64_t from_ms = std::max(covered_until_ms, kUnknownMs);
  due_from_ms_ = IsDue() ? std::min(due_from_ms_, from_ms) : from_ms;
  // The first session of the process finds it true.
  reads_all_ |= !is_same_data || clock_.WallMs() - due_from_ms_ > kShortAbsenceMs;
  pause_ms_ = 0;
}

void HistoryImport::Reset() {
  is_running_ = is_waiting_ = is_put_off_ = false;
  spans_.clear();
  again_ms_.reset();
  ++run_;
}

bool HistoryImport::IsDue() const {
  return due_from_ms_ != StoredState::kNothing;
}

void HistoryImport::Start(std::int64_t utc_offset_s) {
  if (!IsDue() || is_running_) return;
  is_put_off_ = !reader_.IsDone();
  if (is_put_off_) return;
  const std::int64_t absent_from = due_from_ms_ / 1000;
  const auto due = HistorySpans(plan_.counters(), reads_all_ ? 0 : absent_from, absent_from,
                                clock_.WallMs() / 1000, utc_offset_s);
  const auto spans = ClosedPart(due, meter_.ReachedMs(clock_) / 1000, utc_offset_s);
  const bool was_waiting = std::exchange(is_waiting_, spans != due);
  if (was_waiting && is_waiting_ && spans == spans_ && !IsAgainDue()) return;
  spans_ = spans;
  again_ms_.reset();
  if (spans.empty()) return is_waiting_ ? void() : Finish();
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
  batch.history_gap_ms = drained_from_ms_ = due_from_ms_;
  read_ += static_cast<std::int64_t>(batch.history.size());
  if (!reader_.IsDone()) return;
  is_running_ = false;
  log::Info("days and months read",
            {{"counters", read_}, {"whole", reader_.IsWhole()}, {"ms", clock_.MonotonicMs() - begun_ms_}});
  // What could not be listed is looked for at the next start.
  if (reader_.IsWhole() && !is_waiting_) Finish();
  batch.history_due_from_ms = due_from_ms_;
  Report();
}

/// What is to be read anew lies within the absence, whatever else was read: see HistoryWriter.
void HistoryImport::Finish() {
  if (!again_ms_) due_from_ms_ = StoredState::kNothing;
  reads_all_ = false;
}

void HistoryImport::OnFindings(const HistoryFindings& findings) {
  found_ += findings;
  if (findings.overtaken > 0) ReadAgain();
  Report();
}

/// The file says already that they stay due: see HistoryWriter. (Those that the absence touched: only of them
/// nothing is known but by these readings.)
void HistoryImport::ReadAgain() {
  due_from_ms_ = IsDue() ? std::min(due_from_ms_, drained_from_ms_) : drained_from_ms_;
  if (again_ms_) return;
  log::Info("days or months to be read anew",
            {{"reason", "what was read of them may be older than our rows"}, {"in_ms", pause_ms_}});
  again_ms_ = clock_.MonotonicMs() + pause_ms_;
  pause_ms_ = std::clamp(2 * pause_ms_, kFirstPauseMs, kLongestPauseMs);
}

void HistoryImport::Report() {
  if (is_running_) return;
  LogRecovered(found_);
  if (found_.left_out > 0)
    log::Info("days or months left out", {{"reason", "another counter of the entity may hold the same usage"},
                                          {"counters", found_.left_out}});
  found_ = {};
}

void HistoryImport::Undrain(WriteBatch& batch) {
  if (batch.history.empty()) return;
  due_from_ms_ = batch.history_gap_ms;
  reads_all_ = true;
  // Of a run that a lost connection ended: all of it is read anew.
  if (drained_run_ != run_) return;
  if (!is_running_ && !reader_.IsDone()) {  // an audit has begun to read meanwhile: read anew behind it
    is_put_off_ = true;
    spans_.clear();
    return;
  }
  read_ -= static_cast<std::int64_t>(batch.history.size());
  is_running_ = true;
  reader_.PutBack(std::move(batch.history));
}

}  // namespace keymeter::processor
