#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "processor/metering/metering_plan.h"
#include "processor/metering/write_batch.h"
#include "processor/source/history_reader.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// Imports what the relay's closed days and months hold beyond the hours that we have: before the first start
/// and after a restart or a longer absence, of all that it keeps; after a short one, of the days and months
/// that it touched. What is due survives a restart.
///
/// Not only where the relay no longer keeps hours: an import of its own, or an eviction, leaves days without
/// hours at any age. Settled days and months only: an open one is the sum of what we meter, and ten minutes
/// after its end it may still be written to (an audit reads it then). Nothing is counted twice, however often
/// it is read (see StoredHistory).
/// Threads: loop thread. Lifetime: borrows all that it is given; outlives sessions. Bounds: those of
/// HistoryReader.
/// Tested by tests/processor/storage/history_test.cc, tests/integration/absence_test.cc and
/// finest_level_test.cc.
class HistoryImport {
 public:
  /// `due_from_ms`: see StoredState.
  HistoryImport(const Clock& clock, const MeteringPlan& plan, HistoryReader& reader, const Meter& meter,
                std::int64_t due_from_ms)
      : clock_(clock), plan_(plan), reader_(reader), meter_(meter), due_from_ms_(due_from_ms) {}

  /// A baseline begins: rows reach to `covered_until_ms`; 0: it is not known how far.
  void OnAbsence(std::int64_t covered_until_ms, bool is_same_data);
  /// The hours have been read: reads the days and months that are due, if any.
  void Start(std::int64_t utc_offset_s);
  /// Reads what had to wait: what our clock closed by a jump ahead, once it has proved itself
  /// (Meter::ReachedMs), what was due while an audit read, and what may have been older than our rows.
  void GoOn(std::int64_t utc_offset_s) {
    if (is_waiting_ || is_put_off_ || IsAgainDue()) Start(utc_offset_s);
  }
  void Reset();  ///< the session ended: what no flush has taken is read again in the next one

  [[nodiscard]] bool IsDue() const;
  [[nodiscard]] bool IsRunning() const { return is_running_; }
  /// All is read but what a jump ahead of our clock has closed, or what is still being written to.
  [[nodiscard]] bool IsWaiting() const { return (is_waiting_ || again_ms_) && !is_running_ && !is_put_off_; }
  [[nodiscard]] std::int64_t due_from_ms() const { return due_from_ms_; }
  void Drain(WriteBatch& batch);
  void Undrain(WriteBatch& batch);
  /// What became of the last batch's readings.
  void OnFindings(const HistoryFindings& findings);

 private:
  void Finish();
  void ReadAgain();
  [[nodiscard]] bool IsAgainDue() const { return again_ms_ && clock_.MonotonicMs() >= *again_ms_; }
  void Report();

  const Clock& clock_;
  const MeteringPlan& plan_;
  HistoryReader& reader_;
  const Meter& meter_;
  std::int64_t due_from_ms_;   ///< 0: nothing was ever read into the file
  std::int64_t begun_ms_ = 0;  ///< monotonic
  std::int64_t read_ = 0;      ///< days and months
  HistoryFindings found_;      ///< not logged yet
  bool is_running_ = false;
  bool reads_all_ = true;  ///< not only what the absence touched: an import may have changed any day
  bool is_waiting_ = false;
  bool is_put_off_ = false;                 ///< the reader is at work for an audit
  std::vector<HistoryReader::Span> spans_;  ///< begun last in this session
  std::uint64_t run_ = 0;
  std::uint64_t drained_run_ = 0;         ///< of the batch under way; so the next
  std::int64_t drained_from_ms_ = 0;      ///< what was due
  std::optional<std::int64_t> again_ms_;  ///< monotonic: when to read anew what may be older than our rows
  std::int64_t pause_ms_ = 0;             ///< before the next time
};

/// For so long after its end the relay may still write to a bucket: it picks the hour before it writes.
inline constexpr std::int64_t kSettledSeconds = 10 * kMinuteSeconds;

/// Closed and settled at `now`, and kept by the relay: the days from that of `from` on, hours of counters
/// that stand beside finer ones, then months. All in epoch seconds. `hours_from`: hours of earlier days are
/// left out.
[[nodiscard]] std::vector<HistoryReader::Span> HistorySpans(const std::vector<CounterSpec>& counters,
                                                            std::int64_t from, std::int64_t hours_from,
                                                            std::int64_t now, std::int64_t utc_offset_s);

/// The last bucket of the level that nobody writes to any more at `now`.
[[nodiscard]] std::int64_t LastSettled(Level level, std::int64_t now, std::int64_t utc_offset_s);

/// The buckets of these that end before `closed` (epoch seconds).
[[nodiscard]] std::vector<HistoryReader::Span> ClosedPart(std::vector<HistoryReader::Span> spans,
                                                          std::int64_t closed, std::int64_t utc_offset_s);

/// Says that days and months were recovered, if any were.
void LogRecovered(const HistoryFindings& findings);

}  // namespace keymeter::processor
