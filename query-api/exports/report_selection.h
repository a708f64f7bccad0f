#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "query-api/endpoints/day_range.h"
#include "query-api/endpoints/list_filters.h"
#include "query-api/http/params.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_caches.h"
#include "query-api/usage/usage_sum.h"

namespace keymeter::query_api {

/// Which API keys or accounts a client asks for: `ids`, and the filters of their list. Checked, and nothing
/// read.
///
/// Threads: a plain value. Bounds: those of the request's parameters.
/// Tested by tests/query-api/exports/report_selection_test.cc.
struct ReportFilter {
  SeriesCatalog::Kind kind = SeriesCatalog::Kind::kApiKey;
  std::optional<std::unordered_set<std::string>> ids{};  ///< nothing: all
  std::optional<ListFilter> filter{};                    ///< nothing: no filter is given

  /// `ids`, and the filters of both lists.
  [[nodiscard]] static std::vector<std::string_view> Params();
  /// Errors are kInvalid and name the parameter, also where it is a filter of the other list.
  static Result<ReportFilter> Of(const query_api::Params& params, SeriesCatalog::Kind kind,
                                 std::int64_t now_ms);
};

/// The API keys or accounts that a filter finds: those that their list would have.
///
/// Threads: const, any. Bounds: their ids.
/// Tested by tests/query-api/exports/export_report_test.cc.
class ReportSelection {
 public:
  static Result<ReportSelection> Read(Snapshot& snapshot, UsageCaches& caches, const ReportFilter& wanted);

  [[nodiscard]] bool Has(std::string_view id) const { return !ids_ || ids_->contains(std::string(id)); }

 private:
  std::optional<std::unordered_set<std::string>> ids_;  ///< nothing: all
};

/// What each entity used in some days, by its id.
using SpanSums = std::unordered_map<std::string, UsageSum>;

[[nodiscard]] Result<SpanSums> ReadSpanSums(Snapshot& snapshot, UsageCaches& caches, const DayRange& days,
                                            SeriesCatalog::Kind kind);

}  // namespace keymeter::query_api
