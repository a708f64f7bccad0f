// The relay's UTC offset as evidence: what counters show, what live traffic takes back, what stays unknown.

#include <algorithm>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/support/certificates.h"
#include "tests/support/database_rows.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_hooks.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

/// A relay of +08:00, and the program, at 12:30 UTC of 2026-11-20.
class Offset : public ::testing::Test {
 protected:
  static constexpr std::int64_t kNow = 1'795'177'800;  ///< 2026-11-20T12:30:00Z
  static constexpr std::int64_t kRelay = 8 * kHourSeconds;
  static constexpr std::int64_t kKept = 7 * kDaySeconds;

  std::unique_ptr<Program> Start(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"--redis", redis_.url(), "--db", Db(), "--flush-interval", "100ms"};
    if (std::ranges::count(more, "--utc-offset") == 0) more.insert(more.end(), {"--utc-offset", "auto"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto program =
        std::make_unique<Program>("run", arguments, Variables{{kClockVariable, ClockText(clock_)}});
    program->AwaitLine("msg=\"subscribed\"");  // its file is there
    return program;
  }
  static void Stop(std::unique_ptr<Program> program) {
    program->process().Signal(SIGTERM);
    EXPECT_EQ(program->process().Wait(), 0);
  }

  /// "2026-11-20:17": as the relay names the hour that was so long ago.
  static std::string Named(int hours_ago) {
    const std::int64_t then = kNow - hours_ago * kHourSeconds;
    return FormatDate(then, kRelay) + ":" + FormatHour(then, kRelay);
  }
  /// The hour of the relay, as the file must hold it.
  static std::string Hour(int hours_ago) {
    return FormatRfc3339((kNow - hours_ago * kHourSeconds) / kHourSeconds * kHourSeconds * 1000);
  }
  /// A counter of an hour, and the index set that the relay's migration has just renewed. `ttl`: of the
  /// counter, as if it was written then; 0: none.
  void Write(const std::string& id, int hours_ago, int requests, std::int64_t ttl) {
    const std::string key = "usage:" + id + ":model:hourly:gpt-5:" + Named(hours_ago);
    const std::string index = "usage:keymodel:hourly:index:" + Named(hours_ago);
    relay_.Must({"HSET", key, "requests", std::to_string(requests)});
    if (ttl > 0) relay_.Must({"EXPIRE", key, std::to_string(ttl)});
    relay_.Must({"SADD", index, id + ":gpt-5"});
    relay_.Must({"EXPIRE", index, std::to_string(kKept)});
  }
  /// One request of now: as many increments as the relay makes, of a key and of an account.
  void Serve(const std::string& id) {
    const std::string key = "usage:" + id + ":model:hourly:gpt-5:" + Named(0);
    for (int i = 0; i < 9; ++i) relay_.Must({"HINCRBY", key, "inputTokens", "1"});
    relay_.Must({"HINCRBY", key, "requests", "1"});
    relay_.Must({"HINCRBY", "account_usage:model:hourly:a1:gpt-5:" + Named(0), "requests", "1"});
    relay_.Must({"SADD", "usage:keymodel:hourly:index:" + Named(0), id + ":gpt-5"});
  }

  /// Arguments of the generator: its clock shows what the program's shows.
  [[nodiscard]] std::vector<std::string> AtOurTime(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--at-epoch-ms", std::to_string(FastClock(clock_).WallMs())});
    return arguments;
  }
  /// What differs between an hour of the file and what the generator wrote into it.
  [[nodiscard]] std::string HourDifferences(int hours_ago, const std::vector<nlohmann::json>& reports) const {
    const std::int64_t hour = (kNow - hours_ago * kHourSeconds) / kHourSeconds * kHourSeconds;
    UsageSums written;
    for (const nlohmann::json& report : reports)
      for (const auto& [id, amounts] : ReportedSums(report, hour)) written[id] += amounts;
    const DatabaseRows rows(Db());
    const std::string where = fmt::format("bucket = {}", hour);
    UsageSums stored = rows.SumView("api_key_usage_hour", where);
    stored.merge(rows.SumView("account_usage_hour", where));
    return Differences(written, stored);
  }

  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }
  [[nodiscard]] std::string ReportFile() const { return directory_.File("report"); }
  [[nodiscard]] std::string Value(const std::string& sql) const { return DatabaseRows(Db()).Value(sql); }
  [[nodiscard]] std::string Hours() const {
    return Value(
        "SELECT coalesce(group_concat(time || ' ' || requests, ', '), '') FROM"
        " (SELECT time, sum(requests) AS requests FROM api_key_usage_hour GROUP BY bucket)");
  }
  void ExpectHours(const std::string& expected) const {
    EXPECT_TRUE(WaitFor([&] { return Hours() == expected; })) << Hours() << "\n expected: " << expected;
  }
  [[nodiscard]] std::string Known() const {
    return Value("SELECT coalesce(utc_offset_s, '?') || ' ' || utc_offset_origin FROM processor_status");
  }
  /// The health names it, on both doors.
  static void ExpectUnhealthy(const Program& program, const std::string& part) {
    for (const std::string& url : {program.Probe("/healthz"), program.Api("/api/health")})
      EXPECT_TRUE(WaitFor([&] { return HttpGet(url).body.find(part) != std::string::npos; }))
          << url << ": " << HttpGet(url).body;
  }

