#include <csignal>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/child_process.h"
#include "tests/support/redis_server.h"
#include "tests/support/relay/calendar.h"

// The program against a real Redis: what it reports is what Redis holds, and it spoils nobody's data.
namespace keymeter::relay_load {
namespace {

using testing::ChildProcess;
using testing::RedisClient;
using testing::RedisServer;

constexpr const char* kProgram = KEYMETER_RELAY_LOAD;

std::vector<std::string> Words(const RedisServer& server, std::vector<std::string> more) {
  std::vector<std::string> words{kProgram, "--redis", server.url(), "--report", "-"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Runs to the end and returns the report.
nlohmann::json Written(const RedisServer& server, std::vector<std::string> more) {
  ChildProcess program(Words(server, std::move(more)));
  EXPECT_EQ(program.Wait(), 0) << program.StandardError();
  return nlohmann::json::parse(program.StandardOutput());
}

void ExpectRedisHolds(RedisClient& redis, const nlohmann::json& report) {
  const std::int64_t offset = report.at("utc_offset_seconds");
  std::int64_t requests = 0;
  for (const nlohmann::json& row : report.at("api_key")) {
    const std::string hour = PeriodsAt(row.at("hour_start").get<std::int64_t>() * 1000, offset).hour;
    const std::string key = fmt::format("usage:{}:model:hourly:{}:{}", row.at("id").get<std::string>(),
                                        row.at("model").get<std::string>(), hour);
    EXPECT_EQ(redis.Text({"HGET", key, "inputTokens"}), fmt::format("{}", row.at("input_tokens").get<int>()))
        << key;
    EXPECT_EQ(redis.Text({"HGET", key, "requests"}), fmt::format("{}", row.at("requests").get<int>())) << key;
    requests += row.at("requests").get<std::int64_t>();
  }
  EXPECT_EQ(report.at("requests"), requests);
  EXPECT_EQ(redis.Text({"HGET", "usage:global:total", "requests"}), fmt::format("{}", requests));
}

TEST(RelayLoadProgram, ReportsWhatRedisHolds) {
  const RedisServer server;
  const nlohmann::json report = Written(server, {"--rps", "0", "--requests", "500", "--history-hours", "3",
                                                 "--history-requests-per-hour", "50"});
  EXPECT_EQ(report.at("requests"), 650);
  RedisClient redis = server.Connect();
  ExpectRedisHolds(redis, report);
  EXPECT_EQ(redis.Integer({"SCARD", "account_groups"}), 4);
}

TEST(RelayLoadProgram, ReportsWhatRedisHoldsWhenItCountsByHset) {
  const RedisServer server;
  const nlohmann::json report =
      Written(server, {"--rps", "0", "--requests", "300", "--hset", "--no-entities"});
  RedisClient redis = server.Connect();
  ExpectRedisHolds(redis, report);
  EXPECT_EQ(redis.Integer({"EXISTS", "apikey:hash_map", "account_groups"}), 0);
}

TEST(RelayLoadProgram, FinishesItsRequestAndReportsOnSignals) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const RedisServer server;
    ChildProcess program(Words(server, {"--rps", "200"}));
    RedisClient redis = server.Connect();
    ASSERT_TRUE(testing::WaitFor([&] { return redis.Integer({"EXISTS", "billing:events"}) == 1; }));
    program.Signal(signal);
    EXPECT_EQ(program.Wait(), 0) << program.StandardError();
    ExpectRedisHolds(redis, nlohmann::json::parse(program.StandardOutput()));
  }
}

TEST(RelayLoadProgram, RefusesADatabaseWithForeignData) {
  const RedisServer server;
  RedisClient redis = server.Connect();
  redis.Must({"SET", "precious", "1"});
  ChildProcess program(Words(server, {"--requests", "1"}));
  EXPECT_EQ(program.Wait(), 1);
  EXPECT_NE(program.StandardError().find("--force"), std::string::npos) << program.StandardError();
  EXPECT_EQ(redis.Integer({"DBSIZE"}), 1);
}

TEST(RelayLoadProgram, ReturnsToItsOwnDatabaseAndForcesItsWayIntoOthers) {
  const RedisServer server;
  EXPECT_EQ(Written(server, {"--requests", "2"}).at("requests"), 2);
  EXPECT_EQ(Written(server, {"--requests", "3"}).at("requests"), 3);
  RedisClient redis = server.Connect();
  redis.Must({"FLUSHALL"});
  redis.Must({"SET", "precious", "1"});
  EXPECT_EQ(Written(server, {"--requests", "1", "--force"}).at("requests"), 1);
  EXPECT_EQ(redis.Integer({"EXISTS", "keymeter:relay_load"}), 0) << "a foreign database is not adopted";
}

TEST(RelayLoadProgram, PretendsAnotherTimeAndOffset) {
  const RedisServer server;
  const nlohmann::json report = Written(
      server, {"--rps", "0", "--requests", "5", "--at", "2027-01-01T02:30:00Z", "--utc-offset=-03:00"});
  RedisClient redis = server.Connect();
  EXPECT_EQ(report.at("api_key").at(0).at("hour_start"), 1798768800);
  EXPECT_GT(redis.Integer({"EXISTS", "usage:keymodel:hourly:index:2026-12-31:23"}), 0);
}

TEST(RelayLoadProgram, TakesThePasswordFromTheEnvironmentAndNamesItWhenMissing) {
  const RedisServer server({.password = "hunter2", .arguments = {}});
  const std::string url = fmt::format("redis://127.0.0.1:{}", server.port());
  ChildProcess without({kProgram, "--redis", url, "--requests", "1"});
  EXPECT_EQ(without.Wait(), 1);
  EXPECT_NE(without.StandardError().find("KEYMETER_REDIS_PASSWORD"), std::string::npos)
      << without.StandardError();
  ChildProcess with({kProgram, "--redis", url, "--requests", "1"}, {{"KEYMETER_REDIS_PASSWORD", "hunter2"}});
  EXPECT_EQ(with.Wait(), 0) << with.StandardError();
}

TEST(RelayLoadProgram, NamesWrongUseAndDeadRedis) {
  ChildProcess wrong({kProgram, "--utc-offset", "+05:30"});
  EXPECT_EQ(wrong.Wait(), 2);
  EXPECT_NE(wrong.StandardError().find("whole hours"), std::string::npos) << wrong.StandardError();
  ChildProcess dead({kProgram, "--redis", "redis://127.0.0.1:1", "--requests", "1"});
  EXPECT_EQ(dead.Wait(), 1);
  EXPECT_NE(dead.StandardError().find("is it running"), std::string::npos) << dead.StandardError();
}

TEST(RelayLoadProgram, SaysThatRedisRefusedAWrite) {
  const RedisServer server({.password = "", .arguments = {"--maxmemory", "1mb"}});
  ChildProcess program(Words(server, {"--rps", "0", "--requests", "1000"}));
  EXPECT_EQ(program.Wait(), 1);
  EXPECT_NE(program.StandardError().find("refused a write: OOM"), std::string::npos)
      << program.StandardError();
}

}  // namespace
}  // namespace keymeter::relay_load
