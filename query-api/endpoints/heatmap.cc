#include "query-api/endpoints/heatmap.h"

#include <array>

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/csv_answer.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/endpoints/usage_params.h"
#include "query-api/usage/plan_reader.h"
#include "query-api/usage/series_query.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kDefaultHeatmapSpan = 30 * kDaySeconds;
constexpr std::int64_t kDaysOfWeek = 7;
constexpr std::int64_t kHoursOfDay = 24;
constexpr std::int64_t kMondayIsDay = 4;  // 1970-01-05

struct HeatmapRequest {
  SlotRequest span;
  std::string_view metric;
  SeriesFilter filter;
  bool is_csv = false;
};

Result<HeatmapRequest> HeatmapRequestOf(const Params& params) {
  HeatmapRequest request;
  ASSIGN_OR_RETURN(const auto span, SpanRequestOf(params));
  request.span = span;
  ASSIGN_OR_RETURN(const auto metric, MetricOf(params));
  request.metric = metric;
  ASSIGN_OR_RETURN(const auto filter, SeriesFilterOf(params));
  request.filter = filter;
  ASSIGN_OR_RETURN(request.is_csv, WantsCsv(params));
  return request;
}

Result<Slots> HoursOf(const Snapshot& snapshot, const SlotRequest& asked) {
  ASSIGN_OR_RETURN(const auto span, KeptSpan(snapshot, asked, kDefaultHeatmapSpan));
  return KeptSlots(snapshot, {span.from * 1000, span.to * 1000, kHourSeconds, ""});
}

/// Reads hours. The sums of all keys by bucket are cached; few series are looked up.
///
/// Threads: one. Lifetime: borrows all but the slots.
class HourSums {
 public:
  /// `catalog`: of the sums of all keys; null: the reader's series.
  HourSums(Snapshot& snapshot, UsageBlocks& blocks, PlanReader& reader, const SeriesCatalog* catalog,
           const Slots& slots)
      : snapshot_(snapshot),
        blocks_(blocks),
        reader_(reader),
        catalog_(catalog),
        slots_(slots),
        rows_(slots) {}

  Result<std::vector<SeriesRow>> Read() {
    ASSIGN_OR_RETURN(const auto plan, reader_.Plan(slots_.start(), slots_.end(), slots_.level()));
    for (const PlanStep& step : plan.whole()) {
      RETURN_IF_ERROR(ReadStep(
          step, [&](std::int64_t bucket, const UsageSum& usage) { rows_.AddTimed(bucket, {}, usage); }));
    }
    for (const auto& [steps, mode] :
         {std::pair(&plan.spread(), SeriesRows::SpreadMode::kOverUncoveredTime),
          std::pair(&plan.spread_evenly(), SeriesRows::SpreadMode::kOverWholeBucket)})
      RETURN_IF_ERROR(ReadSpread(*steps, mode));
    CoveredMinutes covered;
    if (has_untimed_) {
      ASSIGN_OR_RETURN(auto read, ReadCoveredMinutes(snapshot_, rows_.CoverageSpan()));
      covered = std::move(read);
    }
    return rows_.Finish(covered, snapshot_.now_ms);
  }

 private:
  using SumVisitor = std::function<void(std::int64_t, const UsageSum&)>;

  Status ReadStep(const PlanStep& step, const SumVisitor& visit) {
    if (catalog_ == nullptr)
      return reader_.Read(step, [&](std::int64_t bucket, std::uint32_t /*series*/, const UsageSum& usage) {
        visit(bucket, usage);
      });
    return blocks_.EachTotal(snapshot_, *catalog_, step.table, step.from, step.to,
                             [&](std::int64_t bucket, const BlockRow& total) {
                               visit(bucket, SumOfKeyRow(total, bucket >= snapshot_.state.money_from));
                             });
  }

  Status ReadSpread(const std::vector<PlanStep>& steps, SeriesRows::SpreadMode mode) {
    for (const PlanStep& step : steps) {
      RETURN_IF_ERROR(ReadStep(step, [&](std::int64_t bucket, const UsageSum& usage) {
        if (usage == UsageSum{}) return;
        has_untimed_ = true;
        rows_.AddUntimed(bucket, NextBucket(LevelOf(step.table), bucket, slots_.utc_offset_s()), {}, usage,
                         mode);
      }));
    }
    return {};
  }

  Snapshot& snapshot_;
  UsageBlocks& blocks_;
  PlanReader& reader_;
  const SeriesCatalog* catalog_;
  const Slots slots_;
  SeriesRows rows_;
  bool has_untimed_ = false;
};

/// A week, Monday first, each day with its hours.
template <typename Cell>
using Week = std::array<std::array<Cell, kHoursOfDay>, kDaysOfWeek>;

