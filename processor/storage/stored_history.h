#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "processor/metering/growth.h"
#include "processor/metering/growth_rows.h"
#include "processor/metering/history_rows.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Which series grew in which buckets by the growth of one batch. Threads: that of the batch.
class GrownBuckets {
 public:
  explicit GrownBuckets(const GrowthRows& rows);
  /// In a bucket of any level that begins in [from, end).
  [[nodiscard]] bool Has(SeriesId series, std::int64_t from, std::int64_t end) const;
  [[nodiscard]] bool HasAny(std::int64_t from, std::int64_t end) const;

 private:
  std::vector<std::pair<SeriesId, std::int64_t>> grown_;  ///< in order
};

/// Reads what our file holds of a bucket, to be compared with what the relay holds of it.
///
/// Threads: that of its Database. Lifetime: not beyond the database that it was prepared for.
class StoredHistory {
 public:
  [[nodiscard]] Status Prepare(Database& database);

  struct Ours {
    Amounts rows{};      ///< what our rows of the bucket hold: of the series, or of all of the entity's
    Amounts adjusted{};  ///< what the relay lost of it, by `adjustments`
    /// kReset or kRollback: one of those adjustments is of that kind, so the relay may have lost more than
    /// they say.
    std::optional<FallReason> fall{};
    /// What stands beside it in the same bucket and may be the same usage, counted by another counter.
    /// Compared by model: what the entity's counter without a model was metered by, or gave to finer buckets
    /// (only what is more than that is surely none of it). Of an entity: what its models hold.
    Amounts beside{};
    /// Of an hour without a model: what is untimed in its day, taken from counters of the day; of the entity
    /// without a model, and of its models.
    Amounts day_rest{};
    Amounts day_rest_by_model{};
  };
  /// Minutes from `rolled_until` on are not in the coarser rows yet, and are added.
  [[nodiscard]] Result<Ours> Read(const CoarseReading& reading, std::int64_t utc_offset_s,
                                  std::int64_t rolled_until);

  /// Whether the reading holds less than our rows, and may be older than they are: growth of the same batch
  /// is in them. Then it proves nothing, and has to be read anew. A batch that SQLite refused before holds
  /// what grew before its readings as well as what grew behind them, so which it was cannot be told.
  [[nodiscard]] Result<bool> IsOvertaken(const CoarseReading& reading, const Ours& ours,
                                         const GrownBuckets& grown, std::int64_t utc_offset_s);

 private:
  struct LevelSums {
    Statement of_series;
    Statement of_entity;
  };
  Status PrepareSums(Database& database, LevelSums& sums, Level level);
  Status Add(Statement& query, Amounts& sum);
  Result<SeriesId> TotalsOf(SeriesId series);
  Status AddRows(const CoarseReading& reading, std::int64_t end, std::int64_t rolled_until, Amounts& sum);
  Status AddLost(const CoarseReading& reading, std::int64_t end, Ours& ours);
  Status AddTaken(Level level, std::int64_t bucket, SeriesId series, Amounts& sum);

  LevelSums hour_;
  LevelSums day_;
  LevelSums month_;
  LevelSums minutes_;
  LevelSums adjustments_;
  Statement totals_of_;
  Statement series_of_entity_;
  Statement taken_;
  Statement taken_of_entity_;
};

/// How the relay's values differ from ours.
struct HistoryVerdict {
  Amounts growth;  ///< to take: it lies in no finer bucket
  Amounts lost;    ///< not zero: a fall that no adjustment explains
  /// All of the growth is of metrics of which we hold nothing: the finer counters have no field for them.
  bool is_missing_fields_only = false;
  /// The relay holds some more that is not taken, because it may be counted already under another counter.
  bool is_left_out = false;
};

/// What we know of a bucket besides the sums. A plain value.
enum class Watch : std::uint8_t {
  kAbsent,  ///< nobody watched, or not all of it: an adjustment may be followed by growth that was missed
  kMetered  ///< all of it was metered: what adjustments may explain is explained
};

/// Growth is what the relay holds beyond our rows. What both hold of is decided for the hash as a whole: when
/// any value is less than ours, the hash was reset or corrected, and another value that is more proves
/// nothing. An adjustment of an hour may or may not have happened to the day as well (a reset deletes both;
/// somebody may have corrected only one by hand). So where nobody watched, growth is then what lies beyond
/// our rows less the adjustments; where all was metered, it is explained. A metric of which we hold nothing
/// is judged for itself, and one that the hash has no field for is no difference. Nothing can count twice.
[[nodiscard]] HistoryVerdict CompareHistory(const CoarseReading& relay, const StoredHistory::Ours& ours,
                                            Watch watch);

/// True when our value and the relay's differ by more than the adjustments may explain; for one metric.
[[nodiscard]] bool IsDrift(std::int64_t relay, std::int64_t ours, std::int64_t adjusted);

}  // namespace keymeter::processor
