#include "benchmarks/program/e2e/report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "benchmarks/program/e2e/table.h"

namespace keymeter::e2e {

namespace {

/// Only columns that some subject has a figure in.
std::string ColumnsText(const Results& results, const std::string& load, std::span<const Column> columns) {
  const std::vector<SubjectKind> subjects = results.Subjects(load);
  std::vector<Column> shown;
  for (const Column& column : columns) {
    const auto has = [&](SubjectKind subject) { return results.Of(load, subject, column.value).count > 0; };
    if (std::ranges::any_of(subjects, has)) shown.push_back(column);
  }
  std::vector<std::string> headings = {""};
  for (const Column& column : shown) headings.emplace_back(column.heading);
  Table table(std::move(headings));
  for (const SubjectKind subject : subjects) {
    std::vector<std::string> cells = {std::string(SubjectName(subject))};
    for (const Column& column : shown)
      cells.push_back(CellOf(results.Of(load, subject, column.value), column.digits));
    table.Add(std::move(cells));
  }
  return table.Text();
}

nlohmann::ordered_json ToJson(const Summary& summary) {
  return {{"median", summary.median}, {"low", summary.low}, {"high", summary.high}, {"count", summary.count}};
}

nlohmann::ordered_json ToJson(const Run& run) {
  nlohmann::ordered_json json{
      {"repeat", run.id.repeat}, {"load", run.id.load}, {"subject", SubjectName(run.id.subject)}};
  if (!run.failure.empty()) {
    json["failure"] = run.failure;
    return json;
  }
  json["events"] = run.figures.events;
  for (const Column& column : AllColumns()) {
    const Figures::Value& value = run.figures.*column.value;
    if (value) json[column.name] = *value;
  }
  return json;
}

nlohmann::ordered_json ToJson(const Promise& promise) {
  nlohmann::ordered_json json{{"what", promise.what},
                              {"measured", promise.measured},
                              {promise.is_least ? "at_least" : "at_most", promise.bound},
                              {"kept", promise.IsKept()}};
  if (promise.over.count > 0) json["over"] = ToJson(promise.over);
  return json;
}

nlohmann::ordered_json SummaryJson(const Results& results) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const std::string& load : results.Loads()) {
    for (const SubjectKind subject : results.Subjects(load)) {
      nlohmann::ordered_json& figures = json[load][std::string(SubjectName(subject))];
      for (const Column& column : AllColumns()) {
        const Summary summary = results.Of(load, subject, column.value);
        if (summary.count > 0) figures[column.name] = ToJson(summary);
      }
    }
  }
  return json;
}

}  // namespace

std::string CellOf(const Summary& summary, int digits) {
  if (summary.count == 0) return "-";
  const auto shown = [digits](double value) { return fmt::format("{:.{}f}", value, digits); };
  if (shown(summary.low) == shown(summary.high)) return shown(summary.median);
  return fmt::format("{} [{} {}]", shown(summary.median), shown(summary.low), shown(summary.high));
}

std::string LoadText(const Results& results, const std::string& load) {
  std::vector<double> events;
  std::map<SubjectKind, std::size_t> runs;
  std::size_t most_runs = 0;
  for (const Run& run : results.runs()) {
    if (run.id.load != load || !run.failure.empty()) continue;
    events.push_back(run.figures.events / 1e6);
    most_runs = std::max(most_runs, ++runs[run.id.subject]);
  }
  const std::string title =
      load == "trace" ? "the recorded trace, at full speed" : fmt::format("{} requests/s", load);
  return fmt::format("{}: {} million events a run; median [least most] of {} runs a subject\n\n{}\n{}", title,
                     CellOf(Summarize(events), 2), most_runs, ColumnsText(results, load, CostColumns()),
                     ColumnsText(results, load, DelayColumns()));
}

std::string ChangesText(const Results& results) {
  Table table({"keymeter / before", "client CPU", "Redis CPU", "commands", "RSS", "disk"});
  bool has_any = false;
  for (const std::string& load : results.Loads()) {
    std::vector<std::string> cells = {load};
    for (const auto value : {&Figures::client_cpu, &Figures::redis_cpu, &Figures::commands,
                             &Figures::peak_rss_mib, &Figures::disk_mib}) {
      const Summary ratio = results.Ratio(load, SubjectKind::kKeymeter, SubjectKind::kBefore, value);
      has_any |= ratio.count > 0;
      cells.push_back(CellOf(ratio, 2));
    }
    table.Add(std::move(cells));
  }
  return has_any ? table.Text() : "";
}

std::string PromisesText(const std::vector<Promise>& promises) {
  Table table({"promise", "measured", "bound", ""});
  for (const Promise& promise : promises) {
    table.Add({promise.what,
               promise.over.count > 0 ? CellOf(promise.over, promise.digits)
                                      : fmt::format("{:.{}f}", promise.measured, promise.digits),
               fmt::format("{} {:.{}f}", promise.is_least ? "≥" : "≤", promise.bound, promise.digits),
               promise.IsKept() ? "kept" : "MISSED"});
  }
  return table.Text();
}

nlohmann::ordered_json ToJson(const Results& results, const std::vector<Promise>& promises) {
  nlohmann::ordered_json json{{"runs", nlohmann::ordered_json::array()},
                              {"summary", SummaryJson(results)},
                              {"promises", nlohmann::ordered_json::array()}};
  for (const Run& run : results.runs()) json["runs"].push_back(ToJson(run));
  for (const Promise& promise : promises) json["promises"].push_back(ToJson(promise));
  return json;
}

}  // namespace keymeter::e2e
