#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "query-api/usage/apportion.h"
#include "query-api/usage/series_selection.h"
#include "query-api/usage/slots.h"
#include "query-api/usage/usage_sum.h"

/// From rows of the file to slots: the pure core of /api/stats/series.
namespace keymeter::query_api {

struct SeriesRow {
  std::int64_t bucket = 0;  ///< epoch seconds
  UsageSum usage;
  std::int64_t owners = 0;
  std::int64_t entities = 0;
  bool estimated = false;  ///< some of it was spread from a coarser bucket
  double coverage = 0;     ///< 0…1, of the part that is not in the future
};

/// Adds rows up into slots, under one name or several.
///
/// Rows that lie in one slot come in ascending order of their slot (AddTimed). Buckets that reach over
/// several slots are collected (AddUntimed) and spread at the end; a bucket inside one slot is exact. How
/// many owners and entities are behind a spread amount is known for the bucket only: each of its slots then
/// counts at least that many, but no more than it has requests. Members of different names have different
/// numbers. Threads: one. Bounds: O(1) a row; memory by names × slots, entities and untimed buckets.
class SeriesRows {
 public:
  /// Where in its bucket an amount without a finer time most likely belongs.
  enum class SpreadMode : std::uint8_t {
    kOverUncoveredTime,  ///< what has no finer row: it happened while nobody was subscribed
    kOverWholeBucket,    ///< what has no finer row any more, because retention removed it
  };

  explicit SeriesRows(const Slots& slots) : slots_(slots) {}

  void AddTimed(std::int64_t bucket, Member member, const UsageSum& usage, std::uint32_t name = 0);
  /// An amount of the bucket [from, to) of a coarser level that is known to no finer time.
  void AddUntimed(std::int64_t from, std::int64_t to, Member member, const UsageSum& usage,
                  SpreadMode mode = SpreadMode::kOverUncoveredTime, std::uint32_t name = 0);
  /// The span whose coverage Finish needs: that of the slots and of all untimed buckets.
  [[nodiscard]] Piece CoverageSpan() const;
  /// Names that have rows or untimed buckets.
  [[nodiscard]] std::size_t used_names() const { return used_names_; }

  /// Every slot of every name up to the last name that was used; a name without usage has no slots.
  [[nodiscard]] std::vector<std::vector<SeriesRow>> FinishNames(const CoveredMinutes& covered,
                                                                std::int64_t now_ms);
  /// The slots of the first name, also when it was not used.
  [[nodiscard]] std::vector<SeriesRow> Finish(const CoveredMinutes& covered, std::int64_t now_ms);

 private:
  /// Tells which numbers are new in a slot or bucket, one slot or bucket after the other.
  class DistinctCounter {
   public:
    /// True when this is the first time in this place.
    bool IsNew(std::uint32_t number, std::int32_t place);

   private:
    std::vector<std::int32_t> last_place_;
  };
  struct Untimed {
    std::int64_t from = 0;
    std::int64_t to = 0;
    SpreadMode mode = SpreadMode::kOverUncoveredTime;
    std::uint32_t name = 0;
    UsageSum usage{};
    std::int64_t owners = 0;
    std::int64_t entities = 0;
  };
  /// The pieces of a bucket that slots hold, and how much lies in each.
  struct Pieces {
    std::int64_t from = -1;
    std::int64_t to = -1;
    SpreadMode mode = SpreadMode::kOverUncoveredTime;
    std::vector<Piece> pieces{};
    std::vector<std::int64_t> weights{};
  };

  [[nodiscard]] std::vector<SeriesRow>& RowsOf(std::uint32_t name);
  [[nodiscard]] Untimed& UntimedOf(std::int64_t from, std::int64_t to, SpreadMode mode, std::uint32_t name);
  void Cut(const Untimed& untimed, const CoveredMinutes& covered, std::int64_t now_ms, Pieces& cut) const;
  void Apportion(const Untimed& untimed, const Pieces& cut);
  void AddShare(std::size_t slot, const UsageSum& share, const Untimed& whole, bool is_estimate);

  static constexpr std::int64_t kNoBucket = std::numeric_limits<std::int64_t>::min();

  const Slots slots_;
  std::vector<std::vector<SeriesRow>> rows_;  ///< by name
  std::size_t used_names_ = 0;
  std::int64_t bucket_ = kNoBucket;  ///< the last bucket of AddTimed
  std::optional<std::size_t> slot_;  ///< its slot
  DistinctCounter slot_entities_, slot_owners_;
  std::vector<Untimed> untimed_;
  std::size_t bucket_begin_ = 0;  ///< of the last bucket in untimed_
  /// By name: 1 + the index in untimed_ of its last bucket, which is the current one if it is above
  /// bucket_begin_.
  std::vector<std::size_t> untimed_places_;
  std::int32_t untimed_buckets_ = 0;
  DistinctCounter untimed_entities_, untimed_owners_;
};

}  // namespace keymeter::query_api
