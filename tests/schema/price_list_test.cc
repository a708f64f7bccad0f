#include "schema/price_list.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace keymeter {

namespace {

PriceList ListOf(const std::string& json) {
  auto list = PriceList::Parse(json);
  EXPECT_TRUE(list) << list.error().message;
  return std::move(list.value());
}

std::string RefusalOf(std::string_view json) {
  const auto list = PriceList::Parse(json);
  EXPECT_FALSE(list) << json.substr(0, 200);
  return list ? "" : list.error().message;
}

/// The entry that prices `model`; "" when none does.
std::string NameFor(const PriceList& list, std::string_view model) {
  const PriceList::Entry* entry = list.Find(model);
  return entry == nullptr ? "" : entry->name;
}

TEST(PriceList, ReadsAnEntryOfLiteLlm) {
  const PriceList list = ListOf(R"({
    "sample_spec": {"input_cost_per_token": "USD", "litellm_provider": "one of …"},
    "claude": {"litellm_provider": "anthropic", "mode": "chat", "max_input_tokens": 200000,
      "search_context_cost_per_query": {"search_context_size_low": 0.01}, "supports_vision": true,
      "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
      "cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06,
      "cache_read_input_token_cost": 3e-07,
      "input_cost_per_token_above_200k_tokens": 6e-06, "output_cost_per_token_above_200k_tokens": 2.25e-05,
      "cache_creation_input_token_cost_above_200k_tokens": 7.5e-06,
      "cache_read_input_token_cost_above_200k_tokens": 6e-07}})");
  ASSERT_EQ(list.entries().size(), 1U);
  EXPECT_EQ(list.skipped(), 0U);
  const ModelPrice& price = list.entries().at("claude").price;
  EXPECT_EQ(price.tokens, (TokenPrices{3e-06, 1.5e-05, 3.75e-06, 6e-06, 3e-07}));
  EXPECT_EQ(price.long_above, 200'000);
  EXPECT_EQ(price.long_context, (TokenPrices{6e-06, 2.25e-05, 7.5e-06, 6e-06, 6e-07}));
}

TEST(PriceList, PricesAKindWithoutAFieldByTheDocumentedRule) {
  const struct {
    std::string fields;
    TokenPrices tokens;
  } cases[] = {
      {R"("input_cost_per_token": 2e-06)", {2e-06, 0, 2e-06, 2e-06, 2e-06}},
      {R"("input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06)",
       {2e-06, 8e-06, 2e-06, 2e-06, 2e-06}},
      {R"("input_cost_per_token": 2e-06, "cache_creation_input_token_cost": 3e-06)",
       {2e-06, 0, 3e-06, 3e-06, 2e-06}},
      {R"("input_cost_per_token": 2e-06, "cache_creation_input_token_cost": 0.0)", {2e-06, 0, 0, 0, 2e-06}},
      {R"("input_cost_per_token": 2e-06, "cache_read_input_token_cost": null)",
       {2e-06, 0, 2e-06, 2e-06, 2e-06}},
      {R"("input_cost_per_token": "2e-06", "output_cost_per_token": 1)", {2e-06, 1, 2e-06, 2e-06, 2e-06}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(ListOf("{\"m\": {" + c.fields + "}}").entries().at("m").price.tokens, c.tokens) << c.fields;
}

TEST(PriceList, TakesTheLowestThresholdOfLongContexts) {
  const PriceList list = ListOf(R"({
    "gpt": {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "cache_read_input_token_cost": 1e-07,
      "input_cost_per_token_above_272k_tokens": 3e-06, "input_cost_per_token_above_128k_tokens": 2e-06,
      "input_cost_per_token_above_9_tokens_priority": 1, "output_cost_per_token_above_128k_tokens": 4e-06},
    "flat": {"input_cost_per_token": 1e-06, "input_cost_per_token_above_200k_tokens": null}})");
  EXPECT_EQ(list.entries().at("gpt").price.long_above, 128'000);
  EXPECT_EQ(list.entries().at("gpt").price.long_context, (TokenPrices{2e-06, 4e-06, 2e-06, 2e-06, 1e-07}));
  EXPECT_EQ(list.entries().at("flat").price.long_above, 0);
}

TEST(PriceList, SkipsAndCountsWhatIsNotPricedByTheToken) {
  const PriceList list = ListOf(R"({"m": {"input_cost_per_token": 1e-06},
    "image": {"output_cost_per_image": 0.04}, "audio": {"input_cost_per_second": 0.0001}, "free": {}})");
  EXPECT_EQ(list.entries().size(), 1U);
  EXPECT_EQ(list.skipped(), 3U);
}

TEST(PriceList, RefusesWhatIsNoPriceAndNamesModelAndField) {
  const struct {
    std::string value;
    std::string says;
  } cases[] = {{"-1e-06", "-1e-06 is no price"}, {"1.01", "1.01 is no price"},
               {"3", "3 is no price"},           {"\"nan\"", "is no price"},
               {"\"inf\"", "is no price"},       {"\"1e-06 USD\"", "is not a number"},
               {"\"\"", "is not a number"},      {"true", "is not a number"},
               {"[1e-06]", "is not a number"},   {"{}", "is not a number"}};
  for (const auto& c : cases)
    for (const char* field :
         {"input_cost_per_token", "output_cost_per_token", "cache_creation_input_token_cost",
          "cache_creation_input_token_cost_above_1hr", "cache_read_input_token_cost"}) {
      const std::string other =
          field == std::string_view("input_cost_per_token") ? "" : "\"input_cost_per_token\": 1e-06, ";
      const PriceList list = ListOf(fmt::format(
          R"({{"good": {{"input_cost_per_token": 0}}, "gpt-x": {{{}"{}": {}}}}})", other, field, c.value));
      EXPECT_NE(list.Find("good"), nullptr);
      EXPECT_EQ(list.Find("gpt-x"), nullptr);
      ASSERT_EQ(list.faults().size(), 1U);
      EXPECT_EQ(list.faults()[0].name, "gpt-x");
      EXPECT_EQ(list.faults()[0].reason.rfind(field, 0), 0U) << list.faults()[0].reason;
      EXPECT_NE(list.faults()[0].reason.find(c.says), std::string::npos) << list.faults()[0].reason;
    }
}

TEST(PriceList, RefusesWhatIsNoList) {
  const std::string deep = "{\"m\": {\"x\": " + std::string(40, '[') + std::string(40, ']') + "}}";
  const std::pair<std::string, std::string> cases[] = {
      {"", "is not JSON"},
      {"{\"m\": {\"input_cost_per_token\": NaN}}", "is not JSON"},
      {"{\"m\": {\"input_cost_per_token\": 1e999}}", "is not JSON at line 1, column 36"},
      {"[]", "is not an object of models"},
      {"{}", "has no model"},
      {"{\"image\": {}}", "has no model"},
      {deep, "is nested deeper than 16"},
      {std::string(100'000, '[') + std::string(100'000, ']'), "is nested deeper than 16"},
      {std::string(PriceList::kMaxBytes + 1, ' '), "is JSON of 16777217 bytes, more than 16777216"},
  };
  for (const auto& [json, says] : cases) {
    const std::string refusal = RefusalOf(json);
    EXPECT_NE(refusal.find(says), std::string::npos) << refusal;
  }
  std::string many = "{";
  for (std::size_t i = 0; i <= PriceList::kMaxModels; ++i) many += fmt::format("\"{}\":{{}},", i);
  many.back() = '}';
  EXPECT_NE(RefusalOf(many).find("has more than 20000 models"), std::string::npos);
}

TEST(PriceList, LeavesOutAndNamesWhatCannotBeAModel) {
  const PriceList list =
      ListOf(R"({"good": {"input_cost_per_token": 0}, "text": "x", "list": [], "none": null,
                                    "": {"input_cost_per_token": 1}, ")" +
             std::string(300, 'x') + R"(": {}})");
  EXPECT_EQ(list.entries().size(), 1U);
  std::string named;
  for (const PriceList::Fault& fault : list.faults())
    named += fault.name.substr(0, 4) + "=" + fault.reason + ";";
  EXPECT_EQ(named,
            "=a name has 1 to 256 bytes;list=is not an object;none=is not an object;text=is not an object;"
            "xxxx=a name has 1 to 256 bytes;");
}

TEST(PriceList, OfUnusableEntriesOnlyIsStillAList) {
  const PriceList list = ListOf(R"({"m": {"input_cost_per_token": 1.35}})");
  EXPECT_TRUE(list.entries().empty());
  EXPECT_EQ(list.faults().size(), 1U);
}

TEST(PriceList, AnEntryThatCannotBeUsedHidesTheBuiltInOne) {
  const testing::TempDir directory;
  const std::string path = directory.File("prices.json");
  testing::WriteFile(path, R"({"gpt-5": {"input_cost_per_token": true}})");
  const PriceList list = PriceList::Load(path).value();
  EXPECT_EQ(list.Find("gpt-5"), nullptr) << "the file says something of it, only not what";
  EXPECT_NE(list.Find("gemini-2.5-pro"), nullptr);
}

TEST(PriceList, OfARelaysFolderIsTheOneThatTheRelayChargesBy) {
  const testing::TempDir directory;
  const auto write = [&](const std::string& file, double usd) {
    const std::string path = directory.File(file);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    testing::WriteFile(path, fmt::format(R"({{"claude-3-5-haiku-20241022": {{"input_cost_per_token": 8e-07,
      "cache_creation_input_token_cost_above_1hr": {}}}}})",
                                         usd));
  };
  const auto hour_price = [&] {
    return PriceList::Load(directory.path().string())
        .value()
        .Find("claude-3-5-haiku-20241022")
        ->price.tokens.cache_create_1h;
  };
  write("resources/model-pricing/model_prices_and_context_window.json", 5e-06);
  EXPECT_EQ(hour_price(), 5e-06);
  write("data/model_pricing.json", 6e-06);
  EXPECT_EQ(hour_price(), 6e-06);
  const PriceList list = PriceList::Load(directory.path().string()).value();
  EXPECT_EQ(list.Find("claude-3-5-haiku-20241022")->source, directory.File("data/model_pricing.json"));
  EXPECT_EQ(list.Find("gpt-5")->source, PriceList::kBuiltIn);
}

