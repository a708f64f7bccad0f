#pragma once

#include <cstdint>
#include <vector>

#include "query-api/slots.h"
#include "query-api/spread.h"
#include "query-api/usage.h"

/// From rows of the file to slots: the pure core of /api/stats/series.
namespace keymeter::query_api {

/// Whose row it is: small numbers that stand for its API key and its owner.
struct Member {
  std::uint32_t entity = 0;
  std::uint32_t owner = 0;
};

struct SeriesRow {
  std::int64_t bucket = 0;  ///< epoch seconds
  UsageSum usage;
  std::int64_t owners = 0;
  std::int64_t entities = 0;
  bool estimated = false;  ///< some of it was spread from a coarser bucket
  double coverage = 0;     ///< 0…1, of the part that is not in the future
};

/// Adds rows up into slots.
///
/// Rows at the slots' own level come in ascending order of their slot (AddTimed). What is untimed at a
/// coarser level is collected by bucket (AddUntimed) and spread at the end; a bucket that lies inside one
/// slot is exact. Who is behind a spread amount is known to the bucket only: a slot then counts at least
/// that many owners and entities, but no more than it has requests.
/// Threads: one. Bounds: O(1) a row; memory by slots, entities and untimed buckets.
class SeriesRows {
 public:
  enum class Laid : std::uint8_t { kWhereNobodyLooked, kEvenly };

  explicit SeriesRows(const Slots& slots) : slots_(slots), rows_(slots.count()) {}

  void AddTimed(std::int64_t bucket, Member member, const UsageSum& usage);
  /// The bucket [from, to) of a coarser level: what has no finer time, or all of it when its finer buckets
  /// are gone. That is laid evenly over the bucket, for most of it came while somebody looked.
  void AddUntimed(std::int64_t from, std::int64_t to, Member member, const UsageSum& usage,
                  Laid laid = Laid::kWhereNobodyLooked);
  /// The span of time whose coverage Finish needs: that of the slots and of all untimed buckets.
  [[nodiscard]] Piece CoverageSpan() const;
  [[nodiscard]] std::vector<SeriesRow> Finish(const Coverage& coverage, std::int64_t now_ms);

 private:
  /// Counts distinct numbers within one slot or bucket after the other.
  class DistinctCounter {
   public:
    /// True when this is the first time in this place.
    bool IsNew(std::uint32_t number, std::int64_t place);

   private:
    std::vector<std::int64_t> last_place_;
  };
  struct Untimed {
    std::int64_t from = 0;
    std::int64_t to = 0;
    Laid laid = Laid::kWhereNobodyLooked;
    UsageSum usage;
    std::int64_t owners = 0;
    std::int64_t entities = 0;
  };

  void Spread(const Untimed& untimed, const Coverage& coverage, std::int64_t now_ms);
  void AddShare(std::size_t slot, const UsageSum& share, const Untimed& whole, bool is_estimate);

  const Slots slots_;
  std::vector<SeriesRow> rows_;
  DistinctCounter slot_entities_, slot_owners_;
  std::vector<Untimed> untimed_;
  DistinctCounter untimed_entities_, untimed_owners_;
};

}  // namespace keymeter::query_api
