// What accounts cost, by the views: against figures that are computed by hand.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"
#include "tests/support/view_rows.h"

namespace keymeter {

namespace {

using testing::Row;

constexpr std::int64_t kEast8 = 8 * kHourSeconds;

/// The start of a day of a source at +08:00.
std::int64_t Day(const std::string& date) {
  return ParseDate(date).value() - kEast8;
}

struct Tokens {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cache_create = 0;
  std::int64_t cache_read = 0;
  std::int64_t ephemeral_1h = 0;
};

/// Account "a" and what it used of models; series 1 is model "m", 2 "other", 3 the model that is not known.
/// Today is no part of it: rows are of November 2026, the views of one moment are tested elsewhere.
class PriceViews : public ::testing::Test {
 protected:
  PriceViews() {
    EXPECT_TRUE(Migrate(writer_));
    Run(testing::kViewRowTriggers);
    Run(fmt::format("UPDATE source_state SET utc_offset_s = {}, rolled_until = {}", kEast8,
                    Day("2027-06-01")));
    Run("INSERT INTO series VALUES (1, 'account', 'a', 'm'), (2, 'account', 'a', 'other'), (3, 'account', "
        "'a', ''), "
        "(4, 'api_key', 'k', 'm')");
    Run("INSERT INTO account (id, name, platform) VALUES ('a', 'Account', 'claude')");
  }

