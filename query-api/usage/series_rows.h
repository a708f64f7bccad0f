#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "query-api/usage/apportion.h"
#include "query-api/usage/series_selection.h"
#include "query-api/usage/slots.h"
#include "query-api/usage/usage.h"

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
/// Rows that lie in one slot come in ascending order of their slot (AddTimed). What reaches over several is
/// collected by bucket (AddUntimed) and spread at the end; a bucket that lies inside one slot is exact. Who
/// is behind a spread amount is known to the bucket only: a slot then counts at least that many owners and
/// entities, but no more than it has requests. Members of different names have different numbers.
/// Threads: one. Bounds: O(1) a row; memory by names × slots, entities and untimed buckets.
class SeriesRows {
 public:
  enum class SpreadMode : std::uint8_t { kWhereNobodyLooked, kEvenly };

  explicit SeriesRows(const Slots& slots) : slots_(slots) {}

  void AddTimed(std::int64_t bucket, Member member, const UsageSum& usage, std::uint32_t name = 0);
  /// The bucket [from, to) of a coarser level: what has no finer time, or all of it when its finer buckets
  /// are gone. That is laid evenly over the bucket, for most of it came while somebody looked.
  void AddUntimed(std::int64_t from, std::int64_t to, Member member, const UsageSum& usage,
                  SpreadMode mode = SpreadMode::kWhereNobodyLooked, std::uint32_t name = 0);
  /// The span of time whose coverage Finish needs: that of the slots and of all untimed buckets.
  [[nodiscard]] Piece CoverageSpan() const;
  /// Names that have rows or untimed buckets.
  [[nodiscard]] std::size_t used_names() const { return used_names_; }

  /// Every slot of every name up to the last one that was used; a name without usage has no slots.
  [[nodiscard]] std::vector<std::vector<SeriesRow>> FinishNames(const Coverage& coverage,
                                                                std::int64_t now_ms);
  /// Of the first name, which always has its slots.
  [[nodiscard]] std::vector<SeriesRow> Finish(const Coverage& coverage, std::int64_t now_ms);

 private:
  /// Counts distinct numbers within one slot or bucket after the other.
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
    SpreadMode mode = SpreadMode::kWhereNobodyLooked;
    std::uint32_t name = 0;
    UsageSum usage{};
    std::int64_t owners = 0;
    std::int64_t entities = 0;
  };
  /// The pieces of a bucket that slots hold, and how much lies in each.
  struct Pieces {
    std::int64_t from = -1;
    std::int64_t to = -1;
    SpreadMode mode = SpreadMode::kWhereNobodyLooked;
    std::vector<Piece> pieces{};
    std::vector<std::int64_t> weights{};
  };

  [[nodiscard]] std::vector<SeriesRow>& RowsOf(std::uint32_t name);
  [[nodiscard]] Untimed& UntimedOf(std::int64_t from, std::int64_t to, SpreadMode mode, std::uint32_t name);
  void Cut(const Untimed& untimed, const Coverage& coverage, std::int64_t now_ms, Pieces& cut) const;
  void Apportion(const Untimed& untimed, const Pieces& cut);
  void AddShare(std::size_t slot, const UsageSum& share, const Untimed& whole, bool is_estimate);

  static constexpr std::int64_t kNoBucket = std::numeric_limits<std::int64_t>::min();

  const Slots slots_;
  std::vector<std::vector<SeriesRow>> rows_;  ///< by name
  std::size_t used_names_ = 0;
  std::int64_t bucket_ = kNoBucket;  ///< the last one of AddTimed, and its slot
  std::optional<std::size_t> slot_;
  DistinctCounter slot_entities_, slot_owners_;
  std::vector<Untimed> untimed_;
  std::size_t bucket_begin_ = 0;  ///< of the last bucket in untimed_
  std::vector<std::size_t>
      untimed_places_;  ///< by name, in untimed_, plus 1; of the last bucket if beyond its begin
  std::int32_t untimed_buckets_ = 0;
  DistinctCounter untimed_entities_, untimed_owners_;
};

}  // namespace keymeter::query_api
