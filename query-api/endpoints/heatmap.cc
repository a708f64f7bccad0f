#include "query-api/endpoints/heatmap.h"

#include <array>

#include "query-api/endpoints/answer.h"
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
};

Result<HeatmapRequest> HeatmapRequestOf(const Params& params) {
  HeatmapRequest request;
  const auto span = SpanRequestOf(params);
  if (!span) return Fail(span.error());
  request.span = *span;
  const auto metric = MetricOf(params);
  if (!metric) return Fail(metric.error());
  request.metric = *metric;
  const auto filter = SeriesFilterOf(params);
  if (!filter) return Fail(filter.error());
  request.filter = *filter;
  return request;
}

Result<Slots> HoursOf(const Snapshot& snapshot, const SlotRequest& asked) {
  const auto span = KeptSpan(snapshot, asked, kDefaultHeatmapSpan);
  if (!span) return Fail(span.error());
  return KeptSlots(snapshot, {span->from * 1000, span->to * 1000, kHourSeconds, ""});
}

UsageSum SumOfKeys(const BlockRow& total) {
  return {total[0], total[1], total[2], total[3], total[4], static_cast<double>(total[6])};
}

/// Of all keys the sums by bucket are kept in memory; few series are looked up.
class HourSums {
 public:
  HourSums(Snapshot& snapshot, PlanReader& reader, bool is_of_all, const Slots& slots)
      : snapshot_(snapshot), reader_(reader), is_of_all_(is_of_all), slots_(slots), rows_(slots) {}

  Result<std::vector<SeriesRow>> Read() {
    const auto plan = reader_.Plan(slots_.start(), slots_.end(), slots_.level());
    if (!plan) return Fail(plan.error());
    for (const PlanStep& step : plan->whole()) {
      const auto read = ReadStep(
          step, [&](std::int64_t bucket, const UsageSum& usage) { rows_.AddTimed(bucket, {}, usage); });
      if (!read) return Fail(read.error());
    }
    for (const auto& [steps, laid] : {std::pair(&plan->spread(), SeriesRows::Laid::kWhereNobodyLooked),
                                      std::pair(&plan->spread_evenly(), SeriesRows::Laid::kEvenly)})
      if (auto read = ReadSpread(*steps, laid); !read) return Fail(read.error());
    Coverage coverage;
    if (has_untimed_) {
      auto read = ReadCoverage(snapshot_, rows_.CoverageSpan());
      if (!read) return Fail(read.error());
      coverage = std::move(*read);
    }
    return rows_.Finish(coverage, snapshot_.now_ms);
  }

 private:
  using SumVisitor = std::function<void(std::int64_t, const UsageSum&)>;

  Status ReadStep(const PlanStep& step, const SumVisitor& visit) {
    if (!is_of_all_)
      return reader_.Read(step, [&](std::int64_t bucket, std::uint32_t /*series*/, const UsageSum& usage) {
        visit(bucket, usage);
      });
    return snapshot_.blocks->EachTotal(
        snapshot_, step.table, step.from, step.to,
        [&](std::int64_t bucket, const BlockRow& total) { visit(bucket, SumOfKeys(total)); });
  }

  Status ReadSpread(const std::vector<PlanStep>& steps, SeriesRows::Laid laid) {
    for (const PlanStep& step : steps) {
      auto read = ReadStep(step, [&](std::int64_t bucket, const UsageSum& usage) {
        if (usage == UsageSum{}) return;
        has_untimed_ = true;
        rows_.AddUntimed(bucket, NextBucket(LevelOf(step.table), bucket, slots_.utc_offset_s()), {}, usage,
                         laid);
      });
      if (!read) return read;
    }
    return {};
  }

  Snapshot& snapshot_;
  PlanReader& reader_;
  const bool is_of_all_;
  const Slots slots_;
  SeriesRows rows_;
  bool has_untimed_ = false;
};

Json HeatmapJson(const std::vector<SeriesRow>& hours, std::string_view metric, std::int64_t offset) {
  std::array<std::array<UsageSum, kHoursOfDay>, kDaysOfWeek> cells{};
  bool estimated = false;
  for (const SeriesRow& row : hours) {
    const std::int64_t hour = BucketOf(Level::kHour, row.bucket + offset, 0) / kHourSeconds;
    const std::int64_t hours_of_week = kDaysOfWeek * kHoursOfDay;
    const std::int64_t since_monday = hour - kMondayIsDay * kHoursOfDay;
    const auto of_week =
        static_cast<std::size_t>((since_monday % hours_of_week + hours_of_week) % hours_of_week);
    cells[of_week / kHoursOfDay][of_week % kHoursOfDay] += row.usage;
    estimated = estimated || row.estimated;
  }
  Json rows = Json::array();
  for (const auto& day : cells) {
    Json& row = rows.emplace_back(Json::array());
    for (const UsageSum& cell : day)
      row.push_back(metric == "cost"     ? Json(cell.cost_micros / 1e6)
                    : metric == "tokens" ? Json(cell.TotalTokens())
                                         : Json(cell.requests));
  }
  return Json{{"metric", metric},
              {"offset", FormatUtcOffset(offset)},
              {"cells", std::move(rows)},
              {"estimated", estimated}};
}

Result<Response> HeatmapAnswer(Snapshot& snapshot, const HeatmapRequest& request) {
  const auto slots = HoursOf(snapshot, request.span);
  if (!slots) return Fail(slots.error());
  const auto exists = SeriesQuery(snapshot, request.filter).Exists();
  if (!exists) return Fail(exists.error());
  if (!*exists) return Problem(404, "there is no key or account with this id");
  const auto selection = SeriesSelection::Make(snapshot, request.filter, GroupBy::kNothing);
  if (!selection) return Fail(selection.error());
  auto reader = PlanReader::Make(snapshot, *selection);
  if (!reader) return Fail(reader.error());
  const bool is_of_all = request.filter.scope == SeriesFilter::Scope::kAllKeys;
  const auto hours = HourSums(snapshot, *reader, is_of_all, *slots).Read();
  if (!hours) return Fail(hours.error());
  Response response = JsonResponse(HeatmapJson(*hours, request.metric, snapshot.state.utc_offset_s));
  AddSpanHeaders(response, slots->start(), slots->end());
  return response;
}

}  // namespace

std::vector<std::string_view> HeatmapParams() {
  return {"start_ms", "end_ms", "metric", "keyId", "accountId"};
}

Result<Response> StatsHeatmap(ApiContext& context, const Call& call) {
  const auto request = HeatmapRequestOf(call.params);
  if (!request) return Fail(request.error());
  const auto freshness = [&](Snapshot& snapshot) -> Result<Freshness> {
    const auto slots = HoursOf(snapshot, request->span);
    if (!slots) return Fail(slots.error());
    const auto is_spread_to_now = SeriesQuery(snapshot, request->filter).HasOpenUntimed();
    if (!is_spread_to_now) return Fail(is_spread_to_now.error());
    const bool is_over = request->span.end_ms && slots->end() * 1000 <= snapshot.now_ms && !*is_spread_to_now;
    return is_over ? Freshness::kChangesWithData : Freshness::kChangesWithTime;
  };
  return Answer(context, call, freshness,
                [&](Snapshot& snapshot) { return HeatmapAnswer(snapshot, *request); });
}

}  // namespace keymeter::query_api
