#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/metering/counter_packer.h"
#include "processor/metering/counter_table.h"
#include "processor/metering/coverage.h"
#include "processor/metering/lost_amounts.h"
#include "processor/metering/metered_session.h"
#include "processor/metering/newest_hours.h"
#include "processor/metering/proven_time.h"
#include "processor/metering/rolling_rate.h"
#include "processor/metering/series_registry.h"
#include "processor/metering/unwritten_rows.h"
#include "processor/metering/write_batch.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// The pure core of the processor: takes events and readings, gives growth by bucket. It owns every counter,
/// and takes commands: nothing outside changes a counter, a series or a row.
///
/// Not for history (closed days and months): see HistoryImport. It knows neither Redis nor SQLite, and has no
/// clock: every call brings its own time.
/// Threads: loop thread. Lifetime: owns everything; a CounterIndex is valid as CounterTable says.
/// Bounds: an event costs two look-ups and a mark, and allocates only when the list of dirty counters grows.
/// Drain moves a few vectors, whatever their size; Undrain takes time in proportion to what comes back.
class Meter {
 public:
  [[nodiscard]] const SeriesRegistry& registry() const { return registry_; }
  [[nodiscard]] const CounterTable& counters() const { return counters_; }

  // ---- The beginning of the process

  /// What the file holds: its series, the last reading of each counter, what counters lost, and the moment up
  /// to which all events are inside its rows (empty: it has none).
  void Restore(SeriesRegistry registry, CounterTable counters, std::optional<std::int64_t> covered_until_ms,
               LostAmounts lost = {});
  /// Where the days and months of cumulative counters begin.
  void SetOffset(std::int64_t utc_offset_s) { utc_offset_s_ = utc_offset_s; }

  // ---- Time, which may jump (see ProvenTime)

  [[nodiscard]] ProvenTime& time() { return time_; }
  /// What has closed or expired by our clock has so at this moment: not before our clock was steady for hours
  /// after a jump ahead, or the relay's keys have named such an hour.
  [[nodiscard]] std::int64_t ReachedMs(const Clock& clock) const {
    const std::int64_t wall_ms = clock.WallMs();
    return std::min(wall_ms, std::max(time_.SteadyMs(wall_ms, clock.MonotonicMs()), hours_.newest() * 1000));
  }

  // ---- Sessions: one unbroken subscription each (see MeteredSession)

  /// `are_events_certain`: every growth will be announced. If not, only readings tell how far the rows reach.
  void BeginSession(std::int64_t now_ms, bool are_events_certain = true);
  /// From now on every growth is announced.
  void TrustEvents(std::int64_t now_ms);
  /// We were subscribed until now. Ignored while events are not certain.
  void WatchUntil(std::int64_t now_ms);
  void EndSession(std::int64_t now_ms);
  /// Every counter that existed when the session began has been read in it. `is_whole` false: some may be
  /// missing, so the first reading of a counter cannot tell when it grew, unless its hour began later.
  void CompleteBaseline(bool is_whole = true);
  /// A sweep without events, begun at this moment, has read every counter that existed then.
  void CompleteSweep(std::int64_t begin_ms);
  /// Every event before this moment is inside the rows.
  void CoverUntil(std::int64_t ms);
  /// It is no longer known how far the rows reach: the next baseline reads all that the relay keeps.
  void ForgetCoverage() { covered_until_ms_ = 0; }
  /// All counters came to this end at once, and nothing announced it: kWhole when everything in Redis was
  /// deleted, kFields when that may be, kReplaced when other data was put in its place.
  void OnEndOfAll(End end) { counters_.EndAll(end); }
  /// Since `from_ms` we were subscribed, but nothing was announced.
  void OnSilence(std::int64_t from_ms, std::int64_t now_ms);
  /// The wall clock stepped back: it is followed, and the time that comes twice is recorded as a gap.
  void StepBack(std::int64_t from_ms, std::int64_t to_ms);

  [[nodiscard]] bool are_events_certain() const { return are_events_certain_; }
  [[nodiscard]] bool is_baseline_read() const { return session_.is_baseline_read(); }
  [[nodiscard]] std::int64_t covered_until_ms() const { return covered_until_ms_; }
  [[nodiscard]] std::int64_t newest_hour() const { return hours_.newest(); }  ///< see NewestHours
  [[nodiscard]] std::int64_t farthest_hour() const { return hours_.farthest(); }
  /// How many counters were found grown without an event, since the last call.
  std::int64_t TakeUnannounced() { return std::exchange(unannounced_, 0); }

  // ---- Events. Hours are epoch seconds, kNoPeriod for a cumulative counter

