#include "benchmarks/relay_load/relay_commands.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/benchmarks/relay_load/recorded_requests.h"
#include "tests/benchmarks/relay_load/resp_text.h"
#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

using testing::RedisCommand;

constexpr std::int64_t kOffset = 8 * 3600LL;

std::vector<RedisCommand> CommandsFor(const Request& request, std::int64_t age_seconds = 0) {
  RespWriter writer(Counting::kIncrement);
  writer.SetAge(age_seconds);
  AppendRequest(writer, request, kOffset, "");
  return CommandsIn(writer.Bytes());
}

/// Floats are compared as what they add; texts that hold times and random numbers only by their command and
/// key.
RedisCommand Comparable(RedisCommand command) {
  if (command[0] == "incrbyfloat") command[2] = fmt::format("{:.9f}", std::stod(command[2]));
  if (command[0] == "lpush") command.resize(2);
  if (command[0] == "xadd") command.back().clear();
  return command;
}

Population SmallPopulation() {
  PopulationOptions options;
  options.keys = 3;
  options.accounts = 10;
  return MakePopulation(options);
}

Request AnyRequest(const Population& population) {
  Request request;
  request.key = &population.keys[0];
  request.account = &population.accounts[0];
  request.model = &population.models[0];
  request.at_ms = ParseTime("2026-11-20T20:19:21.414+08:00").value();
  request.tokens = {100, 20, 30, 40, 10, 20};
  request.real_cost = request.rated_cost = CostOf(request.tokens, request.model->prices);
  return request;
}

bool HasKey(const std::vector<RedisCommand>& commands, std::string_view begin) {
  return std::ranges::any_of(commands,
                             [&](const RedisCommand& command) { return command[1].starts_with(begin); });
}

std::string TtlOf(const std::vector<RedisCommand>& commands, std::string_view key_begin) {
  for (const RedisCommand& command : commands) {
    if (command[0] == "expire" && command[1].starts_with(key_begin)) return command[2];
  }
  return "none";
}

TEST(RelayCommands, RepeatsEveryRecordedRequest) {
  const std::deque<RecordedRequest> recorded = RecordedRequests();
  ASSERT_EQ(recorded.size(), 599U);
  for (const RecordedRequest& one : recorded) {
    const std::vector<RedisCommand> ours = CommandsFor(one.request);
    ASSERT_EQ(ours.size(), one.commands.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      ASSERT_EQ(fmt::format("{}", Comparable(ours[i])), fmt::format("{}", Comparable(one.commands[i])))
          << "command " << i;
    }
  }
}

TEST(RelayCommands, RecordsNameWhatTheRecordedOnesName) {
  for (const RecordedRequest& one : RecordedRequests()) {
    const auto is_record = [](const RedisCommand& command) { return command[0] == "lpush"; };
    const std::vector<RedisCommand> commands = CommandsFor(one.request);
    const auto ours = nlohmann::json::parse((*std::ranges::find_if(commands, is_record))[2]);
    const auto theirs = nlohmann::json::parse((*std::ranges::find_if(one.commands, is_record))[2]);
    for (const char* field : {"timestamp", "model", "accountId", "accountType", "inputTokens", "outputTokens",
                              "cacheCreateTokens", "cacheReadTokens", "totalTokens"}) {
      ASSERT_EQ(ours.at(field), theirs.at(field)) << field;
    }
    ASSERT_EQ(ours.contains("ephemeral5mTokens"), theirs.contains("ephemeral5mTokens"));
  }
}

TEST(RelayCommands, ApiKeyHashHasTheFieldsOfTheRecordedOne) {
  const Population population = SmallPopulation();
  const std::deque<RecordedRequest> recorded = RecordedRequests();
  const Fields& theirs = recorded.front().key.fields;
  const Fields& ours = population.keys[0].fields;
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i].first, theirs[i].first);
}

TEST(RelayCommands, WritesNoMoneyForAFreeModel) {
  const Population population = SmallPopulation();
  Request request = AnyRequest(population);
  request.real_cost = request.rated_cost = Cost{};
  const std::vector<RedisCommand> commands = CommandsFor(request);
  EXPECT_FALSE(HasKey(commands, "usage:cost:"));
  EXPECT_FALSE(HasKey(commands, "usage:opus:"));
  for (const RedisCommand& command : commands) {
    EXPECT_FALSE(command[0] == "hincrby" && command[2].ends_with("CostMicro")) << command[2];
  }
}

TEST(RelayCommands, CountsTheAccountByItsOwnLookAtTheClock) {
  const Population population = SmallPopulation();
  Request request = AnyRequest(population);
  request.at_ms = ParseTime("2026-12-31T23:59:59.998+08:00").value();
  request.account_delay_ms = 5;
  const std::vector<RedisCommand> commands = CommandsFor(request);
  EXPECT_TRUE(HasKey(commands, "usage:hourly:" + request.key->id + ":2026-12-31:23"));
  EXPECT_TRUE(HasKey(commands, "account_usage:hourly:" + request.account->id + ":2027-01-01:00"));
  EXPECT_TRUE(HasKey(commands, "account_usage:monthly:" + request.account->id + ":2027-01"));
}

TEST(RelayCommands, HistoryHasTheTimesToLiveThatWouldBeLeft) {
  const Population population = SmallPopulation();
  const std::vector<RedisCommand> commands = CommandsFor(AnyRequest(population), 86'400);
  EXPECT_EQ(TtlOf(commands, "usage:hourly:"), fmt::format("{}", kHourlyTtl - 86'400));
  EXPECT_EQ(TtlOf(commands, "usage:keymodel:hourly:index:"), fmt::format("{}", kHourlyTtl - 86'400));
  EXPECT_EQ(TtlOf(commands, "account_usage:model:daily:"), fmt::format("{}", kDailyTtl - 86'400));
  EXPECT_FALSE(HasKey(commands, "system:metrics:minute:")) << "lives ten minutes";
}

TEST(RelayCommands, LeavesOutWhatWouldHaveExpired) {
  const Population population = SmallPopulation();
  const std::vector<RedisCommand> commands = CommandsFor(AnyRequest(population), 8 * 86'400LL);
  for (const RedisCommand& command : commands) {
    if (command[0] == "del") continue;
    EXPECT_EQ(command[1].find(":hourly:"), std::string::npos) << fmt::format("{}", command);
    EXPECT_TRUE(command[0] != "expire" || std::stoll(command[2]) > 0) << command[1];
  }
  EXPECT_TRUE(HasKey(commands, "usage:daily:"));
}

TEST(RelayCommands, CanBeInterruptedInsideAnAccountsHash) {
  const Population population = SmallPopulation();
  RespWriter writer(Counting::kIncrement);
  AppendRequest(writer, AnyRequest(population), kOffset, "");
  std::size_t bytes = 0;
  std::size_t commands = 0;
  for (const RespWriter::Part& part : writer.Parts()) {
    bytes += part.bytes;
    commands += part.commands;
  }
  EXPECT_EQ(bytes, writer.Bytes().size());
  EXPECT_EQ(commands, writer.Commands());
  EXPECT_GT(writer.Parts().size(), 16U);
}

TEST(RelayCommands, WritesMoneyWithoutExponentOrTrailingZeros) {
  EXPECT_EQ(Usd(0), "0");
  EXPECT_EQ(Usd(7'179'000'000), "0.007179");
  EXPECT_EQ(Usd(250'000), "0.00000025");
  EXPECT_EQ(Usd(12'000'000'000'000), "12");
}

}  // namespace
}  // namespace keymeter::relay_load
