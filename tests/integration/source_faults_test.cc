// A source that cannot be metered (yet): a clear word, and on it goes when it can.

#include <csignal>

#include <gtest/gtest.h>

#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

class SourceFaults : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }
  [[nodiscard]] std::string Value(const std::string& sql) const { return DatabaseRows(Db()).Value(sql); }

  TempDir directory_;
};

TEST_F(SourceFaults, ARefusedPasswordIsNamedAndUnhealthy) {
  RedisServer redis({.password = "right", .arguments = {}});
  const std::string url = "redis://:wrong@127.0.0.1:" + std::to_string(redis.port());
  Program program("run", {"--redis", url, "--db", Db()});
  program.AwaitLine("Redis refused the user or the password");
  EXPECT_TRUE(WaitFor([&] {
    const HttpResponse health = HttpGet(program.Probe("/healthz"));
    return health.status == 503 && health.body.find("refused the user or the password") != std::string::npos;
  }));
  EXPECT_EQ(HttpGet(program.Probe("/livez")).status, 200);
}

TEST_F(SourceFaults, APasswordThatIsMissingIsNamed) {
  RedisServer redis({.password = "right", .arguments = {}});
  Program program("process", {"--redis", "redis://127.0.0.1:" + std::to_string(redis.port()), "--db", Db()});
  program.AwaitLine("Redis wants a password");
}

TEST_F(SourceFaults, NobodyThereIsNamedAndMeteredAsSoonAsThereIs) {
  RedisServer redis;
  redis.Stop();
  Program program("process", {"--redis", redis.url(), "--db", Db()});
  program.AwaitLine("Connection refused");
  redis.Start();
  program.AwaitLine("msg=\"baseline read\"");
}

TEST_F(SourceFaults, ARedisThatIsLoadingIsWaitedFor) {
  RedisServer redis({.password = "", .arguments = {"--rdbcompression", "no"}});
  {
    RedisClient client = redis.Connect();
    for (int i = 0; i < 400; ++i)
      client.Must({"SETRANGE", "key" + std::to_string(i), "100", std::to_string(i * 7919)});
  }
  redis.Stop(RedisServer::Data::kKept);
  // Each key takes 5 ms to load, so it is loading for two seconds, and answers between keys.
  redis.SetArguments({"--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024",
                      "--rdbcompression", "no"});
  redis.Start(RedisServer::Until::kListening);
  Program program("process", {"--redis", redis.url(), "--db", Db()});
  program.AwaitLine("Redis is loading its data set");
  program.AwaitLine("msg=\"baseline read\"");
}

TEST_F(SourceFaults, ARedisThatGoesAndComesBackLosesNothing) {
  RedisServer redis;
  Program program("run", {"--redis", redis.url(), "--db", Db(), "--flush-interval", "200ms"});
  program.AwaitLine("msg=\"baseline read\"");
  const auto before = RunRelayLoad(redis, {"--rps", "0", "--requests", "100", "--seed", "1"});
  redis.Stop(RedisServer::Data::kKept);
  program.AwaitLine("msg=\"disconnected\"");
  EXPECT_TRUE(WaitFor([&] { return HttpGet(program.Probe("/healthz")).status == 503; }));
  redis.Start();
  const auto after = RunRelayLoad(redis, {"--rps", "0", "--requests", "100", "--seed", "2"});
  UsageSums written = ReportedSums(before);
  for (const auto& [id, amounts] : ReportedSums(after)) written[id] += amounts;
  std::string differences;
  EXPECT_TRUE(WaitFor([&] {
    return (differences = Differences(written, DatabaseRows(Db()).SumLevel(Level::kHour))).empty();
  })) << differences;
  EXPECT_EQ(Value("SELECT count(*) FROM gaps WHERE reason = 'disconnected'"), "1");
  EXPECT_TRUE(WaitFor([&] { return HttpGet(program.Probe("/healthz")).status == 200; }))
      << HttpGet(program.Probe("/healthz")).body;
}

TEST_F(SourceFaults, ARedisThatHangsIsLeftAndFoundAgain) {
  RedisServer redis;
  Program program("process", {"--redis", redis.url(), "--db", Db()});
  program.AwaitLine("msg=\"baseline read\"");
  redis.Pause();
  program.AwaitLine("no answer in 5 s");
  redis.Resume();
  EXPECT_TRUE(WaitFor([&] { return Value("SELECT connected FROM processor_status") == "1"; }));
}

TEST_F(SourceFaults, MissingNotificationFlagsAreAddedAndNoneIsDropped) {
  RedisServer redis({.password = "", .arguments = {"--notify-keyspace-events", "Kl$"}});
  Program program("process", {"--redis", redis.url(), "--db", Db()});
  program.AwaitLine("msg=\"baseline read\"");
  const std::string flags =
      redis.Connect().Must({"CONFIG", "GET", "notify-keyspace-events"}).elements[1].text;
  for (char flag : std::string("KEl$hgx"))
    EXPECT_NE(flags.find(flag), std::string::npos) << flag << " in " << flags;
}

TEST_F(SourceFaults, WhereFlagsMayNotBeSetTheOperatorsLineIsNamed) {
  RedisServer redis({.password = "", .arguments = {"--rename-command", "CONFIG", ""}});
  Program program("process", {"--redis", redis.url(), "--db", Db()});
  program.AwaitLine("CONFIG SET notify-keyspace-events Eghxe");
  program.AwaitLine("msg=\"baseline read\"");
}

TEST_F(SourceFaults, AnOffsetThatTheFileContradictsIsAnErrorThatNamesTheRightOne) {
  RedisServer redis;
  {
    Program program("process", {"--redis", redis.url(), "--db", Db(), "--utc-offset", "+08:00"});
    program.AwaitLine("msg=\"baseline read\"");
    program.process().Signal(SIGTERM);
    ASSERT_EQ(program.process().Wait(), 0);
  }
  {
    SCOPED_TRACE("what was only said may be said anew");
    Program program("process", {"--redis", redis.url(), "--db", Db(), "--utc-offset", "+09:00"});
    program.AwaitLine("msg=\"the UTC offset was taken back\" from=+08:00 to=+09:00");
    program.AwaitLine("msg=\"baseline read\"");
    program.process().Signal(SIGTERM);
    ASSERT_EQ(program.process().Wait(), 0);
  }
  // What live traffic has agreed with is final.
  {
    Database file = Database::Open(Db(), Database::Mode::kReadWrite).value();
    ASSERT_TRUE(file.Execute("UPDATE source_state SET utc_offset_origin = 'seen'"));
  }
  Program program("process", {"--redis", redis.url(), "--db", Db(), "--utc-offset", "+08:00"});
  EXPECT_EQ(program.process().Wait(), 1);
  EXPECT_NE(program.process().StandardError().find("use --utc-offset +09:00"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::testing
