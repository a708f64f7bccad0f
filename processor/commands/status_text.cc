#include "processor/commands/status_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "processor/commands/terminal_text.h"
#include "schema/byte_size.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

using State = StatusReport::State;

constexpr std::size_t kLabelColumns = 14;
constexpr std::size_t kNameColumns = 32;

/// Puts text between escape sequences, or leaves it as it is.
struct Colours {
  explicit Colours(bool on) : on_(on) {}
  [[nodiscard]] std::string Bold(std::string_view text) const { return In("1", text); }
  [[nodiscard]] std::string Dim(std::string_view text) const { return In("2", text); }
  [[nodiscard]] std::string Good(std::string_view text) const { return In("32", text); }
  [[nodiscard]] std::string Bad(std::string_view text) const { return In("31", text); }

 private:
  [[nodiscard]] std::string In(std::string_view code, std::string_view text) const {
    return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  bool on_;
};

std::string TimeText(std::int64_t ms) {
  return FormatRfc3339(ms / 1000 * 1000);
}

std::string Ago(const StatusReport& report, std::int64_t ms) {
  return DurationText(report.now_ms - ms) + " ago";
}

std::string Moment(const StatusReport& report, std::int64_t ms) {
  return fmt::format("{} ({})", TimeText(ms), Ago(report, ms));
}

/// Collects "label   value" lines.
class Sheet {
 public:
  explicit Sheet(const Colours& colours) : colours_(colours) {}

  void Line(std::string_view text) { text_.append(text).append("\n"); }
  void Row(std::string_view label, std::string_view value) {
    Line(colours_.Dim(Padded(label, kLabelColumns)) + std::string(value));
  }
  [[nodiscard]] std::string Take() { return std::move(text_); }