  /// An event of any counter arrived: for the coverage of its minute.
  void CountEvent(std::int64_t now_ms) { coverage_.AddEvents(now_ms); }
  /// The counter grew. False when there are too many series.
  bool OnGrowth(EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour,
                std::int64_t now_ms);
  /// The counter's hash ended as a whole or in part, or was replaced. False when there are too many series.
  bool OnEnd(End end, EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour,
             std::int64_t now_ms);

  // ---- Which counters to read

  /// The dirty counters in the order of their events, at most `most`; they are dirty no longer.
  std::vector<CounterIndex> TakeDirty(std::size_t most) { return counters_.TakeDirty(most); }
  /// A counter to be read although no event announced it. Empty when there are too many series.
  std::optional<CounterIndex> Expect(EntityKind kind, std::string_view id, std::string_view model,
                                     std::int64_t hour);
  /// All known counters that pass `is_kept` and are not expected yet, to be read.
  std::vector<CounterIndex> ExpectAll(const std::function<bool(const Counter&)>& is_kept) {
    return counters_.ExpectAll(is_kept);
  }
  /// The next few known counters of a span of hours, to be read: see CounterTable::ExpectSome.
  [[nodiscard]] bool ExpectSome(CounterTable::Span& span, std::vector<CounterIndex>& found) {
    return counters_.ExpectSome(span, found);
  }
  /// The counter is known, and was read at least once or is going to be.
  [[nodiscard]] bool IsReadOrExpected(EntityKind kind, std::string_view id, std::string_view model,
                                      std::int64_t hour) const;
  /// The number of a series that has no counter yet. kNone when there are too many series.
  SeriesId InternSeries(EntityKind kind, std::string_view id, std::string_view model) {
    return registry_.Intern(kind, id, model);
  }

  // ---- Readings

  /// Asked for now: events from now on lead to another reading.
  CounterRead BeginRead(CounterIndex index, std::int64_t now_ms);
  /// It is not asked for now, though it was to be: it may be expected anew.
  void PassOver(CounterIndex index) { counters_.PassOver(index, !session_.KnowsEveryCounter()); }
  /// What was passed over is to be read after all, if it is still known.
  void ReadAfterAll(SeriesId series, std::int64_t hour) { counters_.MarkDirty(series, hour); }
  /// Judges a reading. To be called once every event that is older than the reading has arrived.
  void FinishRead(const CounterRead& read);

  // ---- Flushes

  /// Moves everything that the file lacks into the batch.
  void Drain(WriteBatch& batch);
  /// Takes it back when SQLite refused it.
  void Undrain(const WriteBatch& batch);

  // ---- Memory

  /// Packs some of the counters of closed hours (see CounterPacker). True when there are more.
  bool Pack(std::int64_t now_ms) { return packer_.Pack(counters_, hours_.newest(), now_ms); }
  [[nodiscard]] bool HasToPack(std::int64_t now_ms) const {
    return packer_.HasToPack(counters_, hours_.newest(), now_ms);
  }
  /// Forgets the counters of hours that the relay no longer keeps.
  void ForgetBefore(std::int64_t hour) {
    forgotten_before_ = std::max(forgotten_before_, hour);
    counters_.ForgetBefore(hour);
    lost_.ForgetBefore(hour);
  }
  /// The counter is not known, and may have been forgotten: rows may hold what it counts, and only those
  /// tell.
  [[nodiscard]] bool MayHaveForgotten(EntityKind kind, std::string_view id, std::string_view model,
                                      std::int64_t hour) const {
    return hour < forgotten_before_ && hour != kNoPeriod && !IsReadOrExpected(kind, id, model, hour);
  }

  // ---- Rates of API keys; accounts count the same requests again

  [[nodiscard]] const RollingRate& request_rate() const { return request_rate_; }
  [[nodiscard]] const RollingRate& token_rate() const { return token_rate_; }

 private:
  static constexpr std::int64_t kClockErrorMs = 5000;

  void Record(const Counter& counter, const CounterRead& read, const Amounts& growth);

  SeriesRegistry registry_;
  CounterTable counters_;
  CounterPacker packer_;
  LostAmounts lost_;
  MeteredSession session_;
  Coverage coverage_;
  ProvenTime time_;
  NewestHours hours_;
  UnwrittenRows unwritten_;
  RollingRate request_rate_;
  RollingRate token_rate_;

  std::int64_t covered_until_ms_ = 0;
  std::int64_t gap_begin_ms_ = 0;      ///< of the gap before this session; 0: there was none
  std::int64_t forgotten_before_ = 0;  ///< an hour
  std::int64_t unannounced_ = 0;
  std::int64_t utc_offset_s_ = 0;
  bool are_events_certain_ = true;
  bool is_restart_ = true;  ///< no session has begun since the start of the process
};

}  // namespace keymeter::processor