TEST(PriceList, FindsAModelByTheDocumentedNamesOnly) {
  const PriceList list = ListOf(R"({
    "claude-sonnet-4-5":            {"input_cost_per_token": 1e-06},
    "gpt-4o":                       {"input_cost_per_token": 2e-06},
    "gpt-4o-2024-05-13":            {"input_cost_per_token": 3e-06},
    "gemini/gemini-3-pro":          {"input_cost_per_token": 4e-06},
    "openrouter/deepseek/deepseek": {"input_cost_per_token": 5e-06},
    "azure/same":                   {"input_cost_per_token": 6e-06},
    "bedrock/same":                 {"input_cost_per_token": 6e-06},
    "azure/differs":                {"input_cost_per_token": 7e-06},
    "bedrock/differs":              {"input_cost_per_token": 8e-06},
    "Mixed/Case-X":                 {"input_cost_per_token": 9e-06}})");
  const std::pair<std::string, std::string> cases[] = {
      {"claude-sonnet-4-5", "claude-sonnet-4-5"},
      {"claude-sonnet-4-5[1m]", "claude-sonnet-4-5"},
      {"claude-sonnet-4-5-20250929", "claude-sonnet-4-5"},
      {"claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5"},
      {"anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"},
      {"openrouter/anthropic/claude-sonnet-4-5-20250929", "claude-sonnet-4-5"},
      {"Claude-Sonnet-4-5", "claude-sonnet-4-5"},
      {"gpt-4o-2024-05-13", "gpt-4o-2024-05-13"},
      {"gpt-4o-2024-08-06", "gpt-4o"},
      {"gpt-4o-20240806", "gpt-4o"},
      {"gemini-3-pro", "gemini/gemini-3-pro"},
      {"models/gemini-3-pro", "gemini/gemini-3-pro"},
      {"case-x", "Mixed/Case-X"},
      {"same", "azure/same"},
      {"differs", ""},
      {"azure/differs", "azure/differs"},
      {"vertex/differs", ""},
      {"deepseek/deepseek:free", ""},
      {"gpt-4o-mini", ""},
      {"gpt-4", ""},
      {"gpt", ""},
      {"gpt-4o-1234", ""},
      {"gpt-4o-19991231", ""},
      {"claude-sonnet-4-5:beta", ""},
      {"unknown", ""},
      {"-20250101", ""},
      {"/", ""},
      {"[1m]", ""},
      {"", ""},
  };
  for (const auto& [model, name] : cases) EXPECT_EQ(NameFor(list, model), name) << model;
}

