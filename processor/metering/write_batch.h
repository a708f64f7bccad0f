#pragma once

#include <any>
#include <type_traits>
#include <vector>

#include "processor/metering/audit_rows.h"
#include "processor/metering/coverage_rows.h"
#include "processor/metering/entity_rows.h"
#include "processor/metering/growth_rows.h"
#include "processor/metering/history_rows.h"
#include "processor/metering/price_rows.h"
#include "processor/metering/state_rows.h"

namespace keymeter::processor {

/// What one flush writes, in one transaction: sets of rows, one set for each kind.
///
/// Metering's own sets are bases, so that `batch.growth` is a field. A room that metering does not know
/// keeps its rows in a set of its own, `batch.Of<RequestRows>()` (see storage/DESIGN.md).
/// Threads: a value; made on the loop thread, moved to the writer thread, and moved back when SQLite refuses
/// it.
/// Bounds: an allocation for each set of another room, none for a row.
struct WriteBatch : NewSeriesRows,
                    PriceRows,
                    GrowthRows,
                    ReadingRows,
                    AdjustmentRows,
                    GapRows,
                    CoverageRows,
                    EntityRows,
                    HistoryRows,
                    AuditRows,
                    StateRows {
  /// The set of this type, empty at first.
  template <typename Rows>
  [[nodiscard]] Rows& Of() {
    if constexpr (std::is_base_of_v<Rows, WriteBatch>) return *this;
    for (std::any& set : others_)
      if (auto* rows = std::any_cast<Rows>(&set)) return *rows;
    return std::any_cast<Rows&>(others_.emplace_back(Rows{}));
  }
  /// The same for reading; nullptr when the batch has no such set.
  template <typename Rows>
  [[nodiscard]] const Rows* Find() const {
    if constexpr (std::is_base_of_v<Rows, WriteBatch>) return this;
    for (const std::any& set : others_)
      if (const auto* rows = std::any_cast<Rows>(&set)) return rows;
    return nullptr;
  }

 private:
  std::vector<std::any> others_;  ///< one of each type; few, so they are searched
};

/// Sorts growth and readings by the keys of their tables, so that SQLite goes through its pages once.
/// Threads: that of the batch's owner: the writer thread; for the last batch of a stop, the loop thread.
void OrderAsTables(WriteBatch& batch);

}  // namespace keymeter::processor
