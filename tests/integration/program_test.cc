// The binary as a user and a supervisor see it.

#include "tests/support/program.h"

#include <csignal>
#include <filesystem>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_hooks.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

bool IgnoresHangUps(pid_t pid) {
  constexpr std::string_view kIgnored = "SigIgn:\t";
  const std::string status = ReadFile("/proc/" + std::to_string(pid) + "/status");
  const std::size_t begin = status.find(kIgnored);
  if (begin == std::string::npos) return false;
  return (std::stoull(status.substr(begin + kIgnored.size(), 16), nullptr, 16) & (1U << (SIGHUP - 1))) != 0;
}

TEST(ProgramStart, OnWhatCannotWorkNamesTheThingAndTheRemedy) {
  const TempDir directory;
  WriteFile(directory.File("text.db"),
            "this is a text, not a SQLite file, and long enough to be sure of it: " + std::string(1000, 'x'));
  WriteFile(directory.File("a_file"), "");
  const std::string db = directory.File("k.db");
  const struct {
    std::vector<std::string> arguments;
    int exit_code;
    std::string says;
  } cases[] = {
      {{"process", "--redis", "http://localhost"}, 2, "redis://"},
      {{"process", "--redis", "redis://localhost:99999"}, 2, "port"},
      {{"process", "--utc-offset", "+05:30"}, 2, "whole hours"},
      {{"process", "--flush-interval", "1ms"}, 2, "100ms"},
      {{"process", "--profile", "/nowhere.json"}, 2, "/nowhere.json"},
      {{"process", "--nonsense"}, 2, "--nonsense"},
      {{"process", "--db", directory.File("missing/k.db")}, 1, "missing/k.db"},
      {{"process", "--db", directory.File("a_file/k.db")}, 1, "a_file/k.db"},
      {{"process", "--db", directory.File("text.db")}, 1, "not a database"},
      {{"process", "--db", "/proc/k.db"}, 1, "/proc/k.db"},
      {{"run", "--db", db, "--listen", "nonsense"}, 2, "--listen"},
      {{"run", "--db", db, "--listen", ""}, 2, "--listen"},
      {{"serve", "--db", db, "--probe-listen", "8788"}, 2, "--probe-listen"},
      {{"run", "--db", db, "--listen", "0.0.0.0:0", "--probe-listen", "127.0.0.1:0"}, 2, "--no-auth"},
      {{}, 2, "subcommand"},
  };
  for (const auto& c : cases) {
    const Ended failure = RunKeymeter(c.arguments);
    EXPECT_EQ(failure.exit_code, c.exit_code) << c.says << "\n" << failure.error;
    EXPECT_NE(failure.error.find(c.says), std::string::npos) << c.says << "\n" << failure.error;
  }
  EXPECT_EQ(ReadFile(directory.File("text.db")).substr(0, 4), "this") << "was written to";
  EXPECT_NE(RunKeymeter({"run", "--db", directory.File("new.db"), "--listen", "nonsense"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(directory.File("new.db"))) << "made before the usage error was seen";
}

/// What tests change inside the program is not in the one that users run.
TEST(ShippedProgram, HasNoHooksOfTests) {
  const std::string shipped = ReadFile(KEYMETER_BINARY);
  const std::string hooked = ReadFile(KEYMETER_WITH_HOOKS_BINARY);
  for (const char* name : {kClockVariable, kCrashVariable}) {
    EXPECT_EQ(shipped.find(name), std::string::npos) << name;
    EXPECT_NE(hooked.find(name), std::string::npos) << name;
    const Ended refused = RunKeymeter({"serve"}, {{name, "1:2:3"}});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_NE(refused.error.find(name), std::string::npos) << refused.error;
  }
  EXPECT_EQ(shipped.find("KEYMETER_TEST_"), std::string::npos);
}

TEST(ProgramStart, OnAPortInUseNamesTheAddressAndTheFlag) {
  const TempDir directory;
  RedisServer redis;
  Program first("run", {"--redis", redis.url(), "--db", directory.File("first.db")});
  const std::string api = first.Api("");
  const Ended failure = RunKeymeter({"run", "--redis", redis.url(), "--db", directory.File("second.db"),
                                     "--probe-listen", "127.0.0.1:0", "--listen", api.substr(7)});
  EXPECT_EQ(failure.exit_code, 1);
  EXPECT_NE(failure.error.find(api.substr(7)), std::string::npos) << failure.error;
  EXPECT_NE(failure.error.find("--listen"), std::string::npos) << failure.error;
}

TEST(ProgramStart, HelpAndVersionAreForPeople) {
  const Ended help = RunKeymeter({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* word :
       {"run", "process", "serve", "KEYMETER_REDIS_PASSWORD", "Exit codes", "sqlite3 -readonly"})
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  EXPECT_EQ(RunKeymeter({"--version"}).out, "keymeter 0.1.0\n");
}

TEST(ProgramRun, ARequestIsQueryableBySqlAndHttp) {
  const TempDir directory;
  const std::string db = directory.File("keymeter.db");
  RedisServer redis;
  Program program("run", {"--redis", redis.url(), "--db", db, "--flush-interval", "200ms"});
  program.AwaitLine("msg=\"baseline read\"");
  const auto report = RunRelayLoad(redis, {"--rps", "0", "--requests", "50", "--keys", "3", "--skew", "0"});
  const DatabaseRows rows(db);
  ASSERT_TRUE(WaitFor([&] { return Differences(ReportedSums(report), rows.SumLevel(Level::kDay)).empty(); }));

  std::map<std::string, std::int64_t> requests;
  for (const auto& row : report.at("api_key"))
    requests[row.at("id")] += row.at("requests").get<std::int64_t>();
  ASSERT_TRUE(WaitFor([&] { return rows.Value("SELECT count(*) FROM api_keys WHERE name != ''") == "3"; }));
  const auto keys = HttpGet(program.Api("/api/apikeys")).Json();
  ASSERT_EQ(keys.size(), 3U);
  for (const auto& key : keys) {
    EXPECT_EQ(key.at("usage").at("total").at("requests"), requests.at(key.at("keyId"))) << key;
    const auto one = HttpGet(program.Api("/api/apikeys/" + key.at("keyId").get<std::string>())).Json();
    EXPECT_EQ(one.at("usage").at("month"), key.at("usage").at("month"));
  }
  const auto series = HttpGet(program.Api("/api/stats/series?slot_sec=3600")).Json();
  std::int64_t in_series = 0;
  for (const auto& slot : series) in_series += slot.at("reqs").get<std::int64_t>();
  EXPECT_EQ(in_series, 50);
  const auto metrics = HttpGet(program.Api("/api/realtime/system-metrics")).Json();
  EXPECT_EQ(metrics.at("processor").at("connected"), true) << metrics;
  EXPECT_TRUE(WaitFor([&] { return HttpGet(program.Api("/api/health")).status == 200; }))
      << HttpGet(program.Api("/api/health")).body;
  EXPECT_NE(HttpGet(program.Probe("/metrics")).body.find("keymeter_connected 1"), std::string::npos);
}

/// Before the program has begun, a SIGHUP would end it as it ends any: the first comes once it is ignored.
TEST(ProgramStart, OpensItsFileWhateverHangsUpMeanwhile) {
  const TempDir directory;
  const std::string db = directory.File("k.db");
  RedisServer redis;
  auto other = Database::Open(db, Database::Mode::kReadWrite);
  ASSERT_TRUE(other && other->Execute("BEGIN IMMEDIATE")) << "the opening waits";
  Program program("process", {"--redis", redis.url(), "--db", db});
  ChildProcess& process = program.process();
  ASSERT_TRUE(WaitFor([&] { return IgnoresHangUps(process.pid()); }));
  process.Signal(SIGHUP);
  ASSERT_TRUE(other->Execute("ROLLBACK"));
  for (int i = 0; i < 10'000 && process.StandardError().find("msg=\"opened\"") == std::string::npos; ++i) {
    process.Signal(SIGHUP);
    std::this_thread::yield();
  }
  program.AwaitLine("msg=\"baseline read\"");
  EXPECT_TRUE(process.IsRunning());
}

TEST(ProgramServe, AnswersFromAFileWhoseProcessorIsDownAndSaysSo) {
  const TempDir directory;
  const std::string db = directory.File("keymeter.db");
  RedisServer redis;
  {
    Program processor("process", {"--redis", redis.url(), "--db", db});
    processor.AwaitLine("msg=\"baseline read\"");
    RunRelayLoad(redis, {"--rps", "0", "--requests", "20"});
    ASSERT_TRUE(WaitFor(
        [&] { return DatabaseRows(db).Value("SELECT sum(requests) FROM api_key_usage_hour") == "20"; }));
    processor.process().Signal(SIGTERM);
    ASSERT_EQ(processor.process().Wait(), 0);
  }
  Program server("serve", {"--db", db});
  const HttpResponse keys = HttpGet(server.Api("/api/apikeys"));
  EXPECT_EQ(keys.status, 200) << keys.body;
  EXPECT_FALSE(keys.Json().empty());
  EXPECT_EQ(HttpGet(server.Probe("/readyz")).status, 200);
  EXPECT_EQ(HttpGet(server.Probe("/healthz")).status, 503);
  server.process().Signal(SIGINT);
  EXPECT_EQ(server.process().Wait(Milliseconds(5000)), 0);
}

TEST(ProgramLog, IsOneJsonObjectALineWhenAsked) {
  const TempDir directory;
  RedisServer redis;
  Program program("process",
                  {"--redis", redis.url(), "--db", directory.File("k.db"), "--log-format", "json"});
  ASSERT_TRUE(program.process().WaitForLine("baseline read"));
  for (const std::string& line : program.process().Lines()) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_TRUE(json.contains("ts") && json.contains("level") && json.contains("msg")) << line;
  }
}

}  // namespace
}  // namespace keymeter::testing
