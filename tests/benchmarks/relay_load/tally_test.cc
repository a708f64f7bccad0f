#include "benchmarks/relay_load/tally.h"

#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "benchmarks/relay_load/relay_commands.h"
#include "tests/benchmarks/relay_load/resp_text.h"
#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kWestOffset = -3 * 3600LL;

/// Two hours of requests, with what was tallied and what the commands amount to.
struct WrittenTraffic {
  Population population = MakePopulation({});
  Tally tally;
  CounterValues counters;

  WrittenTraffic() {
    Traffic traffic(population, 1.0, 3);
    RespWriter writer(Counting::kIncrement);
    for (int i = 0; i < 300; ++i) {
      const Request request = traffic.Next(1'795'175'000'123 + i * 24'000LL);
      AppendRequest(writer, request, kWestOffset, "");
      tally.Add(request);
    }
    counters = CountersAfter(CommandsIn(writer.Bytes()));
  }

  [[nodiscard]] std::int64_t Counter(const std::string& key, const std::string& field) const {
    const auto found = counters.find({key, field});
    return found == counters.end() ? 0 : found->second;
  }

  void ExpectAmounts(const std::string& key, const Tally::Amounts& amounts) const {
    EXPECT_EQ(Counter(key, "requests"), amounts.requests) << key;
    EXPECT_EQ(Counter(key, "inputTokens"), amounts.tokens.input) << key;
    EXPECT_EQ(Counter(key, "outputTokens"), amounts.tokens.output) << key;
    EXPECT_EQ(Counter(key, "cacheCreateTokens"), amounts.tokens.cache_create) << key;
    EXPECT_EQ(Counter(key, "cacheReadTokens"), amounts.tokens.cache_read) << key;
    EXPECT_EQ(Counter(key, "ephemeral5mTokens"), amounts.tokens.ephemeral_5m) << key;
    EXPECT_EQ(Counter(key, "ephemeral1hTokens"), amounts.tokens.ephemeral_1h) << key;
    EXPECT_EQ(Counter(key, "ratedCostMicro"), amounts.cost_micros) << key;
    EXPECT_EQ(Counter(key, "realCostMicro"), amounts.real_cost_micros) << key;
  }

  /// How many hashes begin and go on so.
  [[nodiscard]] std::size_t HourHashes(std::string_view begin, std::string_view inside) const {
    std::map<std::string, int> keys;
    for (const auto& [name, value] : counters) {
      if (name.first.starts_with(begin) && name.first.find(inside) != std::string::npos) keys[name.first] = 1;
    }
    return keys.size();
  }
};

TEST(Tally, EqualsTheSumsOfTheIncrementsOfApiKeys) {
  const WrittenTraffic written;
  for (const auto& [series, amounts] : written.tally.ApiKeys()) {
    const std::string hour = PeriodsAt(series.hour_start * 1000, kWestOffset).hour;
    written.ExpectAmounts(fmt::format("usage:{}:model:hourly:{}:{}", series.id, series.model, hour), amounts);
  }
  EXPECT_EQ(written.HourHashes("usage:", ":model:hourly:") - written.HourHashes("usage:model:hourly:", ""),
            written.tally.ApiKeys().size());
}

TEST(Tally, EqualsTheSumsOfTheIncrementsOfAccounts) {
  const WrittenTraffic written;
  for (const auto& [series, amounts] : written.tally.Accounts()) {
    const std::string hour = PeriodsAt(series.hour_start * 1000, kWestOffset).hour;
    written.ExpectAmounts(fmt::format("account_usage:model:hourly:{}:{}:{}", series.id, series.model, hour),
                          amounts);
  }
  EXPECT_EQ(written.HourHashes("account_usage:model:hourly:", ""), written.tally.Accounts().size());
}

TEST(Tally, TellsRatedFromRealCost) {
  const WrittenTraffic written;
  std::int64_t rated = 0;
  std::int64_t real = 0;
  for (const auto& [series, amounts] : written.tally.ApiKeys()) {
    rated += amounts.cost_micros;
    real += amounts.real_cost_micros;
  }
  EXPECT_GT(rated, real);
}

TEST(Tally, ReportsAccountsWithoutCost) {
  const nlohmann::ordered_json report = ToJson(WrittenTraffic().tally);
  EXPECT_TRUE(report.at("api_key").at(0).contains("cost_micros"));
  EXPECT_FALSE(report.at("account").at(0).contains("cost_micros"));
}

}  // namespace
}  // namespace keymeter::relay_load
