#include "processor/storage/price_writer.h"

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kPlus8 = 8 * kHourSeconds;
using Lines = std::vector<std::string>;

/// A moment of 2026 in epoch milliseconds.
std::int64_t Moment(const std::string& time) {
  return ParseRfc3339("2026-" + time).value();
}

/// Loads lists as a reload would, in batches of a source at +08:00.
class PriceWriterTest : public ::testing::Test {
 protected:
  PriceWriterTest() {
    WriteBatch batch;
    batch.utc_offset_s = kPlus8;
    Write(batch);
  }

  void Write(const WriteBatch& batch) {
    const Status written = writer_.Write(batch);
    ASSERT_TRUE(written) << written.error().message;
  }
  void Load(const std::string& json, const std::string& time) {
    auto list = PriceList::Parse(json);
    ASSERT_TRUE(list) << list.error().message;
    WriteBatch batch;
    batch.prices = {std::make_shared<const PriceList>(std::move(*list)), Moment(time)};
    Write(batch);
  }
  /// A list in which each of the models costs that much for a token of input.
  void LoadInputs(const std::vector<std::pair<std::string, double>>& prices, const std::string& time) {
    std::string json;
    for (const auto& [model, usd] : prices)
      json += fmt::format(R"({}"{}": {{"input_cost_per_token": {}}})", json.empty() ? "" : ", ", model, usd);
    Load("{" + json + "}", time);
  }
  void Use(const std::string& model, EntityKind kind = EntityKind::kAccount) {
    WriteBatch batch;
    batch.new_series = {{++series_, {kind, "a", model}}};
    Write(batch);
  }
  /// "from..until=input" of a model's rows, the oldest first; an open end is "".
  [[nodiscard]] Lines Prices(const std::string& model) const {
    Lines lines;
    for (const auto& row : testing::DatabaseRows(path_).Query(fmt::format(
             "SELECT iif(valid_from = 0, '', strftime('%m-%d %H:%M', valid_from, 'unixepoch')) AS a, "
             "iif(valid_until > 1e12, '', strftime('%m-%d %H:%M', valid_until, 'unixepoch')) AS b, "
             "input FROM price WHERE model = '{}' ORDER BY valid_from",
             model)))
      lines.push_back(row.at("a") + ".." + row.at("b") + "=" + row.at("input"));
    return lines;
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(path_).Value(sql);
  }
  [[nodiscard]] PriceReport Report() {
    const auto report = writer_.TakePriceReport();
    EXPECT_TRUE(report && *report);
    return report && *report ? **report : PriceReport();
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
  SeriesId series_ = 0;
};

TEST_F(PriceWriterTest, TheFirstPriceHoldsFromTheBeginning) {
  LoadInputs({{"m", 0.5}}, "11-20T12:00:00Z");
  EXPECT_EQ(Prices("m"), (Lines{"..=0.5"}));
  LoadInputs({{"m", 0.5}, {"late", 0.25}}, "11-25T12:00:00Z");
  EXPECT_EQ(Prices("late"), (Lines{"..=0.25"}));
}

TEST_F(PriceWriterTest, AnotherPriceHoldsFromTheStartOfItsDayOfTheSource) {
  LoadInputs({{"m", 0.5}, {"same", 0.5}}, "11-20T12:00:00Z");
  LoadInputs({{"m", 0.25}, {"same", 0.5}}, "11-25T15:59:59Z");
  EXPECT_EQ(Prices("m"), (Lines{"..11-24 16:00=0.5", "11-24 16:00..=0.25"}));
  EXPECT_EQ(Prices("same"), (Lines{"..=0.5"}));
  LoadInputs({{"m", 0.125}, {"same", 0.5}}, "11-25T16:00:00Z");
  EXPECT_EQ(Prices("m"),
            (Lines{"..11-24 16:00=0.5", "11-24 16:00..11-25 16:00=0.25", "11-25 16:00..=0.125"}));
}

TEST_F(PriceWriterTest, TheLastLoadOfADayReplacesTheOthers) {
  LoadInputs({{"m", 0.5}}, "11-20T12:00:00Z");
  LoadInputs({{"m", 0.75}}, "11-20T13:00:00Z");
  EXPECT_EQ(Prices("m"), (Lines{"..=0.75"})) << "a mistake of the first load must not stay in the past";
  LoadInputs({{"m", 0.25}}, "11-25T12:00:00Z");
  LoadInputs({{"m", 0.125}}, "11-25T13:00:00Z");
  EXPECT_EQ(Prices("m"), (Lines{"..11-24 16:00=0.75", "11-24 16:00..=0.125"}));
}

TEST_F(PriceWriterTest, AClockThatWasSetBackEndsNoPriceBeforeItBegan) {
  LoadInputs({{"m", 0.5}}, "11-10T12:00:00Z");
  LoadInputs({{"m", 0.25}}, "11-25T12:00:00Z");
  LoadInputs({{"m", 0.125}}, "11-20T12:00:00Z");
  EXPECT_EQ(Prices("m"), (Lines{"..11-24 16:00=0.5", "11-24 16:00..=0.125"}));
}

TEST_F(PriceWriterTest, WhatAListNoLongerNamesKeepsItsPrice) {
  LoadInputs({{"m", 0.5}, {"old", 0.25}}, "11-20T12:00:00Z");
  LoadInputs({{"m", 0.5}}, "11-25T12:00:00Z");
  EXPECT_EQ(Prices("old"), (Lines{"..=0.25"}));
}

TEST_F(PriceWriterTest, AnEntryThatCannotBeUsedIsNamedAndItsModelKeepsItsPrice) {
  LoadInputs({{"m", 0.5}, {"n", 0.5}}, "11-20T12:00:00Z");
  Load(R"({"m": {"input_cost_per_token": 1.35}, "n": {"input_cost_per_token": 0.25}})", "11-25T12:00:00Z");
  EXPECT_EQ(Report().faults, 1);
  EXPECT_EQ(Prices("m"), (Lines{"..=0.5"}));
  EXPECT_EQ(Prices("n"), (Lines{"..11-24 16:00=0.5", "11-24 16:00..=0.25"}));
  EXPECT_EQ(
      Value("SELECT entry || ': ' || reason FROM price_faults").rfind("m: input_cost_per_token: 1.35", 0),
      0U);
  LoadInputs({{"m", 0.5}}, "11-26T12:00:00Z");
  EXPECT_EQ(Value("SELECT count(*) FROM price_faults"), "0") << "of the newest list only";
}

TEST_F(PriceWriterTest, SaysWhereAPriceComesFrom) {
  const auto load = [&](const std::string& json, const std::string& source) {
    WriteBatch batch;
    batch.prices = {std::make_shared<const PriceList>(PriceList::Parse(json, source).value()),
                    Moment("11-20T12:00:00Z")};
    Write(batch);
  };
  load(R"({"m": {"input_cost_per_token": 0.5}})", "built-in");
  Use("x/m");
  const std::string sources =
      "SELECT group_concat(model || '=' || source) FROM (SELECT * FROM prices ORDER BY model)";
  EXPECT_EQ(Value(sources), "m=built-in,x/m=built-in");
  load(R"({"m": {"input_cost_per_token": 0.5}})", "/relay.json");
  EXPECT_EQ(Value(sources), "m=/relay.json,x/m=/relay.json") << "also where the price is the same";
}

TEST_F(PriceWriterTest, KeepsEveryPriceOfAnEntry) {
  Load(
      R"({"m": {"input_cost_per_token": 0.01, "output_cost_per_token": 0.02, "cache_creation_input_token_cost": 0.03,
       "cache_creation_input_token_cost_above_1hr": 0.04, "cache_read_input_token_cost": 0.05,
       "input_cost_per_token_above_200k_tokens": 0.06, "output_cost_per_token_above_200k_tokens": 0.07,
       "cache_creation_input_token_cost_above_200k_tokens": 0.08,
       "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 0.09,
       "cache_read_input_token_cost_above_200k_tokens": 0.1}})",
      "11-20T12:00:00Z");
  const testing::Row expected = {{"model", "m"},
                                 {"valid_from", "0"},
                                 {"source", ""},
                                 {"valid_until", "9223372036854775807"},
                                 {"input", "0.01"},
                                 {"output", "0.02"},
                                 {"cache_create", "0.03"},
                                 {"cache_create_1h", "0.04"},
                                 {"cache_read", "0.05"},
                                 {"listed_as", "m"},
                                 {"loaded_ms", std::to_string(Moment("11-20T12:00:00Z"))},
                                 {"long_above", "200000"},
                                 {"long_input", "0.06"},
                                 {"long_output", "0.07"},
                                 {"long_cache_create", "0.08"},
                                 {"long_cache_create_1h", "0.09"},
                                 {"long_cache_read", "0.1"}};
  EXPECT_EQ(testing::DatabaseRows(path_).Query("SELECT * FROM price"), std::vector<testing::Row>{expected});
}

