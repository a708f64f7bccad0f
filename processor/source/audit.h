#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "processor/metering/audit_findings.h"
#include "processor/source/counter_reader.h"
#include "processor/source/history_reader.h"
#include "processor/source/hour_scan.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// Compares closed hours, days and months with the relay's own counters, at intervals.
///
/// First the relay's hours are read once more, by the rules of any reading, so growth that was missed is
/// metered. Then the writer thread compares rows, readings and adjustments, some hours with each flush; then
/// the relay's days and months, and its sums of all API keys. What a day or month holds beyond all of our
/// rows is taken, untimed, and listed in `recovered`; other differences go to the table `drift`, the log and
/// a metric. An audit covers what has closed since the one before; the first one, and one a day, covers all
/// that the relay keeps, months included.
/// Threads: loop thread. Lifetime: borrows all that it is given; outlives sessions. Bounds: one part each
/// flush; see HistoryReader.
/// Tested by tests/processor/source/audit_test.cc and tests/integration/audit_test.cc.
class Audit {
 public:
  /// `interval_ms`: 0 for no audits. `audited_until`: see StoredState.
  Audit(const Clock& clock, const MeteringPlan& plan, HourScan& walk, CounterReader& counters,
        HistoryReader& history, RedisLink& link, Meter& meter, std::int64_t interval_ms,
        std::int64_t audited_until);

  /// From the first baseline on, one interval passes until the first audit.
  void OnBaselineRead();
  /// When one is due, and nothing else is being read. True when it began.
  bool StartWhenDue(std::int64_t now_ms, std::int64_t utc_offset_s);
  void OnBacklogRead();
  /// Closed days or months were written to, or could not be compared: the next audit covers all that the
  /// relay keeps.
  void CoverEverything() { whole_due_ms_ = 0; }
  void Reset();  ///< the session ended: the audit is repeated in the next one
  [[nodiscard]] bool IsRunning() const { return phase_ != Phase::kIdle; }
  [[nodiscard]] std::int64_t audits() const { return audits_; }  ///< that came to their end

  void Drain(WriteBatch& batch);
  void Undrain(const WriteBatch& batch);
  void OnFindings(const AuditFindings& findings);

 private:
  enum class Phase : std::uint8_t {
    kIdle,
    kListingHours,
    kReadingHours,
    kHours,
    kDays,
    kAskingSums,
    kSums,
    kEnd
  };

  [[nodiscard]] std::int64_t OldestHour(std::int64_t now_s) const;
  [[nodiscard]] std::int64_t OldestDay(std::int64_t now_s) const;
  void StartDays();
  void AskSums();
  void OnSum(std::size_t index, const Reply& reply);
  void TakePart(AuditStep& step);
  void TakeHours(AuditStep& step);
  void Finish(WriteBatch& batch);

  const Clock& clock_;
  const MeteringPlan& plan_;
  HourScan& walk_;
  CounterReader& counters_;
  HistoryReader& history_;
  RedisLink& link_;
  Meter& meter_;
  const std::int64_t interval_ms_;

  Phase phase_ = Phase::kIdle;
  std::uint64_t generation_ = 0;
  std::optional<std::int64_t> due_ms_;  ///< monotonic; empty before the first baseline
  std::int64_t whole_due_ms_ = 0;       ///< monotonic; when the next one that covers everything is due
  std::int64_t audited_until_;
  std::int64_t begun_mono_ms_ = 0;
  std::int64_t utc_offset_s_ = 0;
  AuditRow row_;
  std::deque<std::int64_t> hours_;
  HistoryReader::Span days_;
  std::optional<HistoryReader::Span> months_;  ///< of an audit that covers everything
  std::vector<DaySumReading> sums_;
  std::int64_t logged_ = 0;
  std::int64_t audits_ = 0;
};

}  // namespace keymeter::processor
