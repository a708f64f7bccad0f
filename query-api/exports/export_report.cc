#include "query-api/exports/export_report.h"

#include <algorithm>

#include "query-api/endpoints/api_keys.h"
#include "query-api/exports/account_usage_report.h"
#include "query-api/exports/entity_report.h"
#include "query-api/exports/excel_report.h"
#include "query-api/exports/export_limiter.h"
#include "query-api/exports/usage_report.h"
#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kLongExportMs = 1000;
constexpr std::string_view kExportRetryAfterS = "5";

/// What is to be written, and how: all that a request says, checked. Reading comes later, in a place of the
/// limiter.
struct ExportPlan {
  std::string_view type;
  std::string_view format;
  UsageReportSpan span{};          ///< of usage over time
  std::optional<DayRange> days{};  ///< of which keys and accounts have a sum
  ReportFilter filter{};
  std::string file_name{};

  [[nodiscard]] bool IsOverTime() const { return type == "usage" || type == "accountUsage"; }
  [[nodiscard]] SeriesCatalog::Kind kind() const {
    const bool is_of_keys = type == "usage" || type == "apikeys";
    return is_of_keys ? SeriesCatalog::Kind::kApiKey : SeriesCatalog::Kind::kAccount;
  }
};

using SlotPtr = std::shared_ptr<ExportLimiter::Slot>;

std::string_view ExtensionOf(std::string_view format) {
  return format == "excel" ? "xlsx" : format;
}

std::string_view MediaTypeOf(std::string_view format) {
  if (format == "csv") return "text/csv; charset=utf-8; header=present";
  if (format == "json") return "application/json; charset=utf-8";
  return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}

Result<ExportPlan> ExportChoiceOf(const Params& params) {
  ASSIGN_OR_RETURN(const auto type, params.OneOf("type", {"usage", "apikeys", "accounts", "accountUsage"}));
  ASSIGN_OR_RETURN(const auto format, params.OneOf("format", {"csv", "excel", "json"}));
  ExportPlan plan{type, format};
  if (!plan.IsOverTime() && params.Text("granularity"))
    return Fail(
        ErrorCode::kInvalid,
        "granularity goes with type=usage and accountUsage: type={} has today, this month, the total, and "
        "the days from startDate to endDate in one sum",
        type);
  return plan;
}

/// What is asked for and will be here one day, and why it is not yet.
std::optional<Response> NotThereYet(const Params& params) {
  const auto type = params.Text("type");
  if (type == "requests" || type == "activity")
    return Problem(
        501,
        fmt::format("type={} needs the journal of single requests, which this version does not keep", *type));
  if (type == "alerts") return Problem(501, "type=alerts needs alerts, which this version does not have");
  return std::nullopt;
}

Status PlanReport(ExportPlan& plan, const Params& params, const Snapshot& snapshot) {
  const std::int64_t offset = snapshot.state.utc_offset_s;
  std::string days = FormatDate(snapshot.now_ms / 1000, offset);
  if (plan.IsOverTime()) {
    ASSIGN_OR_RETURN(plan.span, UsageReportSpan::Of(params, snapshot));
    days = fmt::format("{}-{}", FormatDate(plan.span.from, offset), FormatDate(plan.span.to - 1, offset));
  } else if (params.Text("startDate") || params.Text("endDate")) {
    ASSIGN_OR_RETURN(plan.days, DayRange::Of(params, snapshot.now_ms, offset));
  }
  ASSIGN_OR_RETURN(plan.filter, ReportFilter::Of(params, plan.kind(), snapshot.now_ms));
  plan.file_name = fmt::format("keymeter-{}-{}.{}", plan.type, days, ExtensionOf(plan.format));
  return {};
}

/// The entities of the report, and what they used in its days.
Result<EntityReport> ReadEntities(Snapshot& snapshot, UsageCaches& caches, const ExportPlan& plan) {
  EntityReport report;
  ASSIGN_OR_RETURN(report.selection, ReportSelection::Read(snapshot, caches, plan.filter));
  if (plan.days) {
    ASSIGN_OR_RETURN(report.span, ReadSpanSums(snapshot, caches, *plan.days, plan.kind()));
  }
  return report;
}

ReportColumns ReportColumnsOf(const ExportPlan& plan) {
  if (plan.type == "apikeys") return ApiKeyReportColumns(plan.days.has_value());
  if (plan.type == "accounts") return AccountReportColumns(plan.days.has_value());
  if (plan.type == "accountUsage") return AccountUsageReportColumns(plan.span.level);
  return UsageReportColumns(plan.span.level);
}

Result<std::unique_ptr<ReportWriter>> ReportWriterOf(const ExportPlan& plan, SpoolFile& file,
                                                     ExportLimiter& limiter) {
  if (plan.format == "csv") return MakeCsvWriter(file, ReportColumnsOf(plan));
  if (plan.format == "json") return MakeJsonWriter(file, ReportColumnsOf(plan));
  return MakeExcelWriter(file, ReportColumnsOf(plan),
                         {.sheet = std::string(plan.type),
                          .directory = limiter.options().directory,
                          .is_stopping = [&limiter] { return limiter.is_stopping(); }});
}