TEST_F(PriceWriterTest, AModelThatIsListedOtherwiseHasRowsOfItsOwnWithTheirHistory) {
  Use("anthropic/m[1m]");
  LoadInputs({{"m", 0.5}}, "11-10T12:00:00Z");
  LoadInputs({{"m", 0.25}}, "11-20T12:00:00Z");
  Use("M");
  Use("m-20251231", EntityKind::kApiKey);
  Use("else");
  Use("");
  for (const char* model : {"m", "anthropic/m[1m]", "M", "m-20251231"})
    EXPECT_EQ(Prices(model), (Lines{"..11-19 16:00=0.5", "11-19 16:00..=0.25"})) << model;
  EXPECT_EQ(Value("SELECT group_concat(DISTINCT listed_as) FROM price"), "m");
  LoadInputs({{"m", 0.25}, {"M", 0.75}}, "11-25T12:00:00Z");
  EXPECT_EQ(Prices("M").back(), "11-24 16:00..=0.75");
  EXPECT_EQ(Value("SELECT group_concat(model) FROM price WHERE model IN ('else', '')"), "");
}

TEST_F(PriceWriterTest, TellsWhatChangedAndHowManyModelsHaveNoPrice) {
  LoadInputs({{"m", 0.5}, {"n", 0.5}}, "11-10T12:00:00Z");
  PriceReport report = Report();
  EXPECT_TRUE(report.is_loaded);
  EXPECT_EQ(report.changed, 2);
  EXPECT_EQ(report.unpriced_models, 0);
  Use("m");
  Use("else");
  Use("only of keys", EntityKind::kApiKey);
  Use("");
  report = Report();
  EXPECT_FALSE(report.is_loaded);
  EXPECT_EQ(report.unpriced_models, 1);
  LoadInputs({{"m", 0.25}, {"n", 0.5}, {"else", 0}}, "11-20T12:00:00Z");
  report = Report();
  EXPECT_EQ(report.changed, 2);
  EXPECT_EQ(report.unpriced_models, 0);
  Write({});
  EXPECT_FALSE(*writer_.TakePriceReport());
}