TEST(PriceList, HasTheModelsOfTheDayBuiltIn) {
  const PriceList list = PriceList::Load("").value();
  const struct {
    std::string model;
    std::vector<double> usd_for_a_million;  ///< input, output, cache create, for an hour, cache read
  } cases[] = {{"claude-sonnet-4-20250514", {3, 15, 3.75, 6, 0.3}},
               {"claude-opus-4-20250514", {15, 75, 18.75, 30, 1.5}},
               {"claude-3-5-haiku-20241022", {0.8, 4, 1, 1.6, 0.08}},
               {"claude-opus-4-5-20251101", {5, 25, 6.25, 10, 0.5}},
               {"gpt-5", {1.25, 10, 1.25, 1.25, 0.125}},
               {"gemini-2.5-pro", {1.25, 10, 1.25, 1.25, 0.125}},
               {"deepseek-chat", {0.28, 0.42, 0.28, 0.28, 0.028}},
               {"deepseek/deepseek-r1:free", {0, 0, 0, 0, 0}}};
  for (const auto& c : cases) {
    const PriceList::Entry* entry = list.Find(c.model);
    ASSERT_NE(entry, nullptr) << c.model;
    const TokenPrices& t = entry->price.tokens;
    const std::vector<double> prices = {t.input, t.output, t.cache_create, t.cache_create_1h, t.cache_read};
    for (std::size_t i = 0; i < prices.size(); ++i)
      EXPECT_NEAR(prices[i] * 1e6, c.usd_for_a_million[i], 1e-9) << c.model << " " << i;
  }
  EXPECT_EQ(NameFor(list, "unknown"), "");
  EXPECT_EQ(list.skipped(), 0U);
}