 private:
  const Colours& colours_;
  std::string text_;
};

std::string StateText(const StatusReport& report) {
  const ProcessorHealth& health = report.health;
  switch (report.state) {
    case State::kNever:
      return "no processor has written this file";
    case State::kRunning:
      return fmt::format("running, pid {}, since {}", report.pid, Moment(report, report.started_ms));
    case State::kSilent:
      return fmt::format("silent, pid {}: no sign of life since {}", report.pid,
                         Moment(report, health.last_flush_ms));
    case State::kStopped:
      return fmt::format("stopped {}", Moment(report, *health.stopped_ms));
  }
  return "";
}

std::string SourceText(const StatusReport& report) {
  const std::string offset =
      report.utc_offset_s ? "UTC" + FormatUtcOffset(*report.utc_offset_s) : "UTC offset not known yet";
  return fmt::format("{}, {}, {}{}",
                     IsConnected(report.health, report.now_ms) ? "connected" : "not connected",
                     report.profile.empty() ? "profile not known yet" : Printable(report.profile), offset,
                     report.redis_version.empty() ? "" : ", Redis " + Printable(report.redis_version));
}

void AddProcessor(const StatusReport& report, const Colours& colours, Sheet& sheet) {
  const bool is_well = report.problems.empty();
  const std::string state = StateText(report);
  sheet.Row("Keymeter", is_well ? colours.Good(state) : colours.Bad(state));
  for (const std::string& problem : report.problems) sheet.Row("", colours.Bad("! " + Printable(problem)));
  if (report.state == State::kNever) return;
  sheet.Row("source", SourceText(report));
  sheet.Row("last event", report.last_event_ms ? Moment(report, *report.last_event_ms) : "none yet");
  sheet.Row("last flush",
            fmt::format("{}, every {} ms, lag {} ms", Moment(report, report.health.last_flush_ms),
                        report.health.flush_interval_ms, report.health.lag_ms));
}

void AddRates(const StatusReport& report, const Colours& colours, Sheet& sheet) {
  sheet.Line("");
  sheet.Line(colours.Dim(fmt::format("{}{}{:>12}{:>16}", Padded("rates", kLabelColumns),
                                     Padded("API key", kNameColumns), "requests/min", "tokens/min")));
  const auto row = [&sheet](const std::string& name, double rpm, double tpm) {
    sheet.Line(fmt::format("{}{}{:>12}{:>16}", Padded("", kLabelColumns), Padded(name, kNameColumns),
                           CountText(rpm), CountText(std::round(tpm))));
  };
  for (const auto& key : report.busiest)
    row(Printable(key.name.empty() ? key.api_key : key.name), key.rpm, key.tpm);
  row("all", report.rpm, report.tpm);
}

/// Rounds down: 99.999 % is not everything.
std::string PercentText(double part) {
  return fmt::format("{:.2f} %", std::floor(part * 10'000) / 100);
}

void AddLastDay(const StatusReport& report, Sheet& sheet) {
  sheet.Line("");
  sheet.Row("last 24 h", report.coverage ? fmt::format("{} covered, longest delay {} ms",
                                                       PercentText(*report.coverage), report.longest_delay_ms)
                                         : "nothing covered yet");
  const StatusReport::Gaps& gaps = report.gaps;
  sheet.Row("gaps",
            gaps.count == 0 ? "none" : fmt::format("{}, in all {}", gaps.count, DurationText(gaps.total_ms)));
  if (gaps.count > 0)
    sheet.Row("  newest", fmt::format("{}, {}: {}", Moment(report, gaps.newest_from_ms),
                                      DurationText(gaps.newest_to_ms - gaps.newest_from_ms),
                                      Printable(gaps.newest_reason)));
  const StatusReport::Adjustments& adjustments = report.adjustments;
  sheet.Row("adjustments", adjustments.count == 0 ? "none"
                                                  : fmt::format("{}, newest {}: {}", adjustments.count,
                                                                Moment(report, adjustments.newest_ms),
                                                                Printable(adjustments.newest_reason)));
  sheet.Row("drift", report.health.drift == 0 ? "none" : fmt::format("{} counters", report.health.drift));
}

nlohmann::json TimeJson(std::optional<std::int64_t> ms) {
  return ms ? nlohmann::json(FormatRfc3339(*ms)) : nlohmann::json();
}

}  // namespace

std::string StatusText(const StatusReport& report, bool with_colours) {
  const Colours colours(with_colours);
  Sheet sheet(colours);
  AddProcessor(report, colours, sheet);
  if (report.state != State::kNever) {
    AddRates(report, colours, sheet);
    AddLastDay(report, sheet);
  }
  sheet.Line("");
  sheet.Row("file", fmt::format("{}, {} and {} of WAL{}", Printable(report.file),
                                FormatBytes(report.file_bytes), FormatBytes(report.wal_bytes),
                                report.version.empty() ? "" : ", written by " + Printable(report.version)));
  return sheet.Take();
}

std::string StatusJson(const StatusReport& report, bool on_one_line) {
  using Json = nlohmann::ordered_json;
  const ProcessorHealth& health = report.health;
  const bool has_processor = health.has_processor;
  const auto known = [has_processor](const auto& value) { return has_processor ? Json(value) : Json(); };
  Json json = {
      {"ok", report.problems.empty()}, {"problems", report.problems}, {"state", StateName(report.state)}};
  json["asOf"] = FormatRfc3339(report.now_ms);
  json["pid"] = known(report.pid);
  json["version"] = known(report.version);
  json["startedAt"] = has_processor ? TimeJson(report.started_ms) : nullptr;
  json["stoppedAt"] = TimeJson(health.stopped_ms);
  json["connected"] = IsConnected(health, report.now_ms);
  json["baselineRead"] = health.baseline_read;
  json["redisVersion"] = known(report.redis_version);
  json["profile"] = report.profile;
  json["utcOffset"] = report.utc_offset_s ? Json(FormatUtcOffset(*report.utc_offset_s)) : Json();
  json["lastEventAt"] = TimeJson(report.last_event_ms);
  json["lastFlushAt"] = has_processor ? TimeJson(health.last_flush_ms) : nullptr;
  json["flushIntervalMs"] = known(health.flush_interval_ms);
  json["lagMs"] = known(health.lag_ms);
  json["rpm"] = report.rpm;
  json["tpm"] = report.tpm;
  json["busiest"] = Json::array();
  for (const auto& key : report.busiest)
    json["busiest"].push_back(
        {{"keyId", key.api_key}, {"name", key.name}, {"rpm", key.rpm}, {"tpm", key.tpm}});
  Json& day = json["lastDay"];
  day["coverage"] = report.coverage ? Json(*report.coverage) : Json();
  day["longestDelayMs"] = report.longest_delay_ms;
  const StatusReport::Gaps& gaps = report.gaps;
  day["gaps"] = {{"count", gaps.count}, {"totalMs", gaps.total_ms}};
  if (gaps.count > 0)
    day["gaps"]["newest"] = {{"from", FormatRfc3339(gaps.newest_from_ms)},
                             {"to", FormatRfc3339(gaps.newest_to_ms)},
                             {"reason", gaps.newest_reason}};
  day["adjustments"] = {{"count", report.adjustments.count}};
  if (report.adjustments.count > 0)
    day["adjustments"]["newest"] = {{"at", FormatRfc3339(report.adjustments.newest_ms)},
                                    {"reason", report.adjustments.newest_reason}};
  json["drift"] = health.drift;
  json["file"] = {{"path", report.file}, {"bytes", report.file_bytes}, {"walBytes", report.wal_bytes}};
  return json.dump(on_one_line ? -1 : 2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string DurationText(std::int64_t ms) {
  const std::int64_t seconds = std::max<std::int64_t>(ms, 0) / 1000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < kHourSeconds) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < kDaySeconds)
    return fmt::format("{} h {} min", seconds / kHourSeconds, seconds % kHourSeconds / 60);
  return fmt::format("{} d {} h", seconds / kDaySeconds, seconds % kDaySeconds / kHourSeconds);
}

std::string CountText(double count) {
  if (count < 99.95)
    return count == std::floor(count) ? fmt::format("{:.0f}", count) : fmt::format("{:.1f}", count);
  std::string digits = fmt::format("{:.0f}", count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

}  // namespace keymeter::processor