  TempDir directory_;
  RedisServer redis_;
  RedisClient relay_ = redis_.Connect();
  const FastClock::Start clock_ = FastClock::StartAt(kNow * 1000, 1);
};

TEST_F(Offset, GoesByTheCountersWhenAMigrationHasRenewedTheIndexes) {
  Write("k1", 3, 1, kKept - 3 * kHourSeconds);
  Write("k2", 5, 2, kKept - 5 * kHourSeconds);
  const auto program = Start();
  ExpectHours(Hour(5) + " 2, " + Hour(3) + " 1");
  EXPECT_EQ(Known(), "28800 inferred");
  Serve("k1");
  ExpectHours(Hour(5) + " 2, " + Hour(3) + " 1, " + Hour(0) + " 1");
  EXPECT_TRUE(WaitFor([&] { return Known() == "28800 seen"; })) << Known();
}

/// What users have who say no offset: the relay's history shows it, and its traffic confirms it.
TEST_F(Offset, IsFoundInTheGeneratorsTrafficAndOutlivesAKill) {
  constexpr int kHours = 4;
  const nlohmann::json history =
      RunRelayLoad(redis_, AtOurTime({"--history-hours", std::to_string(kHours),
                                      "--history-requests-per-hour", "200", "--history-only"}));
  const auto known_is = [&](const std::string& known) { return WaitFor([&] { return Known() == known; }); };
  auto program = Start();
  ASSERT_TRUE(known_is("28800 inferred")) << Known();

  std::vector<std::string> load = {RELAY_LOAD_BINARY, "--redis", redis_.url(), "--report", ReportFile(),
                                   "--requests",      "2000",    "--rps",      "500"};
  ChildProcess live(AtOurTime(load));
  EXPECT_TRUE(WaitFor([&] { return Hours().find(Hour(0)) != std::string::npos; })) << Hours();
  program->process().Kill();
  program = Start();
  ASSERT_EQ(live.Wait(), 0) << live.StandardError();
  const nlohmann::json served = nlohmann::json::parse(ReadFile(ReportFile()));
  std::string differences;
  for (int hours_ago = 0; hours_ago <= kHours; ++hours_ago)
    EXPECT_TRUE(WaitFor([&] {
      return (differences = HourDifferences(hours_ago, {history, served})).empty();
    })) << hours_ago
        << " hours ago\n"
        << differences;
  EXPECT_TRUE(known_is("28800 seen")) << Known();
  EXPECT_EQ(Value("SELECT count(DISTINCT bucket) FROM api_key_usage_hour"), std::to_string(kHours + 1));
}

TEST_F(Offset, IsUnknownAndSaidUntilTrafficShowsIt) {
  Write("k1", 3, 1, kKept - 3 * kHourSeconds);
  const auto program = Start();
  ExpectUnhealthy(*program, "UTC offset is not known");
  EXPECT_EQ(Hours(), "");
  Serve("k1");
  ExpectHours(Hour(3) + " 1, " + Hour(0) + " 1");
  EXPECT_TRUE(WaitFor([&] { return HttpGet(program->Probe("/healthz")).status == 200; }))
      << HttpGet(program->Probe("/healthz")).body;
}