  void Run(const std::string& sql) {
    const Status run = writer_.Execute(sql);
    ASSERT_TRUE(run) << sql << ": " << run.error().message;
  }
  void Put(const std::string& table, std::int64_t bucket, const Tokens& t, int series = 1) {
    Run(fmt::format("INSERT OR REPLACE INTO usage_{} VALUES ({}, {}, 1, {}, {}, {}, {}, 0, {}, 0, 0)", table,
                    bucket, series, t.input, t.output, t.cache_create, t.cache_read, t.ephemeral_1h));
  }
  /// A day of a closed month, and in the row of that month.
  void PutDay(const std::string& date, const Tokens& t, int series = 1) {
    Put("day", Day(date), t, series);
    Run(fmt::format(
        "INSERT INTO usage_month VALUES ({}, {}, 1, {}, {}, {}, {}, 0, {}, 0, 0) ON CONFLICT DO UPDATE "
        "SET requests = requests + 1, input_tokens = input_tokens + excluded.input_tokens, "
        "output_tokens = output_tokens + excluded.output_tokens, cache_create_tokens = "
        "cache_create_tokens + excluded.cache_create_tokens, cache_read_tokens = cache_read_tokens + "
        "excluded.cache_read_tokens, ephemeral_1h_tokens = ephemeral_1h_tokens + "
        "excluded.ephemeral_1h_tokens",
        BucketOf(Level::kMonth, Day(date), kEast8), series, t.input, t.output, t.cache_create, t.cache_read,
        t.ephemeral_1h));
  }
  /// input, output, cache create, for an hour, cache read: USD for a token, since the day; "" is from the
  /// beginning.
  void Price(const std::string& since, const std::string& prices, const std::string& model = "m") {
    const std::int64_t from = since.empty() ? 0 : Day(since);
    Run(fmt::format("UPDATE price SET valid_until = {} WHERE model = '{}' AND valid_until > {}", from, model,
                    from));
    Run(fmt::format(
        "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
        "VALUES ('{}', {}, {})",
        model, from, prices));
  }
  [[nodiscard]] double Number(const std::string& sql) const {
    const std::string text = rows_.Value(sql);
    return text.empty() ? -1 : std::stod(text);
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  Database writer_ = Database::Open(path_, Database::Mode::kReadWrite).value();
  testing::DatabaseRows rows_{path_};
};

TEST_F(PriceViews, PriceEachKindOfTokens) {
  Price("", "1, 10, 100, 1000, 10000");
  const struct {
    Tokens tokens;
    double input, output, cache_create, cache_read;
  } cases[] = {
      {{.input = 3}, 3, 0, 0, 0},
      {{.output = 3}, 0, 30, 0, 0},
      {{.cache_create = 3}, 0, 0, 300, 0},
      {{.cache_read = 3}, 0, 0, 0, 30'000},
      {{.cache_create = 5, .ephemeral_1h = 2}, 0, 0, 3 * 100 + 2 * 1000, 0},
      {{.cache_create = 2, .ephemeral_1h = 2}, 0, 0, 2 * 1000, 0},
      {{1, 2, 3, 4, 1}, 1, 20, 2 * 100 + 1000, 40'000},
      {{}, 0, 0, 0, 0},
  };
  int day = 0;
  for (const auto& c : cases) {
    const std::int64_t bucket = Day("2026-11-01") + kDaySeconds * day++;
    Put("day", bucket, c.tokens);
    Put("hour", bucket, c.tokens);
    Put("minute", bucket, c.tokens);
    const auto rows = rows_.Query(fmt::format("SELECT * FROM account_cost_day WHERE bucket = {}", bucket));
    ASSERT_EQ(rows.size(), 1U);
    const auto is = [&](const char* column) { return std::stod(rows[0].at(column)); };
    EXPECT_DOUBLE_EQ(is("input_cost_usd"), c.input);
    EXPECT_DOUBLE_EQ(is("output_cost_usd"), c.output);
    EXPECT_DOUBLE_EQ(is("cache_create_cost_usd"), c.cache_create);
    EXPECT_DOUBLE_EQ(is("cache_read_cost_usd"), c.cache_read);
    EXPECT_DOUBLE_EQ(is("cost_usd"), c.input + c.output + c.cache_create + c.cache_read);
    for (const char* level : {"minute", "hour", "day"})
      EXPECT_DOUBLE_EQ(
          Number(fmt::format("SELECT cost_usd FROM account_usage_{} WHERE bucket = {}", level, bucket)),
          is("cost_usd"))
          << level;
  }
}

// The relay's fields of one request may contradict each other.
TEST_F(PriceViews, NeverGoBelowZeroWhateverTheRelayCounted) {
  Price("", "1, 1, 18, 6, 1");  // an hour for less than five minutes: there are such lists
  Put("day", Day("2026-11-20"), {.cache_create = 1, .ephemeral_1h = 100});
  Put("month", Day("2026-11-01"), {.cache_create = 1, .ephemeral_1h = 100});
  Put("hour", Day("2026-11-20"), {.cache_create = 1, .ephemeral_1h = 100});
  Put("minute", Day("2026-11-20"), {.cache_create = 1, .ephemeral_1h = 100});
  for (const char* view : {"account_usage_minute", "account_usage_hour", "account_usage_day",
                           "account_usage_month", "account_cost_day"})
    EXPECT_EQ(Number(fmt::format("SELECT cost_usd FROM {}", view)), 0) << view;
  EXPECT_EQ(Number("SELECT total_cost_usd FROM accounts"), 0);
}

TEST_F(PriceViews, PriceADayByWhatWasValidThen) {
  Price("", "1, 0, 0, 0, 0");
  Price("2026-11-10", "2, 0, 0, 0, 0");
  Price("2026-11-20", "5, 0, 0, 0, 0");
  for (const char* date : {"2026-11-09", "2026-11-10", "2026-11-19", "2026-11-20", "2026-12-31"})
    PutDay(date, {.input = 100});
  std::string costs;
  for (const Row& row : rows_.Query("SELECT date, cost_usd FROM account_cost_day ORDER BY date"))
    costs += fmt::format("{}={:.0f} ", row.at("date"), std::stod(row.at("cost_usd")));
  EXPECT_EQ(costs, "2026-11-09=100 2026-11-10=200 2026-11-19=200 2026-11-20=500 2026-12-31=500 ");
}

TEST_F(PriceViews, MakeAMonthTheSumOfItsDaysWhenPricesChangeInIt) {
  Price("", "1, 2, 3, 4, 5");
  Price("2026-11-10", "10, 20, 30, 40, 50");
  Price("2026-11-20", "7, 0, 0, 0, 0");
  Price("2026-12-01", "9, 9, 9, 9, 9");
  Price("", "1, 1, 1, 1, 1", "other");
  const Tokens tokens{1, 2, 3, 4, 1};
  for (int series : {1, 2})
    for (const char* date :
         {"2026-10-31", "2026-11-01", "2026-11-09", "2026-11-10", "2026-11-30", "2026-12-01"})
      PutDay(date, tokens, series);
  // For each day: 1 + 2*2 + 2*3 + 1*4 + 4*5 = 35 in the first prices, 350 in the second, 7 in the third.
  const std::pair<const char*, double> months[] = {
      {"2026-10", 35}, {"2026-11", 35 + 35 + 350 + 7}, {"2026-12", 90}};
  for (const auto& [month, cost] : months) {
    const std::string by_month = fmt::format("account_usage_month WHERE model = 'm' AND month = '{}'", month);
    EXPECT_DOUBLE_EQ(Number("SELECT cost_usd FROM " + by_month), cost) << month;
    EXPECT_DOUBLE_EQ(Number(fmt::format("SELECT sum(cost_usd) FROM account_usage_day WHERE model = 'm' AND "
                                        "substr(date, 1, 7) = '{}'",
                                        month)),
                     cost)
        << month;
  }
  EXPECT_DOUBLE_EQ(Number("SELECT sum(cost_usd) FROM account_usage_month WHERE model = 'other'"), 60);
  EXPECT_DOUBLE_EQ(Number("SELECT total_cost_usd FROM accounts"), 35 + 427 + 90 + 60);
  EXPECT_EQ(Number("SELECT sum(requests) FROM account_usage_month"), 12);
}

TEST_F(PriceViews, PriceMinutesThatAreNotRolledUpByTheirOwnDay) {
  Price("", "1, 0, 0, 0, 0");
  Price("2026-11-10", "10, 0, 0, 0, 0");
  PutDay("2026-11-09", {.input = 1});
  PutDay("2026-11-10", {.input = 1});
  const std::int64_t until = Day("2026-11-10") + kHourSeconds;
  Run(fmt::format("UPDATE source_state SET rolled_until = {}", until));
  Put("minute", until - 60, {.input = 1000});  // inside the day already
  Put("minute", until, {.input = 3});
  Put("minute", Day("2026-11-11"), {.input = 5});
  EXPECT_DOUBLE_EQ(Number("SELECT cost_usd FROM account_usage_month"), 1 + 10 + 30 + 50);
  EXPECT_DOUBLE_EQ(Number("SELECT sum(cost_usd) FROM account_usage_day"), 1 + 10 + 30 + 50);
  EXPECT_DOUBLE_EQ(Number("SELECT total_cost_usd FROM accounts"), 1 + 10 + 30 + 50);
}

TEST_F(PriceViews, PriceWhatIsKnownToTheMonthOnlyByItsFirstDay) {
  Price("", "1, 0, 0, 0, 0");
  Price("2026-11-10", "10, 0, 0, 0, 0");
  PutDay("2026-11-20", {.input = 1});
  Run("UPDATE usage_month SET input_tokens = input_tokens + 100");
  EXPECT_DOUBLE_EQ(Number("SELECT cost_usd FROM account_usage_month"), 100 + 10);
}

TEST_F(PriceViews, SayThatACostIsALowerBoundWhenARequestMayHaveBeenLong) {
  Price("", "1, 1, 1, 1, 1");
  Price("", "1, 1, 1, 1, 1", "other");
  Run("UPDATE price SET long_above = 200000, long_input = 2 WHERE model = 'm'");
  const std::pair<Tokens, const char*> cases[] = {
      {{.input = 200'000, .output = 5}, "0"},
      {{.input = 200'001}, "1"},
      {{.input = 1, .cache_create = 100'000, .cache_read = 100'000}, "1"}};
  std::int64_t day = Day("2026-11-01");
  for (const auto& [tokens, is_lower_bound] : cases) {
    Put("day", day, tokens);
    Put("day", day, tokens, 2);
    const auto rows = rows_.Query(
        fmt::format("SELECT is_lower_bound FROM account_cost_day WHERE bucket = {} ORDER BY model", day));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].at("is_lower_bound"), is_lower_bound);
    EXPECT_EQ(rows[1].at("is_lower_bound"), "0");
    day += kDaySeconds;
  }
}

TEST_F(PriceViews, ListModelsWithoutAPriceAndWhatTheyUsed) {
  Price("", "1, 1, 1, 1, 1");
  PutDay("2026-10-05", {1, 2, 3, 4, 0}, 2);
  PutDay("2026-11-17", {1, 2, 3, 4, 0}, 2);
  PutDay("2026-11-20", {.input = 1});
  PutDay("2026-11-20", {.input = 1}, 3);
  const Row expected = {{"model", "other"},
                        {"accounts", "1"},
                        {"requests", "2"},
                        {"total_tokens", "20"},
                        {"last_used_on", "2026-11-17"},
                        {"last_used", "2026-11-17"}};
  EXPECT_EQ(rows_.Query("SELECT * FROM unpriced_models"), std::vector<Row>{expected});
  EXPECT_EQ(rows_.Value("SELECT count(*) FROM account_cost_day WHERE model <> 'm' AND cost_usd IS NOT NULL"),
            "0");
  EXPECT_EQ(rows_.Value("SELECT group_concat(model || '=' || priced) FROM (SELECT * FROM models WHERE model "
                        "IS NOT NULL ORDER BY model)"),
            "m=1,other=0");
  EXPECT_EQ(rows_.Value("SELECT group_concat(DISTINCT coalesce(model, '') || '=' || priced) FROM "
                        "account_cost_day WHERE model IS NULL"),
            "=0");
  const std::int64_t open = Day("2026-11-18") + 3600;
  Run(fmt::format("UPDATE source_state SET rolled_until = {}", open));
  Put("minute", open, {.input = 7}, 2);
  EXPECT_EQ(rows_.Query("SELECT requests, total_tokens, last_used FROM unpriced_models"),
            (std::vector<Row>{{{"requests", "3"}, {"total_tokens", "27"}, {"last_used", "2026-11-18"}}}));
  Price("", "0, 0, 0, 0, 0", "other");
  EXPECT_EQ(rows_.Query("SELECT * FROM unpriced_models").size(), 0U);
}

TEST_F(PriceViews, SayThatACostIsUnknownWhereAModelHasNoPrice) {
  Price("", "1, 1, 1, 1, 1");
  const auto put_everywhere = [&](int series) {
    for (const char* table : {"minute", "hour", "day"}) Put(table, Day("2026-11-20"), {.input = 7}, series);
    Put("month", Day("2026-11-01"), {.input = 7}, series);
  };
  put_everywhere(2);
  const auto unknown = [&](const std::string& view) {
    return rows_.Value("SELECT group_concat(cost_usd IS NULL) FROM " + view + " WHERE model = 'other'");
  };
  for (const char* view : {"account_usage_minute", "account_usage_hour", "account_usage_day",
                           "account_usage_month", "account_cost_day"})
    EXPECT_EQ(unknown(view), "1") << view;
  const std::string total = "SELECT total_cost_usd || '' FROM accounts";
  EXPECT_EQ(rows_.Value(total), "") << "NULL";
  EXPECT_EQ(rows_.Value("SELECT total_unpriced_requests FROM accounts"), "1");
  EXPECT_EQ(rows_.Value("SELECT today_cost_usd || '' FROM accounts"), "0.0") << "nothing was used today";
  put_everywhere(1);
  EXPECT_EQ(rows_.Value(total), "7.0");
  EXPECT_EQ(rows_.Value("SELECT total_unpriced_requests FROM accounts"), "1")
      << "the sum does not look complete";
}

TEST_F(PriceViews, ComputeTheDailyUsageOfAccountsWhoseRelayStoresNone) {
  Price("", "1, 1, 1, 1, 1");
  const std::int64_t today = std::stoll(rows_.Value("SELECT today FROM source_clock"));
  Put("day", today, {.input = 7});
  const auto daily_usage = [&](const std::string& platform) {
    Run(fmt::format("UPDATE account SET platform = '{}', daily_usage = 2.5", platform));
    return rows_.Value("SELECT daily_usage FROM accounts");
  };
  EXPECT_EQ(daily_usage("claude-console"), "7.0");
  EXPECT_EQ(daily_usage("ccr"), "7.0");
  EXPECT_EQ(daily_usage("openai-responses"), "2.5") << "as the relay stores it";
}

TEST_F(PriceViews, ShowNoNoiseOfBinaryFractions) {
  Price("", "2.8e-07, 0.1, 0, 0, 0");
  Put("day", Day("2026-11-20"), {.input = 3, .output = 3});
  EXPECT_EQ(rows_.Value("SELECT input_usd FROM prices"), "0.28");
  EXPECT_EQ(rows_.Value("SELECT output_cost_usd FROM account_cost_day"), "0.3");
  EXPECT_EQ(rows_.Value("SELECT cost_usd FROM account_usage_day"), "0.30000084");
}

TEST_F(PriceViews, ListEntriesThatCannotBeUsed) {
  Run("INSERT INTO price_fault VALUES ('gpt-x', 'input_cost_per_token: is not a number', '/p.json', "
      "1700000000000)");
  EXPECT_EQ(rows_.Value("SELECT entry || ' ' || reason || ' ' || time FROM price_faults"),
            "gpt-x input_cost_per_token: is not a number 2023-11-14T22:13:20Z");
}

TEST_F(PriceViews, ShowPricesForAMillionTokensAndHowLongTheyHold) {
  Price("", "0.000003, 0.000015, 0.00000375, 0.000006, 0.0000003");
  Run("UPDATE price SET listed_as = 'anthropic/m', source = '/p.json', long_above = 200000, long_input = "
      "0.000006, long_output = "
      "0.0000225");
  Price("2026-11-10", "0.000001, 0, 0, 0, 0");
  const auto rows = rows_.Query("SELECT * FROM prices ORDER BY valid_from");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("listed_as"), "anthropic/m");
  EXPECT_EQ(rows[0].at("source"), "/p.json");
  EXPECT_EQ(rows[0].at("valid_until"), std::to_string(Day("2026-11-10")));
  EXPECT_EQ(rows[0].at("input_usd"), "3.0");
  EXPECT_EQ(rows[0].at("cache_create_1h_usd"), "6.0");
  EXPECT_EQ(rows[0].at("long_above"), "200000");
  EXPECT_EQ(rows[0].at("long_output_usd"), "22.5");
  EXPECT_EQ(rows[1].at("valid_until"), "");
  EXPECT_EQ(rows[1].at("long_above"), "");
  EXPECT_EQ(rows[1].at("long_input_usd"), "");
}

}  // namespace

}  // namespace keymeter
