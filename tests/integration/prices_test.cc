// What accounts cost, from a relay's counters to SQL and HTTP; prices that change while the program runs.

#include <csignal>
#include <map>

#include <gtest/gtest.h>

#include "tests/integration/metering.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/relay_trace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

struct UsdForAMillion {
  double input, output, cache_create, cache_create_1h, cache_read;
};

/// The published prices of the trace's models. `unknown` has none: what the relay writes when it knows no
/// model.
const std::map<std::string, UsdForAMillion>& TraceModels() {
  static const std::map<std::string, UsdForAMillion> models = {
      {"claude-sonnet-4-20250514", {3, 15, 3.75, 6, 0.3}},
      {"claude-opus-4-20250514", {15, 75, 18.75, 30, 1.5}},
      {"claude-3-5-haiku-20241022", {0.8, 4, 1, 1.6, 0.08}},
      {"gpt-5", {1.25, 10, 1.25, 1.25, 0.125}},
      {"gemini-2.5-pro", {1.25, 10, 1.25, 1.25, 0.125}},
      {"deepseek/deepseek-r1:free", {0, 0, 0, 0, 0}}};
  return models;
}

double Usd(const Amounts& used, const UsdForAMillion& price) {
  const auto tokens = [&](Metric metric) { return static_cast<double>(used[metric]); };
  const double for_an_hour = tokens(Metric::kEphemeral1hTokens);
  return (tokens(Metric::kInputTokens) * price.input + tokens(Metric::kOutputTokens) * price.output +
          (tokens(Metric::kCacheCreateTokens) - for_an_hour) * price.cache_create +
          for_an_hour * price.cache_create_1h + tokens(Metric::kCacheReadTokens) * price.cache_read) /
         1e6;
}

TEST(Prices, OfTheRecordedTraceAreThePublishedOnes) {
  const TempDir directory;
  const std::string db = directory.File("keymeter.db");
  RedisServer redis;
  ManualClock clock((kTraceHour + 30 * kMinuteSeconds) * 1000);
  Metering metering(redis, db, clock);
  metering.AwaitBaseline();
  RedisClient client = redis.Connect();
  ASSERT_EQ(client.Pipe(RelayTrace::Load().Resp()).errors, 0);
  clock.AdvanceMs(2000);
  const UsageSums expected = RelayExpectation::Load().usage;
  ASSERT_EQ(metering.AwaitSums(Level::kDay, expected), "");

  const DatabaseRows rows(db);
  std::map<std::pair<std::string, std::string>, double> costs;
  for (const Row& row : rows.Query("SELECT account, model, cost_usd FROM account_cost_day WHERE priced"))
    costs[{row.at("account"), row.at("model")}] += std::stod(row.at("cost_usd"));
  double total = 0;
  int of_accounts = 0;
  for (const auto& [series, used] : expected) {
    if (series.kind != "account" || series.model == "unknown") continue;
    const double usd = Usd(used, TraceModels().at(series.model));
    EXPECT_NEAR((costs.at({series.entity, series.model})), usd, 1e-9) << series.entity << " " << series.model;
    total += usd;
    ++of_accounts;
  }
  EXPECT_GT(of_accounts, 0);
  EXPECT_GT(total, 1);
  for (const char* level : {"minute", "hour", "day", "month"})
    EXPECT_NEAR(std::stod(rows.Value(fmt::format("SELECT sum(cost_usd) FROM account_usage_{}", level))),
                total, 1e-6)
        << level;
  EXPECT_EQ(rows.Value("SELECT group_concat(model) FROM unpriced_models"), "unknown");
  EXPECT_TRUE(WaitFor([&] { return metering.metrics().unpriced_models == 1; }));
}

/// The binary with a price list that the test changes.
class PriceFile : public ::testing::Test {
 protected:
  void WriteList(const std::string& models) { WriteFile(path_, models); }
  /// What a token of input of gpt-5 costs from today on, in USD for a million.
  [[nodiscard]] std::string InputUsd() const {
    return DatabaseRows(db_).Value(
        "SELECT input_usd FROM prices WHERE model = 'gpt-5' AND valid_until IS NULL");
  }

  TempDir directory_;
  RedisServer redis_;
  std::string db_ = directory_.File("keymeter.db");
  std::string path_ = directory_.File("prices.json");
};

