// What people do first with the file: browse, one key's history, a join with the calendar. By the plan, which
// is the same for a small file and for a large one (0018_browsing.sql says the sizes).

#include "tests/schema/views_fixture.h"

namespace keymeter {

namespace {

class Browsing : public ViewsTest {
 protected:
  /// The steps of SQLite's plan, one a line.
  [[nodiscard]] std::string PlanOf(const std::string& sql) const {
    std::string plan;
    for (const Row& row : rows_.Query("EXPLAIN QUERY PLAN " + sql)) plan += row.at("detail") + "\n";
    return plan;
  }

  /// No level is copied or sorted, and rows are found by their bucket.
  void ExpectAtOnce(const std::string& sql) const {
    const std::string plan = PlanOf(sql);
    EXPECT_EQ(plan.find("MATERIALIZE _hour"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("MATERIALIZE _day"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE FOR ORDER BY"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("BLOOM"), std::string::npos) << "reads all series first\n" << plan;
    EXPECT_EQ(plan.find("SCAN h"), std::string::npos) << sql << "\n" << plan;
  }

  /// The columns that show a number beyond 53 bits.
  [[nodiscard]] std::string TooLarge() const {
    std::string large;
    for (const Row& column :
         rows_.Query("SELECT view, \"column\" AS name FROM dictionary WHERE type = 'integer'"))
      if (rows_.Value(fmt::format("SELECT coalesce(max(abs(\"{}\")) > 9007199254740991, 0) FROM {}",
                                  column.at("name"), column.at("view"))) != "0")
        large += column.at("view") + "." + column.at("name") + " ";
    return large;
  }

  /// One look-up a bucket and series.
  void ExpectLookUps(const std::string& sql) const {
    const std::string plan = PlanOf(sql);
    EXPECT_NE(plan.find("SEARCH h USING PRIMARY KEY (bucket=? AND series=?)"), std::string::npos)
        << sql << "\n"
        << plan;
  }
};

constexpr const char* kUsageViews[] = {"api_key_usage_hour", "api_key_usage_day", "api_key_usage_month",
                                       "account_usage_hour", "account_usage_day"};

TEST_F(Browsing, BeginsAtOnceAndAtTheNewest) {
  for (const std::string view : kUsageViews) {
    ExpectAtOnce("SELECT * FROM " + view + " LIMIT 10");
    ExpectAtOnce("SELECT * FROM " + view + " ORDER BY bucket DESC LIMIT 2000");
    ExpectAtOnce("SELECT model, requests FROM " + view + " ORDER BY bucket DESC LIMIT 5");
  }
  const std::string plan = PlanOf("SELECT * FROM api_key_usage_minute ORDER BY bucket DESC LIMIT 10");
  EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

TEST_F(Browsing, FindsTheBucketsThatASubSelectNames) {
  for (const std::string view : kUsageViews) {
    const std::string plan =
        PlanOf("SELECT model, sum(requests) FROM " + view +
               " WHERE bucket >= (SELECT today - 86400 FROM source_clock) GROUP BY model");
    EXPECT_NE(plan.find("SEARCH b USING INTEGER PRIMARY KEY (rowid>?)"), std::string::npos) << plan;
    EXPECT_NE(plan.find("SEARCH h USING PRIMARY KEY (bucket=?)"), std::string::npos) << plan;
  }
}

TEST_F(Browsing, LooksUpTheRowsOfOneKey) {
  for (const std::string view : {"api_key_usage_hour", "api_key_usage_day"}) {
    ExpectLookUps("SELECT * FROM " + view + " WHERE api_key = 'k'");
    ExpectLookUps("SELECT bucket, sum(requests) FROM " + view + " WHERE api_key = 'k' GROUP BY bucket");
    ExpectLookUps("SELECT sum(requests) FROM " + view +
                  " WHERE api_key = 'k' AND bucket >= (SELECT today FROM source_clock)");
    ExpectLookUps("SELECT api_key FROM api_keys k WHERE NOT EXISTS (SELECT 1 FROM " + view +
                  " u WHERE u.api_key = k.api_key AND u.bucket >= (SELECT today FROM source_clock))");
  }
}

TEST_F(Browsing, ReadsEachRowOnceForASum) {
  for (const std::string view : kUsageViews) {
    const std::string plan = PlanOf("SELECT bucket, sum(requests) FROM " + view + " GROUP BY bucket");
    EXPECT_NE(plan.find("SEARCH h USING PRIMARY KEY (bucket=?)"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE FOR GROUP BY\n", plan.find("SCAN b")), std::string::npos) << plan;
  }
  const std::string minutes =
      PlanOf("SELECT api_key, max(requests) FROM api_key_usage_minute GROUP BY api_key");
  EXPECT_NE(minutes.find("SEARCH s USING INTEGER PRIMARY KEY"), std::string::npos) << minutes;
}

TEST_F(Browsing, SortsNothingByATextOfTheBucket) {
  const auto expect_in_order = [this](const std::string& sql) {
    const std::string plan = PlanOf(sql);
    const std::size_t scan = plan.find("SCAN b USING");
    ASSERT_NE(scan, std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE", scan), std::string::npos) << sql << "\n" << plan;
  };
  for (const std::string_view view : kUsageViews) {
    expect_in_order(fmt::format("SELECT month, sum(requests) FROM {} GROUP BY month", view));
    expect_in_order(fmt::format("SELECT * FROM {} ORDER BY time DESC LIMIT 10", view));
    expect_in_order(fmt::format("SELECT * FROM {} ORDER BY local_time DESC LIMIT 10", view));
    if (view == "api_key_usage_month") continue;
    expect_in_order(fmt::format("SELECT date, sum(requests) FROM {} GROUP BY date", view));
  }
}

TEST_F(Browsing, FindsTheBucketsOfAText) {
  for (const std::string_view view : kUsageViews)
    for (const std::string_view text : {"time", "local_time", "date", "month"}) {
      if (view == "api_key_usage_month" && text == "date") continue;
      const std::string plan =
          PlanOf(fmt::format("SELECT sum(requests) FROM {} WHERE {} >= '2026-11'", view, text));
      EXPECT_NE(plan.find(fmt::format("_bucket_{0} ({0}>?)", text)), std::string::npos) << plan;
    }
}

TEST_F(Browsing, JoinsTagsByTheKeysOfTheRows) {
  for (const std::string view : {"api_key_usage_minute", "api_key_usage_hour", "api_key_usage_day"}) {
    const std::string plan =
        PlanOf("SELECT t.tag, sum(u.requests) FROM " + view +
               " u JOIN api_key_tags t USING (api_key) WHERE u.bucket >= (SELECT today FROM "
               "source_clock) GROUP BY t.tag");
    EXPECT_NE(plan.find("SEARCH api_key USING PRIMARY KEY (id=?)"), std::string::npos) << plan;
    EXPECT_NE(plan.find("SEARCH h USING PRIMARY KEY (bucket"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("ANY(bucket)"), std::string::npos) << plan;
  }
}

TEST_F(Browsing, JoinsTheCalendarByBucket) {
  const std::string plan = PlanOf(
      "SELECT c.week, sum(u.requests) FROM calendar c JOIN api_key_usage_day u USING (bucket) "
      "WHERE c.level = 'day' GROUP BY c.week");
  EXPECT_NE(plan.find("SEARCH h USING PRIMARY KEY (bucket=?)"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("MATERIALIZE _day"), std::string::npos) << plan;
}

TEST_F(Browsing, ShowsTimeInUtcAndOfTheRelay) {
  SetOffset(kPlus8);
  Put("minute", At("2026-11-30T16:30:00Z"), 1);
  EXPECT_EQ(Only("SELECT time, local_time, date, month FROM api_key_usage_hour"),
            (Row{{"time", "2026-11-30T16:00:00Z"},
                 {"local_time", "2026-12-01T00:00:00+08:00"},
                 {"date", "2026-12-01"},
                 {"month", "2026-12"}}));
  EXPECT_EQ(Only("SELECT time, local_time, date FROM api_key_usage_day"),
            (Row{{"time", "2026-11-30T16:00:00Z"},
                 {"local_time", "2026-12-01T00:00:00+08:00"},
                 {"date", "2026-12-01"}}));
}

TEST_F(Browsing, SaysWhichBucketsAreOpen) {
  SetOffset(0);
  Put("hour", At("2026-11-20T11:00:00Z"), 1);
  Put("hour", At("2026-11-20T12:00:00Z"), 1);
  SetRolledUntil(At("2026-11-20T12:30:00Z"));
  EXPECT_EQ(rows_.Value("SELECT group_concat(is_open) FROM (SELECT is_open FROM api_key_usage_hour ORDER BY "
                        "bucket)"),
            "0,1");
}

TEST_F(Browsing, ShowsWhatIsUnsetAsNull) {
  EXPECT_EQ(
      Only("SELECT expires_at IS NULL AND last_used_at IS NULL AND owner IS NULL AND account_group IS NULL "
           "AND daily_cost_limit IS NULL AS none FROM api_keys")
          .at("none"),
      "1");
  EXPECT_EQ(Only("SELECT expires_at IS NULL AND daily_quota IS NULL AS none FROM accounts").at("none"), "1");
}

TEST_F(Browsing, CountsKeysWithoutTagsToo) {
  Run("INSERT INTO api_key (id, tags) VALUES ('two', '[\"a\", \"b\", \"a\"]'), ('odd', 'no JSON')");
  EXPECT_EQ(rows_.Value("SELECT group_concat(api_key || ':' || coalesce(tag, '-') || ':' || tags, ' ') FROM "
                        "(SELECT * FROM api_key_tags ORDER BY api_key, tag)"),
            "k:-:0 odd:-:0 two:a:2 two:b:2");
}

TEST_F(Browsing, ListsBucketsWithoutUsageInTheCalendar) {
  SetOffset(kPlus8);
  const std::int64_t today = std::stoll(rows_.Value("SELECT today FROM source_clock"));
  Put("day", today - 3 * kDaySeconds, 1);
  EXPECT_GE(std::stoi(rows_.Value("SELECT count(*) FROM calendar WHERE level = 'day'")), 4);
  EXPECT_EQ(rows_.Value(fmt::format("SELECT count(*) FROM calendar WHERE level = 'day' AND bucket = {}",
                                    today - 2 * kDaySeconds)),
            "1");
}

TEST_F(Browsing, IsExplainedByTheDictionary) {
  EXPECT_EQ(rows_.Value("SELECT count(*) FROM dictionary WHERE meaning IS NULL"), "0");
  EXPECT_EQ(rows_.Value("SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND name NOT GLOB '[_]*' AND "
                        "sql NOT LIKE '%AS\n--%' AND name NOT IN ('source_clock', 'open_buckets', "
                        "'repriced_months', 'repriced_days', 'repriced_series', 'live_rates', 'today_parts', "
                        "'month_parts')"),
            "0")
      << "views without a comment";
  EXPECT_EQ(
      Only("SELECT money, unit FROM dictionary WHERE view = 'account_usage_day' AND \"column\" = 'cost_usd'"),
      (Row{{"money", "list"}, {"unit", "USD"}}));
}

TEST_F(Browsing, HasColumnsOfTheTypesThatTheDictionarySays) {
  SetOffset(kPlus8);
  const std::int64_t today = std::stoll(rows_.Value("SELECT today FROM source_clock"));
  Run("INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
      "VALUES ('m', 0, 0.000003, 0.000015, 0, 0, 0)");
  Run("INSERT INTO coverage VALUES (60, 58500, 10, 4, 12)");
  Run("INSERT INTO gap (from_ms, to_ms, reason) VALUES (60000, 61500, 'cut')");
  PutUntimed("hour", today, 5);
  for (int series : {1, 2}) {
    Put("minute", today, 1, series);
    Put("minute", today + 60, 1, series);
  }
  Run("UPDATE source_state SET money_from = 9223372036854775807");  // not yet
  // Whole numbers are such that JavaScript holds: better-sqlite3 refuses larger ones.
  EXPECT_EQ(TooLarge(), "");
  for (const Row& column : rows_.Query("SELECT view, \"column\" AS name, type FROM dictionary"))
    for (const Row& found :
         rows_.Query(fmt::format("SELECT DISTINCT typeof(\"{0}\") AS type FROM {1} WHERE \"{0}\" "
                                 "IS NOT NULL",
                                 column.at("name"), column.at("view"))))
      EXPECT_EQ(found.at("type"), column.at("type")) << column.at("view") << "." << column.at("name");
}

}  // namespace

}  // namespace keymeter