TEST(PriceList, OfAFileStandsInThePlaceOfTheBuiltInOneByModel) {
  const testing::TempDir directory;
  const std::string path = directory.File("prices.json");
  testing::WriteFile(path, R"({"gpt-5": {"input_cost_per_token": 7e-06}, "house": {"input_cost_per_token": 0},
                               "image": {"output_cost_per_image": 1}})");
  const PriceList list = PriceList::Load(path).value();
  EXPECT_EQ(list.Find("gpt-5")->price.tokens.input, 7e-06);
  EXPECT_EQ(list.Find("gpt-5")->price.tokens.output, 0);
  EXPECT_EQ(NameFor(list, "house"), "house");
  EXPECT_EQ(NameFor(list, "gemini-2.5-pro"), "gemini-2.5-pro");
  EXPECT_EQ(list.skipped(), 1U);
}

TEST(PriceList, OfABadFileIsRefusedWithItsName) {
  const testing::TempDir directory;
  testing::WriteFile(directory.File("bad.json"), R"({"gpt-5": {"input_cost_per_token": )");
  testing::WriteFile(directory.File("large.json"), std::string(PriceList::kMaxBytes + 1, ' '));
  for (const std::string& path : {directory.File("bad.json"), directory.File("large.json"),
                                  directory.File("missing.json"), directory.path().string()}) {
    const auto list = PriceList::Load(path);
    ASSERT_FALSE(list) << path;
    EXPECT_EQ(list.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(list.error().message.rfind("prices " + path + ": ", 0), 0U) << list.error().message;
  }
}

}  // namespace

}  // namespace keymeter
