// Whatever the relay still holds of a closed period, our rows are the finest of it that is consistent:
// nothing twice, the rest untimed. Tables are built item by item, and compared with a rule that is plainly
// written down.

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/integration/history/finest_level_fixture.h"
#include "tests/integration/history/relay_tables.h"

namespace keymeter::testing {
namespace {

/// It is 2026-12-04: some of the days lie in a month that is closed. The parameter is the seed.
class FinestLevelOfTables : public FinestLevel, public ::testing::WithParamInterface<unsigned> {
 protected:
  FinestLevelOfTables() {
    clock_.AdvanceMs(14 * kOneDayMs);
    for (int days_ago : {6, 5, 4, 1}) dates_.push_back(Date(days_ago));
    WriteModelDay("other", Date(1), 1);  // so that the profile is decided
  }
  void Write(const RelayItem& item) {
    RedisCommand command = {"HSET",        item.key,
                            "requests",    std::to_string(item.requests),
                            "inputTokens", std::to_string(10 * item.requests)};
    if (item.ephemeral > 0) {
      command.emplace_back("ephemeral5mTokens");
      command.emplace_back(std::to_string(item.ephemeral));
    }
    client_.Must(command);
    if (!item.index.empty()) client_.Must({"SADD", item.index, item.member});
  }
  [[nodiscard]] RelayTables Make(unsigned seed, bool holds_days) const {
    RelayTables tables(seed, holds_days, "2026-11");
    tables.Add("k1", false, dates_);
    tables.Add("k2", false, dates_);
    tables.Add("a1", true, dates_);
    return tables;
  }
  /// "k1 2026-11-28 5 50" of every entity and day, and of the month; empty ones left out.
  [[nodiscard]] static std::string Expected(const RelayTables& tables) {
    std::string text;
    for (const auto& [what, requests] : tables.expected())
      if (requests > 0) text += fmt::format("{} {} {}\n", what, requests, 10 * requests);
    return text;
  }
  [[nodiscard]] std::string Ours() const {
    return Value(
        "SELECT group_concat(line || char(10), '') FROM (SELECT line FROM ("
        " SELECT api_key || ' ' || date || ' ' || sum(requests) || ' ' || sum(input_tokens) AS line"
        " FROM api_key_usage_day WHERE api_key <> 'other' GROUP BY api_key, date"
        " UNION ALL SELECT account || ' ' || date || ' ' || sum(requests) || ' ' || sum(input_tokens)"
        " FROM account_usage_day GROUP BY account, date"
        " UNION ALL SELECT api_key || ' ' || month || ' ' || sum(requests) || ' ' || sum(input_tokens)"
        " FROM api_key_usage_month WHERE month = '2026-11' AND api_key <> 'other' GROUP BY api_key"
        " UNION ALL SELECT account || ' ' || month || ' ' || sum(requests) || ' ' || sum(input_tokens)"
        " FROM account_usage_month WHERE month = '2026-11' GROUP BY account) ORDER BY line)");
  }
  void ExpectConsistent() const {
    EXPECT_EQ(Differences(), "0 0");
    for (const char* kind : {"api_key", "account"})
      EXPECT_EQ(Value(fmt::format("SELECT (SELECT total(requests) FROM {0}_usage_hour) + (SELECT "
                                  "total(requests) FROM {0}_untimed WHERE level = 'day') - (SELECT "
                                  "total(requests) FROM {0}_usage_day)",
                                  kind)),
                "0.0");
  }

  std::vector<std::string> dates_;
};

TEST_P(FinestLevelOfTables, AFirstStartKnowsTheFinestOfEachPeriod) {
  const RelayTables tables = Make(GetParam(), false);
  for (const RelayItem& item : tables.items) Write(item);
  Start();
  const std::string expected = Expected(tables);
  EXPECT_TRUE(WaitFor([&] { return Ours() == expected; })) << expected << "ours:\n" << Ours();
  ExpectConsistent();
}

TEST_P(FinestLevelOfTables, WhatComesLaterIsFoundByAReturnAndAnAuditAndCountsOnce) {
  RelayTables tables = Make(100 + GetParam(), true);
  std::mt19937 random(GetParam());
  std::shuffle(tables.items.begin(), tables.items.end(), random);
  const std::size_t third = tables.items.size() / 3;
  const bool is_away = GetParam() % 2 == 0;
  std::size_t next = 0;
  while (next < third) Write(tables.items[next++]);
  Start();
  if (is_away) Leave();
  while (next < 2 * third) Write(tables.items[next++]);
  if (is_away) Start();
  while (next < tables.items.size()) Write(tables.items[next++]);
  AwaitAudit();
  const std::string expected = Expected(tables);
  EXPECT_TRUE(WaitFor([&] { return Ours() == expected; })) << expected << "ours:\n" << Ours();
  ExpectConsistent();
}

INSTANTIATE_TEST_SUITE_P(Seeds, FinestLevelOfTables, ::testing::Range(0U, 12U));

}  // namespace
}  // namespace keymeter::testing