TEST_F(PriceWriterTest, ALoadIsNewData) {
  const std::string before = Value("SELECT data_version FROM source_state");
  LoadInputs({{"m", 0.5}}, "11-20T12:00:00Z");
  EXPECT_NE(Value("SELECT data_version FROM source_state"), before);
}

TEST_F(PriceWriterTest, ALoadThatSqliteRefusesLeavesTheOldPrices) {
  LoadInputs({{"a", 0.5}, {"m", 0.5}}, "11-20T12:00:00Z");
  ASSERT_TRUE(writer_.database().Execute(
      "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.price WHEN new.model = 'm' "
      "BEGIN SELECT raise(ABORT, 'disk on fire'); END"));
  auto list =
      PriceList::Parse(R"({"a": {"input_cost_per_token": 0.25}, "m": {"input_cost_per_token": 0.25}})");
  WriteBatch batch;
  batch.prices = {std::make_shared<const PriceList>(std::move(list.value())), Moment("11-25T12:00:00Z")};
  EXPECT_FALSE(writer_.Write(batch));
  EXPECT_EQ(Prices("a"), (Lines{"..=0.5"}));
  ASSERT_TRUE(writer_.database().Execute("DROP TRIGGER refuse"));
  Write(batch);
  EXPECT_EQ(Prices("a"), (Lines{"..11-24 16:00=0.5", "11-24 16:00..=0.25"}));
}

}  // namespace

}  // namespace keymeter::processor