TEST_F(Offset, DaysOfARelayWithoutHoursAreReadAsSoonAsItIsKnown) {
  relay_.Must({"HSET", "usage:k1:model:daily:gpt-5:2026-11-02", "requests", "599"});
  relay_.Must({"SADD", "usage:keymodel:daily:index:2026-11-02", "k1:gpt-5"});
  auto program = Start();
  ExpectUnhealthy(*program, "UTC offset is not known");
  EXPECT_EQ(Value("SELECT count(*) FROM api_key_usage_day"), "0");
  Serve("k1");
  EXPECT_TRUE(WaitFor(
      [&] { return Value("SELECT requests FROM api_key_usage_day WHERE date = '2026-11-02'") == "599"; }));
  EXPECT_TRUE(WaitFor([&] { return HttpGet(program->Probe("/healthz")).status == 200; }));
}

TEST_F(Offset, DaysOfARelayWithoutHoursAreReadAsSoonAsItIsSaid) {
  relay_.Must({"HSET", "usage:k1:model:daily:gpt-5:2026-11-02", "requests", "599"});
  relay_.Must({"SADD", "usage:keymodel:daily:index:2026-11-02", "k1:gpt-5"});
  {
    auto program = Start();
    ExpectUnhealthy(*program, "--utc-offset");
    Stop(std::move(program));
  }
  const auto program = Start({"--utc-offset", "+08:00"});
  EXPECT_TRUE(WaitFor(
      [&] { return Value("SELECT requests FROM api_key_usage_day WHERE date = '2026-11-02'") == "599"; }));
}

/// Both counters say that they were written just now: +05:00, and nothing contradicts it but live traffic.
TEST_F(Offset, WhatWasInferredIsTakenBackWhileRunning) {
  Write("k1", 3, 1, kKept);
  Write("k2", 3, 2, kKept);
  const auto program = Start();
  ExpectHours(Hour(0) + " 3");
  EXPECT_EQ(Known(), "18000 inferred");
  Serve("k1");
  program->AwaitLine("the UTC offset was taken back");
  ExpectHours(Hour(3) + " 3, " + Hour(0) + " 1");
  Serve("k2");
  ExpectHours(Hour(3) + " 3, " + Hour(0) + " 2");
  // What was served before the new run had subscribed was read, but not seen.
  EXPECT_TRUE(WaitFor([&] {
    Serve("k3");
    return Known() == "28800 seen";
  })) << Known();
  EXPECT_TRUE(WaitFor([&] { return HttpGet(program->Probe("/healthz")).status == 200; }))
      << HttpGet(program->Probe("/healthz")).body;
  EXPECT_EQ(Value("SELECT count(*) FROM adjustments"), "0");
  EXPECT_EQ(Value("SELECT date || ' ' || requests FROM api_key_usage_day WHERE api_key = 'k1'"),
            "2026-11-20 2");
  EXPECT_EQ(HttpGet(program->Api("/api/health")).status, 200);
}

/// Also between the two runs, where none of them hears it.
TEST_F(Offset, IsTakenBackAndCertificatesAreReadAgainWhateverHangsUpMeanwhile) {
  const CertificateAuthority authority(directory_.path(), "Test-CA");
  const CertificateFiles server = authority.Issue({.name = "server"});
  Write("k1", 3, 1, kKept);
  Write("k2", 3, 2, kKept);
  const auto program =
      Start({"--listen", "tls://127.0.0.1:0", "--tls-cert", server.certificate, "--tls-key", server.key});
  ExpectHours(Hour(0) + " 3");
  Serve("k1");
  const auto said = [&] { return program->process().StandardError(); };
  constexpr auto kTakenBack = "the UTC offset was taken back";
  ASSERT_TRUE(WaitFor([&] { return said().find("msg=\"stopped\"") != std::string::npos; })) << said();
  for (int i = 0; i < 10'000 && said().find(kTakenBack) == std::string::npos; ++i) {
    program->process().Signal(SIGHUP);
    std::this_thread::yield();
  }
  program->AwaitLine(kTakenBack);
  ExpectHours(Hour(3) + " 3, " + Hour(0) + " 1");
  const auto is_read = [&] {
    const std::string lines = said();
    return lines.find("msg=\"certificate read\"", lines.find(kTakenBack)) != std::string::npos;
  };
  EXPECT_TRUE(WaitFor(is_read)) << said();
}