TEST_F(PriceFile, IsReadAgainOnSighup) {
  WriteList(R"({"gpt-5": {"input_cost_per_token": 2e-06}})");
  Program program("run",
                  {"--redis", redis_.url(), "--db", db_, "--flush-interval", "200ms", "--prices", path_});
  program.AwaitLine("msg=\"baseline read\"");
  ASSERT_TRUE(WaitFor([&] { return InputUsd() == "2.0"; }));
  RunRelayLoad(redis_, {"--rps", "0", "--requests", "80"});
  const auto value = [&](const std::string& sql) { return DatabaseRows(db_).Value(sql); };
  ASSERT_TRUE(WaitFor([&] { return value("SELECT sum(requests) FROM account_usage_day") == "80"; }));
  ASSERT_NE(value("SELECT group_concat(model) FROM unpriced_models"), "");
  const std::string metric = "keymeter_unpriced_models " + value("SELECT count(*) FROM unpriced_models");
  EXPECT_TRUE(
      WaitFor([&] { return HttpGet(program.Probe("/metrics")).body.find(metric) != std::string::npos; }));

  std::string all = R"({"gpt-5": {"input_cost_per_token": 4e-06})";
  for (const Row& row : DatabaseRows(db_).Query("SELECT model FROM unpriced_models"))
    all += fmt::format(R"(, "{}": {{"input_cost_per_token": 1e-06}})", row.at("model"));
  WriteList(all + "}");
  program.process().Signal(SIGHUP);
  EXPECT_TRUE(WaitFor([&] { return InputUsd() == "4.0"; }));
  EXPECT_EQ(value("SELECT count(*) FROM unpriced_models"), "0");
  EXPECT_TRUE(WaitFor([&] {
    return HttpGet(program.Probe("/metrics")).body.find("keymeter_unpriced_models 0") != std::string::npos;
  }));

  const auto account = value("SELECT account FROM account_usage_day WHERE cost_usd > 0 LIMIT 1");
  const auto cost = HttpGet(program.Api("/api/accounts/" + account + "/cost?startDate=" +
                                        value("SELECT min(date) FROM account_usage_day")))
                        .Json();
  EXPECT_NEAR(
      cost.at("total").get<double>(),
      std::stod(value("SELECT sum(cost_usd) FROM account_cost_day WHERE account = '" + account + "'")), 1e-4);
}

TEST_F(PriceFile, ThatIsNoListAtTheFirstStartIsAUsageError) {
  WriteList(R"({"gpt-5": {"input_cost_per_token": )");
  Program program("process", {"--redis", redis_.url(), "--db", db_, "--prices", path_});
  EXPECT_EQ(program.process().Wait(), 2);
  const std::string output = program.process().StandardError();
  for (const std::string& part : {path_, std::string("--prices"), std::string("is not JSON")})
    EXPECT_NE(output.find(part), std::string::npos) << output;
}

TEST_F(PriceFile, WithUnusableEntriesIsTakenWithoutThem) {
  WriteList(R"({"gpt-5": {"input_cost_per_token": 2e-06}, "m1": {"input_cost_per_token": 1.35},
                "m2": {"input_cost_per_token": true}, "m3": 7})");
  Program program("process",
                  {"--redis", redis_.url(), "--db", db_, "--flush-interval", "200ms", "--prices", path_});
  for (const char* model : {"m1", "m2", "m3"})
    program.AwaitLine(fmt::format("msg=\"price not usable\" model={}", model));
  EXPECT_TRUE(
      WaitFor([&] { return !ReadFile(db_).empty() && program.process().WaitForLine("prices written"); }));
  EXPECT_EQ(InputUsd(), "2.0");
  EXPECT_EQ(DatabaseRows(db_).Value("SELECT group_concat(entry) FROM price_faults"), "m1,m2,m3");
}

TEST_F(PriceFile, ThatIsBadAtALaterStartLeavesTheOldPricesAndMeters) {
  WriteList(R"({"gpt-5": {"input_cost_per_token": 2e-06}})");
  const std::vector<std::string> arguments = {"--redis",          redis_.url(), "--db",     db_,
                                              "--flush-interval", "200ms",      "--prices", path_};
  {
    Program first("process", arguments);
    first.AwaitLine("prices written");
    first.process().Signal(SIGTERM);
    ASSERT_EQ(first.process().Wait(), 0);
  }
  WriteList("{\"gpt-5\": ");
  Program again("process", arguments);
  again.AwaitLine("msg=\"prices not read\"");
  again.AwaitLine("msg=\"baseline read\"");
  EXPECT_EQ(InputUsd(), "2.0");
}

TEST_F(PriceFile, ThatIsBadLaterLeavesTheOldPrices) {
  WriteList(R"({"gpt-5": {"input_cost_per_token": 2e-06}})");
  Program program("process",
                  {"--redis", redis_.url(), "--db", db_, "--flush-interval", "200ms", "--prices", path_});
  ASSERT_TRUE(
      WaitFor([&] { return !ReadFile(db_).empty() && program.process().WaitForLine("prices written"); }));
  WriteList("{\"gpt-5\": ");
  program.process().Signal(SIGHUP);
  program.AwaitLine("msg=\"prices not read\"");
  EXPECT_EQ(InputUsd(), "2.0");
  WriteList(R"({"gpt-5": {"input_cost_per_token": 3e-06}})");
  program.process().Signal(SIGHUP);
  EXPECT_TRUE(WaitFor([&] { return InputUsd() == "3.0"; }));
}

}  // namespace
}  // namespace keymeter::testing
