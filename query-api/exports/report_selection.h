#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "query-api/http/params.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_caches.h"
#include "query-api/usage/usage_sum.h"

namespace keymeter::query_api {

/// Which API keys or accounts a report is of: those that the list of them would have with the same filters,
/// and `ids`.
///
/// Threads: const, any. Bounds: their ids.
/// Tested by tests/query-api/exports/export_report_test.cc.
class ReportSelection {
 public:
  using Kind = SeriesCatalog::Kind;

  /// `ids`, and the filters of both lists.
  [[nodiscard]] static std::vector<std::string_view> Params();
  /// Errors are kInvalid and name the parameter, also where it is a filter of the other list.
  static Result<ReportSelection> Read(Snapshot& snapshot, UsageCaches& caches,
                                      const query_api::Params& params, Kind kind);

  [[nodiscard]] bool Has(std::string_view id) const { return !ids_ || ids_->contains(std::string(id)); }

 private:
  std::optional<std::unordered_set<std::string>> ids_;  ///< nothing: all
};

/// What each entity used in some days, by its id.
using SpanSums = std::unordered_map<std::string, UsageSum>;

/// Of the days that `startDate` and `endDate` name; nothing when they are not given.
[[nodiscard]] Result<std::optional<SpanSums>> ReadSpanSums(Snapshot& snapshot, UsageCaches& caches,
                                                           const Params& params, SeriesCatalog::Kind kind);

}  // namespace keymeter::query_api