/// As an earlier version left it: +05:00, and no note of where that is from.
TEST_F(Offset, WhatAnEarlierVersionInferredIsPutRightAtTheStart) {
  Write("k1", 3, 1, kKept);
  Write("k2", 3, 2, kKept);
  {
    auto program = Start();
    ExpectHours(Hour(0) + " 3");
    Stop(std::move(program));
  }
  for (const auto& [id, hours] : {std::pair{"k1", 3}, std::pair{"k3", 6}})
    Write(id, hours, 1, kKept - hours * kHourSeconds);
  relay_.Must(
      {"EXPIRE", "usage:k2:model:hourly:gpt-5:" + Named(3), std::to_string(kKept - 3 * kHourSeconds)});
  const auto program = Start();
  program->AwaitLine("the UTC offset was taken back");
  ExpectHours(Hour(6) + " 1, " + Hour(3) + " 3");
}

/// Replies are late until live traffic has contradicted what was inferred: so it does on the way.
TEST_F(Offset, WhatWasInferredIsTakenBackByARebuildToo) {
  Stop(Start());
  Write("k1", 3, 1, kKept);
  Write("k2", 3, 2, kKept);
  Write("k3", 4, 3, 0);
  FaultProxy proxy(redis_.port());
  const auto delay_replies = [&](std::int64_t delay_ms) {
    proxy.Slow(FaultProxy::Who::kCommands, FaultProxy::Way::kToClient, {.delay_ms = delay_ms});
  };
  delay_replies(300);
  relay_.Must({"CONFIG", "RESETSTAT"});
  ChildProcess rebuild({KEYMETER_WITH_HOOKS_BINARY, "rebuild", "--force", "--redis",
                        fmt::format("redis://127.0.0.1:{}", proxy.port()), "--db", Db()},
                       {{kClockVariable, ClockText(clock_)}});
  EXPECT_TRUE(WaitFor([&] {  // a counter is asked for by its hour, so there is an offset
    return relay_.Must({"INFO", "commandstats"}).text.find("cmdstat_hmget") != std::string::npos;
  }));
  proxy.Heal();
  delay_replies(4000);
  EXPECT_TRUE(WaitFor([&] {
    Serve("k1");
    return rebuild.StandardError().find("the UTC offset was taken back") != std::string::npos;
  })) << rebuild.StandardError();
  proxy.Heal();
  ASSERT_EQ(rebuild.Wait(), 0) << rebuild.StandardError();
  EXPECT_EQ(Value("SELECT utc_offset_s FROM processor_status"), "28800");
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_hour WHERE time = '" + Hour(4) + "'"), "3");
}

TEST_F(Offset, OneThatIsSaidAndWrongIsAnErrorThatNamesTheRightOneAndHealsWithIt) {
  auto program = Start({"--utc-offset", "+05:00"});
  program->AwaitLine("msg=\"baseline read\"");
  EXPECT_TRUE(WaitFor([&] {
    Serve("k1");
    return !program->process().IsRunning();
  }));
  EXPECT_EQ(program->process().Wait(), 1);
  const std::string error = program->process().StandardError();
  EXPECT_NE(error.find("run with --utc-offset +08:00"), std::string::npos) << error;
  EXPECT_EQ(error.find("another --db"), std::string::npos) << error;
  const std::string served =
      relay_.Must({"HGET", "usage:k1:model:hourly:gpt-5:" + Named(0), "requests"}).text;
  program = Start({"--utc-offset", "+08:00"});
  ExpectHours(Hour(0) + " " + served);
}

}  // namespace
}  // namespace keymeter::testing
