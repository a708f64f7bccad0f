#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/metering/write_batch.h"
#include "processor/redis/load_pacer.h"
#include "processor/redis/redis_link.h"
#include "processor/redis/scan_queue.h"
#include "processor/source/skipped_values.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// Reads the relay's counters by day and month, for imports and audits; and by hour where a counter without a
/// model stands beside those that are metered.
///
/// They are found by one walk over the key space for all that is asked for: an index set, where the relay
/// keeps one, says what it lists, not that it lists all. Nothing is judged here. What a day holds beyond its
/// hours can only be told beside the rows, so the readings go with a flush to HistoryWriter and AuditWriter.
/// Threads: loop thread. Lifetime: borrows all that it is given; outlives sessions. Bounds: one pipeline
/// under way, as large as the pacer allows; at most kMostWaiting readings wait for a flush; 32 bytes for each
/// counter that was found and waits for its turn.
///
/// Tested by tests/processor/source/history_reader_test.cc, tests/integration/absence_test.cc,
/// unlisted_counters_test.cc and audit_test.cc.
class HistoryReader {
 public:
  /// Buckets of one level, from `first` to `last` (epoch seconds, both included).
  struct Span {
    Level level = Level::kDay;
    std::int64_t first = 0;
    std::int64_t last = 0;

    bool operator==(const Span&) const = default;
  };

  /// `on_new_series(kind, id)`: a series was found that was not known before.
  HistoryReader(const EventLoop& loop, const MeteringPlan& plan, ScanQueue& scans, RedisLink& link,
                LoadPacer& pacer, Meter& meter, SkippedValues& skipped,
                std::function<void(EntityKind, std::string_view)> on_new_series);

  /// In the order of the spans, the finer level first; within a span in the order of the plan's counters.
  /// Only when IsDone.
  void Start(const std::vector<Span>& spans, std::int64_t utc_offset_s);
  void Reset();    ///< the session ended: what was read and not taken is read anew by the next Start
  void Abandon();  ///< the rest is not needed; IsDone once what is under way has ended

  /// Everything was read and taken, or nothing was asked for.
  [[nodiscard]] bool IsDone() const { return IsRead() && readings_.empty(); }
  /// All was read; what is left is to be taken.
  [[nodiscard]] bool IsRead() const { return !is_listing_ && wanted_.empty() && asked_.empty(); }
  /// Everything that there is was found since Start.
  [[nodiscard]] bool IsWhole() const { return is_whole_; }

  std::vector<CoarseReading> Take();
  void PutBack(std::vector<CoarseReading> readings);  ///< SQLite refused the batch
  /// So many wait to be read that no more should be looked for.
  [[nodiscard]] bool IsFull() const;

 private:
  struct Wanted {
    std::size_t spec;  ///< its place in the plan's counters
    Level level;
    std::int64_t bucket;
    SeriesId series;
  };
  struct HashValues {
    Amounts amounts;
    std::uint16_t carried = 0;  ///< see CoarseReading
  };

  [[nodiscard]] std::optional<std::size_t> FirstOrder() const;
  void OnKey(std::string_view key);
  void OnListed(bool is_whole);
  void Match(std::size_t spec, const CoarseSpec& coarse, std::string_view key);
  [[nodiscard]] bool IsAsked(std::size_t spec, Level level, std::int64_t bucket) const;
  void Want(std::size_t order, std::size_t spec, Level level, std::int64_t bucket, const KeyParts& parts);
  void ReadSome();
  void AppendRead(std::string& commands, const Wanted& wanted) const;
  void OnReply(std::size_t index, const Reply& reply);
  [[nodiscard]] HashValues ValuesOf(const Wanted& wanted, const Reply& reply);
  void Skip(const Wanted& wanted, std::string_view field, std::string_view value);
  void AddReading(const Wanted& wanted, const HashValues& hash);

  const MeteringPlan& plan_;
  ScanQueue& scans_;
  RedisLink& link_;
  LoadPacer& pacer_;
  Meter& meter_;
  SkippedValues& skipped_;
  std::function<void(EntityKind, std::string_view)> on_new_series_;
  std::int64_t utc_offset_s_ = 0;
  Timer next_read_;
  std::int64_t sent_us_ = 0;
  std::vector<Span> spans_;
  bool is_listing_ = false;
  /// By the order in which they are read: a month is compared with its days. None is empty.
  std::map<std::size_t, std::deque<Wanted>> wanted_;
  std::size_t first_order_ = 0;  ///< of what is asked for: only this may be read while the rest is looked for
  std::vector<Wanted> asked_;
  std::vector<CoarseReading> readings_;
  std::set<std::pair<SeriesId, std::int64_t>> days_;  ///< of counters without a model, that were found
  bool is_whole_ = true;
  bool is_abandoned_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
