#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/metering/counter_table.h"
#include "processor/metering/coverage.h"
#include "processor/metering/minute_windows.h"
#include "processor/metering/rolling_rate.h"
#include "processor/metering/series_registry.h"
#include "processor/metering/write_batch.h"

namespace keymeter::processor {

/// A counter that is being read: asked for, not yet judged.
struct CounterRead {
  CounterIndex index = 0;
  std::int64_t asked_ms = 0;
  std::int64_t first_event_ms = 0;  ///< of the events that led to it; 0: none did
  std::int64_t received_ms = 0;
  Amounts values;
  bool is_usable = false;  ///< the reply was a reading
};

/// The pure core of the processor: events and readings go in, growth by bucket comes out. Knows no Redis, no
/// SQLite.
///
/// A session is one unbroken subscription. Within it every growth is announced, so events narrow when it
/// happened; across sessions only the readings' own times do.
/// Threads: loop thread. Bounds: per event two look-ups and a mark; a known counter costs no allocation but
/// the growth of the dirty list. Drain is a few moves, however much there is; Undrain takes time with it.
class Meter {
 public:
  SeriesRegistry& registry() { return registry_; }
  CounterTable& counters() { return counters_; }
  Coverage& coverage() { return coverage_; }

  /// After LoadState: what of it is durable, and until when events are inside it.
  void Restore(std::optional<std::int64_t> covered_until_ms);

  /// `are_events_certain`: every growth will be announced; else only readings say how far the rows reach.
  void BeginSession(std::int64_t now_ms, bool are_events_certain = true);
  void TrustEvents(std::int64_t now_ms);
  /// We were subscribed until now; says nothing where events are not certain.
  void WatchUntil(std::int64_t now_ms);
  void EndSession(std::int64_t now_ms);
  /// Where the days of cumulative counters begin.
  void SetOffset(std::int64_t utc_offset_s) { utc_offset_s_ = utc_offset_s; }
  /// Every counter that existed when the session began has been read in it; not so unless `is_whole`: then
  /// the first reading of a counter tells nothing of when it grew, but for hours that began later.
  void CompleteBaseline(bool is_whole = true);
  /// How far the rows reach is not known any more: the next baseline reads all that the relay keeps.
  void ForgetCoverage() { covered_until_ms_ = 0; }
  /// A sweep without events has read every counter that existed at this moment, and all growth before it.
  void CompleteSweep(std::int64_t begin_ms);
  [[nodiscard]] bool are_events_certain() const { return are_events_certain_; }
  [[nodiscard]] bool is_baseline_read() const { return is_baseline_read_; }
  /// Everything in Redis was deleted at once: whatever is found from here on began anew. Returns the counters
  /// to read.
  std::vector<CounterIndex> OnFlush();
  /// Since `from_ms` we were subscribed, but nothing was announced.
  void OnSilence(std::int64_t from_ms, std::int64_t now_ms);
  /// How many counters were found grown without an announcement, since the last call.
  std::int64_t TakeUnannounced() { return std::exchange(unannounced_, 0); }
  /// The wall clock stepped back: it is followed, and the time that comes twice is a gap.
  void StepBack(std::int64_t from_ms, std::int64_t to_ms);
  /// Every event before this moment is inside the windows.
  void CoverUntil(std::int64_t ms);
  [[nodiscard]] std::int64_t covered_until_ms() const { return covered_until_ms_; }
  /// The latest hour of any counter, epoch seconds: what the relay's clock has reached. 0: none was seen.
  [[nodiscard]] std::int64_t newest_hour() const { return newest_hour_; }

  /// Hours are epoch seconds; kNoPeriod for a cumulative counter.
  /// The counter grew; false when there are too many series.
  bool OnGrowth(EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour,
                std::int64_t now_ms);
  /// The counter's hash was deleted or expired.
  void OnDeletion(EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour,
                  std::int64_t now_ms);
  /// It is known, and was read at least once.
  [[nodiscard]] bool IsRead(EntityKind kind, std::string_view id, std::string_view model,
                            std::int64_t hour) const;
  /// A counter that is to be read although no event said so; nothing when there are too many series.
  std::optional<CounterIndex> Expect(EntityKind kind, std::string_view id, std::string_view model,
                                     std::int64_t hour);

  /// Asked for now: events from here on lead to another reading.
  CounterRead BeginRead(CounterIndex index, std::int64_t now_ms);
  /// Judges a reading, once every event that is older than it has arrived.
  void FinishRead(const CounterRead& read);

  /// Moves what is not durable yet into the batch.
  void Drain(WriteBatch& batch);
  /// Takes it back, when SQLite refused it.
  void Undrain(const WriteBatch& batch);

  /// Packs some of the counters whose hour has been closed for a while, or has been since it was read for the
  /// first time. True when there are more.
  bool Pack(std::int64_t now_ms);
  [[nodiscard]] bool HasToPack(std::int64_t now_ms) const;

  [[nodiscard]] const RollingRate& request_rate() const { return request_rate_; }
  [[nodiscard]] const RollingRate& token_rate() const { return token_rate_; }

 private:
  [[nodiscard]] bool BeganInSession(const Counter& counter) const;
  [[nodiscard]] Interval IntervalOf(const Counter& counter, const CounterRead& read) const;
  [[nodiscard]] std::int64_t RestsBefore(std::int64_t now_ms) const;
  void Record(const Counter& counter, const CounterRead& read, const Amounts& growth);
  void TakeBack(const ReadingRow& row);
  void NoteRecovery(Level level, const Amounts& growth);

  SeriesRegistry registry_;
  CounterTable counters_;
  MinuteWindows windows_;
  Coverage coverage_;
  RollingRate request_rate_;  ///< of API keys: accounts count the same requests again
  RollingRate token_rate_;

  std::vector<AdjustmentRow> adjustments_;
  std::vector<GapRow> gaps_;
  std::vector<GapRecovery> recoveries_;  ///< the last one: of the gap before this session
  std::int64_t unannounced_ = 0;
  std::size_t durable_series_ = 0;

  std::uint32_t session_ = 0;
  std::int64_t session_begin_ms_ = 0;
  std::int64_t gap_begin_ms_ = 0;  ///< of the last gap; 0: there was none
  std::int64_t covered_until_ms_ = 0;
  std::int64_t newest_hour_ = 0;
  std::int64_t covered_before_session_ms_ = 0;
  std::int64_t listed_ms_ = 0;  ///< every counter that existed then is known; not before the session
  std::int64_t utc_offset_s_ = 0;
  std::int64_t packed_before_ = 0;  ///< the hour up to which the last whole pass has packed
  std::size_t most_unpacked_ = 0;   ///< more than these are worth another pass
  bool is_packing_ = false;
  bool is_baseline_read_ = false;
  bool is_baseline_whole_ = false;
  bool are_events_certain_ = true;
  bool is_restart_ = true;
};

}  // namespace keymeter::processor