struct HeatmapCells {
  Week<UsageSum> usage{};
  Week<bool> estimated{};
};

HeatmapCells CellsOf(const std::vector<SeriesRow>& hours, std::int64_t offset) {
  HeatmapCells cells;
  for (const SeriesRow& row : hours) {
    const std::int64_t hour = BucketOf(Level::kHour, row.bucket + offset, 0) / kHourSeconds;
    const std::int64_t hours_of_week = kDaysOfWeek * kHoursOfDay;
    const std::int64_t since_monday = hour - kMondayIsDay * kHoursOfDay;
    const auto of_week =
        static_cast<std::size_t>((since_monday % hours_of_week + hours_of_week) % hours_of_week);
    cells.usage[of_week / kHoursOfDay][of_week % kHoursOfDay] += row.usage;
    cells.estimated[of_week / kHoursOfDay][of_week % kHoursOfDay] |= row.estimated;
  }
  return cells;
}

Json CellJson(const UsageSum& cell, std::string_view metric) {
  if (metric == "cost") return CostJson(cell);
  return metric == "tokens" ? cell.TotalTokens() : cell.requests;
}

Json HeatmapJson(const HeatmapCells& cells, std::string_view metric, std::int64_t offset) {
  Json rows = Json::array();
  Json estimated = Json::array();
  for (std::size_t day = 0; day < cells.usage.size(); ++day) {
    Json& row = rows.emplace_back(Json::array());
    for (const UsageSum& cell : cells.usage[day]) row.push_back(CellJson(cell, metric));
    estimated.push_back(cells.estimated[day]);
  }
  return Json{{"metric", metric},
              {"offset", FormatUtcOffset(offset)},
              {"cells", std::move(rows)},
              {"estimated", std::move(estimated)}};
}

/// One row a cell.
Json HeatmapRows(const HeatmapCells& cells, std::string_view metric) {
  constexpr std::array kDays = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
  Json rows = Json::array();
  for (std::size_t day = 0; day < cells.usage.size(); ++day)
    for (std::size_t hour = 0; hour < cells.usage[day].size(); ++hour)
      rows.push_back({{"day", kDays.at(day)},
                      {"hour", hour},
                      {std::string(metric), CellJson(cells.usage[day][hour], metric)},
                      {"estimated", static_cast<bool>(cells.estimated[day][hour])}});
  return rows;
}

Result<Response> HeatmapAnswer(Snapshot& snapshot, UsageCaches& caches, const HeatmapRequest& request) {
  ASSIGN_OR_RETURN(const auto slots, HoursOf(snapshot, request.span));
  ASSIGN_OR_RETURN(const auto exists, EntityExists(snapshot, request.filter));
  if (!exists) return Problem(404, "there is no key, account or group with this id");
  ASSIGN_OR_RETURN(const auto selection,
                   SeriesSelection::Make(snapshot, caches.catalogs, request.filter, GroupBy::kNothing));
  ASSIGN_OR_RETURN(auto reader, PlanReader::Make(snapshot, caches.blocks, selection));
  const bool is_of_all = request.filter.scope == SeriesFilter::Scope::kAllKeys && !request.filter.model &&
                         !request.filter.platform;
  HourSums sums(snapshot, caches.blocks, reader, is_of_all ? &selection.catalog() : nullptr, slots);
  ASSIGN_OR_RETURN(const auto hours, sums.Read());
  const HeatmapCells cells = CellsOf(hours, snapshot.state.utc_offset_s);
  Response response = request.is_csv
                          ? CsvResponse({"day", "hour", request.metric, "estimated"},
                                        HeatmapRows(cells, request.metric), "heatmap")
                          : JsonResponse(HeatmapJson(cells, request.metric, snapshot.state.utc_offset_s));
  AddSpanHeaders(response, slots.start(), slots.end());
  return response;
}

}  // namespace

std::vector<std::string_view> HeatmapParams() {
  return {"start_ms", "end_ms", "metric", "keyId", "accountId", "groupId", "model", "platform", "format"};
}

Result<Response> StatsHeatmap(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(const auto request, HeatmapRequestOf(call.params));
  const auto freshness = [&](Snapshot& snapshot) -> Result<Freshness> {
    ASSIGN_OR_RETURN(const auto slots, HoursOf(snapshot, request.span));
    ASSIGN_OR_RETURN(const auto is_spread_to_now, HasOpenUntimed(snapshot));
    const bool is_over = request.span.end_ms && slots.end() * 1000 <= snapshot.now_ms && !is_spread_to_now;
    return is_over ? Freshness::kChangesWithData : Freshness::kChangesWithTime;
  };
  return CachedResponse(context, call, freshness,
                        [&](Snapshot& snapshot) { return HeatmapAnswer(snapshot, context.caches, request); });
}

}  // namespace keymeter::query_api
