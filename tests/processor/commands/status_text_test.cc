#include "processor/commands/status_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace keymeter::processor {
namespace {

constexpr std::int64_t kShownMs = 1'795'178'070'000;  // 2026-11-20T12:34:30Z

StatusReport Well() {
  StatusReport report;
  report.now_ms = kShownMs;
  report.state = StatusReport::State::kRunning;
  report.health.has_processor = report.health.connected = report.health.baseline_read = true;
  report.health.last_flush_ms = kShownMs - 900;
  report.health.lag_ms = 12;
  report.pid = 4711;
  report.started_ms = kShownMs - 7'500'000;
  report.last_event_ms = kShownMs - 3'200;
  report.version = "0.1.0";
  report.redis_version = "7.0.15";
  report.profile = "claude-relay-service";
  report.utc_offset_s = 28'800;
  report.rpm = 155;
  report.tpm = 1'507'010.6;
  report.busiest = {{"id-1", "客户 1", 120.25, 1'200'000}, {"id-2", "", 0.4, 10.6}};
  report.coverage = 0.99999;
  report.longest_delay_ms = 120;
  report.file = "/var/lib/keymeter/keymeter.db";
  report.file_bytes = 12'345'678;
  report.wal_bytes = 4'100'000;
  return report;
}

TEST(StatusText, ShowsARunningOneOnAScreen) {
  EXPECT_EQ(StatusText(Well(), false),
            "Keymeter      running, pid 4711, since 2026-11-20T10:29:30Z (2 h 5 min ago)\n"
            "source        connected, claude-relay-service, UTC+08:00, Redis 7.0.15\n"
            "last event    2026-11-20T12:34:26Z (3 s ago)\n"
            "last flush    2026-11-20T12:34:29Z (0 s ago), every 1000 ms, lag 12 ms\n"
            "\n"
            "rates         API key                         requests/min      tokens/min\n"
            "              客户 1                                   120       1,200,000\n"
            "              id-2                                     0.4              11\n"
            "              all                                      155       1,507,011\n"
            "\n"
            "last 24 h     99.99 % covered, longest delay 120 ms\n"
            "gaps          none\n"
            "adjustments   none\n"
            "drift         none\n"
            "\n"
            "file          /var/lib/keymeter/keymeter.db, 12.3 MB and 4.1 MB of WAL, written by 0.1.0\n");
}

TEST(StatusText, NamesWhatIsWrong) {
  StatusReport report = Well();
  report.state = StatusReport::State::kSilent;
  report.health.last_flush_ms = kShownMs - 60'000;
  report.health.drift = 3;
  report.problems = {"last flush 60 s ago", "drift in 3 counters"};
  report.gaps = {2, 92'000, kShownMs - 7'200'000, kShownMs - 7'110'000, "restart"};
  report.adjustments = {1, kShownMs - 86'000'000, "reset"};
  const std::string text = StatusText(report, false);
  for (const char* line :
       {"Keymeter      silent, pid 4711: no sign of life since 2026-11-20T12:33:30Z (1 min 0 s ago)\n",
        "              ! last flush 60 s ago\n", "              ! drift in 3 counters\n",
        "source        not connected, ", "gaps          2, in all 1 min 32 s\n",
        "  newest      2026-11-20T10:34:30Z (2 h 0 min ago), 1 min 30 s: restart\n",
        "adjustments   1, newest 2026-11-19T12:41:10Z (23 h 53 min ago): reset\n",
        "drift         3 counters\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "is not in\n" << text;
}

TEST(StatusText, OfAFileWithoutAProcessorSaysOnlyThat) {
  StatusReport report;
  report.now_ms = kShownMs;
  report.problems = {"no processor has written this file"};
  report.file = "k.db";
  const std::string text = StatusText(report, false);
  EXPECT_NE(text.find("no processor has written this file"), std::string::npos) << text;
  EXPECT_EQ(text.find("last flush"), std::string::npos) << text;
}

TEST(StatusText, IsColouredOnlyWhenAsked) {
  StatusReport report = Well();
  report.busiest[0].name = "\x1b[31mhostile";
  report.problems = {"not connected: \x1b[2J"};
  EXPECT_EQ(StatusText(report, false).find('\x1b'), std::string::npos);
  const std::string coloured = StatusText(report, true);
  EXPECT_NE(coloured.find("\x1b[31mrunning"), std::string::npos) << "red, since something is wrong";
  EXPECT_EQ(coloured.find("\x1b[31mhostile"), std::string::npos);
  EXPECT_EQ(coloured.find("\x1b[2J"), std::string::npos);
}

TEST(StatusJson, SaysTheSameToPrograms) {
  StatusReport report = Well();
  report.gaps = {1, 90'000, kShownMs - 7'200'000, kShownMs - 7'110'000, "restart"};
  const std::string text = StatusJson(report, true);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json.at("ok"), true);
  EXPECT_EQ(json.at("state"), "running");
  EXPECT_EQ(json.at("pid"), 4711);
  EXPECT_EQ(json.at("startedAt"), "2026-11-20T10:29:30Z");
  EXPECT_EQ(json.at("stoppedAt"), nullptr);
  EXPECT_EQ(json.at("utcOffset"), "+08:00");
  EXPECT_EQ(json.at("lagMs"), 12);
  EXPECT_EQ(json.at("rpm"), 155);
  EXPECT_EQ(json.at("busiest").at(0).at("name"), "客户 1");
  EXPECT_EQ(json.at("lastDay").at("coverage"), 0.99999);
  EXPECT_EQ(json.at("lastDay").at("gaps").at("totalMs"), 90'000);
  EXPECT_EQ(json.at("lastDay").at("gaps").at("newest").at("reason"), "restart");
  EXPECT_EQ(json.at("file").at("bytes"), 12'345'678);
  EXPECT_EQ(nlohmann::json::parse(StatusJson(report, false)), json);
}

TEST(StatusJson, OfAFileWithoutAProcessorHasNulls) {
  StatusReport report;
  report.problems = {"no processor has written this file"};
  const auto json = nlohmann::json::parse(StatusJson(report, true));
  EXPECT_EQ(json.at("ok"), false);
  for (const char* name : {"pid", "version", "startedAt", "lastFlushAt", "lastEventAt", "lagMs", "utcOffset"})
    EXPECT_EQ(json.at(name), nullptr) << name;
}

TEST(StatusNumbers, AreForPeople) {
  EXPECT_EQ(DurationText(-5), "0 s");
  EXPECT_EQ(DurationText(59'999), "59 s");
  EXPECT_EQ(DurationText(243'000), "4 min 3 s");
  EXPECT_EQ(DurationText(7'500'000), "2 h 5 min");
  EXPECT_EQ(DurationText(273'600'000), "3 d 4 h");
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(0.44), "0.4");
  EXPECT_EQ(CountText(99.94), "99.9");
  EXPECT_EQ(CountText(99.96), "100");
  EXPECT_EQ(CountText(1'507'011), "1,507,011");
}

}  // namespace
}  // namespace keymeter::processor
