#include "benchmarks/relay_load/age.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "benchmarks/relay_load/relay_commands.h"
#include "tests/benchmarks/relay_load/resp_text.h"
#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

using testing::RedisCommand;

/// One request of a Claude model, at a console account, by the releases' own rules.
class Release {
 public:
  explicit Release(const std::string& version) {
    PopulationOptions one;
    one.keys = one.accounts = 1;
    one.groups = 0;
    const Population population = MakePopulation(one);
    Request request;
    request.key = &population.keys[0];
    request.account = &population.accounts[0];
    request.model = &population.models[4];
    request.at_ms = ParseTime("2026-11-30T10:41:00+08:00").value();
    request.tokens = {10, 20, 30, 40, 12, 18};
    request.real_cost = request.rated_cost = CostOf(request.tokens, request.model->prices);
    RespWriter writer(Counting::kIncrement);
    AppendRequest(writer, request, 8 * 3600LL, "", Age::Parse(version).value());
    commands_ = CommandsIn(writer.Bytes());
    Shorten(population.keys[0].id, "K");
    Shorten(population.accounts[0].id, "A");
  }

  /// Fields that are counted in the hash, in their order: "requests inputTokens …".
  [[nodiscard]] std::string Fields(const std::string& key) const {
    std::string fields;
    for (const RedisCommand& command : commands_)
      if (command[0] == "hincrby" && command[1] == key) fields += (fields.empty() ? "" : " ") + command[2];
    return fields;
  }
  [[nodiscard]] std::string Ttl(const std::string& key) const {
    for (const RedisCommand& command : commands_)
      if (command[0] == "expire" && command[1] == key) return command[2];
    return "none";
  }
  [[nodiscard]] bool Writes(const std::string& prefix) const {
    for (const RedisCommand& command : commands_)
      if (command.size() > 1 && command[1].starts_with(prefix)) return true;
    return false;
  }

 private:
  void Shorten(const std::string& id, const std::string& letter) {
    for (RedisCommand& command : commands_)
      for (std::string& arg : command)
        for (std::size_t at = arg.find(id); at != std::string::npos; at = arg.find(id))
          arg.replace(at, id.size(), letter);
  }

  std::vector<RedisCommand> commands_;
};

// As seen when the releases ran their own code.
constexpr const char* kPlain =
    "inputTokens outputTokens cacheCreateTokens cacheReadTokens allTokens requests";
const std::string kSplit = std::string(kPlain) + " ephemeral5mTokens ephemeral1hTokens";
const std::string kMoney = " realCostMicro ratedCostMicro";
const std::string kOldHour = "usage:K:model:hourly:us.anthropic.claude-3-5-haiku-20241022-v1:0:2026-11-30:10";
const std::string kHour = "usage:K:model:hourly:claude-3-5-haiku-20241022:2026-11-30:10";
const std::string kDay = "usage:K:model:daily:claude-3-5-haiku-20241022:2026-11-30";
const std::string kAccountHour = "account_usage:model:hourly:A:claude-3-5-haiku-20241022:2026-11-30:10";

TEST(Age, ReadsReleases) {
  EXPECT_EQ(Age::Parse("1.1.262").value().Text(), "1.1.262");
  EXPECT_EQ(Age::Parse("v1.1.10").value().Text(), "1.1.10");
  EXPECT_TRUE(Age::Parse("1.1.262").value().IsOlderThan(Age()));
  for (const char* text : {"", "1.1", "1.1.", "1.1.5", "1.1.999", "1.2.3", "1.1.26x", "x1.1.26"})
    EXPECT_FALSE(Age::Parse(text)) << text;
}

TEST(Age, OfTheFirstYearCountsKeysByModelAsTheClientNamedIt) {
  const Release old("1.1.10");
  EXPECT_EQ(old.Fields(kOldHour), kPlain);
  EXPECT_EQ(old.Ttl(kOldHour), "604800");
  EXPECT_FALSE(old.Writes("account_usage:"));
  EXPECT_FALSE(old.Writes("usage:cost:"));
  EXPECT_FALSE(old.Writes("system:metrics:"));
  EXPECT_TRUE(Release("1.1.62").Writes("account_usage:model:hourly:A:us.anthropic."));
}

TEST(Age, Before263KeepsNoIndexSetsAndMoneyInStringsOnly) {
  for (const char* version : {"1.1.62", "1.1.180", "1.1.262"}) {
    const Release old(version);
    EXPECT_FALSE(old.Writes("usage:keymodel:")) << version;
    EXPECT_FALSE(old.Writes("account_usage:model:hourly:index:")) << version;
    EXPECT_FALSE(old.Writes("usage:global:")) << version;
    EXPECT_FALSE(old.Writes("usage:K:model:alltime:")) << version;
    EXPECT_FALSE(old.Writes("usage:cost:real:")) << version;
    EXPECT_TRUE(old.Writes("usage:cost:hourly:K:2026-11-30:10")) << version;
  }
  EXPECT_TRUE(Release("1.1.180").Writes("usage:opus:weekly:K:2026-W49"));
  EXPECT_TRUE(Release("1.1.262").Writes("usage:claude:weekly:K:2026-W49"));
}

TEST(Age, From112To279SplitsCacheWritesInDaysOfKeysOnly) {
  for (const char* version : {"1.1.180", "1.1.262", "1.1.264"}) {
    const Release release(version);
    const std::string money = version == std::string("1.1.264") ? kMoney : "";
    EXPECT_EQ(release.Fields(kDay), kSplit + money) << version;
    EXPECT_EQ(release.Fields(kHour), kPlain + money) << version;
    EXPECT_EQ(release.Fields(kAccountHour),
              "inputTokens outputTokens cacheCreateTokens cacheReadTokens allTokens requests")
        << version;
  }
}

TEST(Age, TheNewestSplitsThemEverywhere) {
  const Release newest("1.1.314");
  EXPECT_EQ(newest.Fields(kHour), kSplit + kMoney);
  EXPECT_EQ(newest.Fields(kDay), kSplit + kMoney);
  EXPECT_NE(newest.Fields(kAccountHour).find("ephemeral5mTokens"), std::string::npos);
  EXPECT_TRUE(newest.Writes("usage:keymodel:hourly:index:2026-11-30:10"));
  EXPECT_TRUE(newest.Writes("usage:opus:weekly:K:2026-11-30T00"));
}

}  // namespace
}  // namespace keymeter::relay_load