/// Takes the snapshot, so that it ends with the last row: what follows needs no transaction.
Result<std::int64_t> WriteReport(Snapshot snapshot, UsageCaches& caches, const ExportPlan& plan,
                                 ReportWriter& writer, const ExportLimiter& limiter) {
  const auto is_stopping = [&limiter] { return limiter.is_stopping(); };
  ASSIGN_OR_RETURN(const auto report, ReadEntities(snapshot, caches, plan));
  if (plan.type == "apikeys") return WriteApiKeyReport(snapshot, report, writer, is_stopping);
  if (plan.type == "accounts")
    return WriteAccountReport(snapshot, caches.last_use, report, writer, is_stopping);
  const ReportSelection& selection = report.selection;
  if (plan.type == "accountUsage")
    return WriteAccountUsageReport(snapshot, plan.span, selection, writer, is_stopping);
  return WriteUsageReport(snapshot, plan.span, selection, writer, is_stopping);
}

/// The slot is free again when the body has been released; the export is made when it is compressed, too, or
/// is not to be. What the file left of its room is its compressed copy's, so that both together take no more
/// than one may.
Result<std::shared_ptr<FileBody>> BodyFrom(SpoolFile& file, const SlotPtr& slot) {
  const ExportLimiter& limiter = slot->limiter();
  const std::uint64_t most_bytes = file.most_bytes();
  ASSIGN_OR_RETURN(auto body, file.TakeBody());
  body->room = {.directory = limiter.options().directory,
                .bytes = most_bytes - std::min(most_bytes, body->bytes),
                .is_stopping = [&limiter] { return limiter.is_stopping(); },
                .making = {nullptr, [slot](const void*) { slot->FinishMaking(); }}};
  body->keeps.push_back(slot);
  return body;
}

Response FileResponseOf(const ExportPlan& plan) {
  Response response;
  response.headers.push_back({"Content-Type", std::string(MediaTypeOf(plan.format))});
  response.headers.push_back(
      {"Content-Disposition", fmt::format("attachment; filename=\"{}\"", plan.file_name)});
  return response;
}

Response ExportsBusy() {
  Response response = Unavailable({"other exports are being made or taken: try again in a few seconds"});
  response.headers.push_back({"Retry-After", std::string(kExportRetryAfterS)});
  return response;
}

Result<Response> MakeExport(Snapshot snapshot, UsageCaches& caches, const ExportPlan& plan,
                            const Clock& clock, const SlotPtr& slot) {
  ExportLimiter& limiter = slot->limiter();
  const std::int64_t begin_ms = clock.MonotonicMs();
  ASSIGN_OR_RETURN(auto file, SpoolFile::Create(limiter.options().directory, limiter.RoomForOne()));
  ASSIGN_OR_RETURN(auto writer, ReportWriterOf(plan, file, limiter));
  ASSIGN_OR_RETURN(const auto rows, WriteReport(std::move(snapshot), caches, plan, *writer, limiter));
  RETURN_IF_ERROR(writer->Finish());
  writer.reset();
  ASSIGN_OR_RETURN(auto body, BodyFrom(file, slot));
  if (const std::int64_t took_ms = clock.MonotonicMs() - begin_ms; took_ms >= kLongExportMs)
    log::Info("long export made", {{"type", plan.type},
                                   {"format", plan.format},
                                   {"rows", rows},
                                   {"bytes", body->bytes},
                                   {"ms", took_ms}});
  Response response = FileResponseOf(plan);
  response.headers.push_back({"X-Total-Count", fmt::format("{}", rows)});
  response.file = std::move(body);
  return response;
}

}  // namespace

std::vector<std::string_view> ExportParams() {
  std::vector<std::string_view> names = ReportFilter::Params();
  names.insert(names.end(), {"type", "format", "startDate", "endDate", "granularity"});
  return names;
}

Result<Response> ExportReport(ApiContext& context, const Call& call) {
  if (auto refusal = NotThereYet(call.params)) return std::move(*refusal);
  if (auto refusal = RefusalOfOwners(call)) return std::move(*refusal);
  ASSIGN_OR_RETURN(auto plan, ExportChoiceOf(call.params));
  if (!plan.IsOverTime() && !call.caller.IsAdmin())
    return Problem(403,
                   fmt::format("type={} is for administrators: it names owners; type=usage and accountUsage "
                               "are for everybody who may read usage",
                               plan.type));
  if (context.exports == nullptr) return Problem(503, "there are no exports here");
  ASSIGN_OR_RETURN(auto snapshot, context.TakeSnapshot());
  RETURN_IF_ERROR(PlanReport(plan, call.params, snapshot));
  if (call.request.method == "HEAD") {
    Response response = FileResponseOf(plan);
    response.hides_length = true;
    return response;
  }
  const SlotPtr slot =
      context.exports->Take(call.caller.name.empty() ? call.caller.address : call.caller.name);
  if (!slot) return ExportsBusy();
  return MakeExport(std::move(snapshot), context.caches, plan, context.clock, slot);
}

}  // namespace keymeter::query_api
