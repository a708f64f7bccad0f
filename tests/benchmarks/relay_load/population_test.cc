#include "benchmarks/relay_load/population.h"

#include <set>

#include <gtest/gtest.h>

#include "benchmarks/relay_load/entity_commands.h"
#include "tests/benchmarks/relay_load/resp_text.h"

namespace keymeter::relay_load {
namespace {

Population PopulationOf(std::size_t keys, std::size_t accounts, std::size_t groups) {
  PopulationOptions options;
  options.keys = keys;
  options.accounts = accounts;
  options.groups = groups;
  return MakePopulation(options);
}

TEST(Population, ALargerOneContainsTheSmaller) {
  const Population small = PopulationOf(5, 3, 4);
  const Population large = PopulationOf(500, 30, 4);
  for (std::size_t i = 0; i < small.keys.size(); ++i) EXPECT_EQ(small.keys[i].id, large.keys[i].id);
  for (std::size_t i = 0; i < small.accounts.size(); ++i)
    EXPECT_EQ(small.accounts[i].id, large.accounts[i].id);
}

TEST(Population, IdsAreDistinct) {
  const Population population = PopulationOf(20'000, 2'000, 100);
  std::set<std::string> ids;
  for (const ApiKey& key : population.keys) ids.insert(key.id);
  for (const Account& account : population.accounts) ids.insert(account.id);
  for (const Group& group : population.groups) ids.insert(group.id);
  EXPECT_EQ(ids.size(), 22'100U);
}

TEST(Population, HasEveryKindOfAccountAndTheNamesThatReadersStumbleOver) {
  const Population population = MakePopulation({});
  std::set<std::string_view> kinds;
  for (const Account& account : population.accounts) kinds.insert(account.kind->key_prefix);
  EXPECT_EQ(kinds.size(), AccountKinds().size());
  std::set<std::string> models;
  for (const Model& model : population.models) models.insert(model.name);
  EXPECT_TRUE(models.contains("deepseek/deepseek-r1:free"));
  EXPECT_EQ(population.keys[3].name, "O'Brien \"prod\", eu 3");
  EXPECT_EQ(population.keys[3].json_name, "O'Brien \\\"prod\\\", eu 3");
}

TEST(Population, AnAccountCanBeAMemberOfTwoGroups) {
  const Population population = MakePopulation({});
  std::multiset<std::size_t> members;
  for (const Group& group : population.groups) members.insert(group.members.begin(), group.members.end());
  EXPECT_EQ(members.count(0), 2U);
}

TEST(Population, MarksEveryPrivateFieldAndNoReadableOne) {
  PopulationOptions options;
  options.secret_mark = "MARK";
  const Population population = MakePopulation(options);
  for (const Account& account : population.accounts) {
    for (const auto& [field, value] : account.fields) {
      const bool is_secret = field.find("Token") != std::string::npos ||
                             field.find("auth") != std::string::npos || field.starts_with("apiKey") ||
                             field == "password" || field == "proxy";
      const bool is_readable = field == "name" || field == "status";
      EXPECT_TRUE(!is_secret || value.starts_with("MARK-")) << account.kind->key_prefix << " " << field;
      EXPECT_TRUE(!is_readable || value.find("MARK") == std::string::npos) << field;
    }
  }
  const Fields& key = population.keys[0].fields;
  EXPECT_EQ(key[FieldIndex(key, "apiKey")].second, "MARK-apiKey");
  EXPECT_EQ(key[FieldIndex(key, "name")].second, population.keys[0].name);
}

TEST(Population, EntitiesAreWrittenAsTheRelayKeepsThem) {
  const Population population = PopulationOf(2, 10, 1);
  RespWriter writer(Counting::kIncrement);
  AppendEntities(writer, population);
  std::set<std::string> keys;
  for (const testing::RedisCommand& command : CommandsIn(writer.Bytes())) {
    if (command[0] == "hset" || command[0] == "hmset" || command[0] == "set") {
      keys.insert(command[0] + " " + command[1].substr(0, command[1].rfind(':')));
    }
  }
  EXPECT_EQ(keys, (std::set<std::string>{
                      "hmset account_group", "hset apikey", "hset azure_openai:account", "hset ccr_account",
                      "hset claude:account", "hset claude_console_account", "hset droid:account",
                      "hset gemini_account", "hset gemini_api_account", "hset openai:account",
                      "hset openai_responses_account", "set bedrock_account"}));
}

}  // namespace
}  // namespace keymeter::relay_load
