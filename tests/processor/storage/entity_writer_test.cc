#include "processor/storage/entity_writer.h"

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

using Table = EntityRow::Table;
using Attributes = std::vector<std::pair<std::string, std::string>>;

class EntityWriterTest : public ::testing::Test {
 protected:
  void Put(EntityRow row) {
    WriteBatch batch;
    batch.entities.push_back(std::move(row));
    Write(batch);
  }
  void PutKey(const Attributes& attributes) { Put({Table::kApiKey, "k", false, attributes, ""}); }
  void PutMembers(const std::string& group, const std::vector<std::string>& accounts) {
    WriteBatch batch;
    batch.members.push_back({group, accounts});
    Write(batch);
  }
  void Write(const WriteBatch& batch) {
    const Status written = writer_.Write(batch);
    ASSERT_TRUE(written) << written.error().message;
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(path_).Value(sql);
  }
  [[nodiscard]] std::string OfKey(const std::string& column) const {
    return Value(fmt::format("SELECT {} FROM api_key WHERE id = 'k'", column));
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

TEST_F(EntityWriterTest, TurnsTextsIntoTheTypesOfTheirColumns) {
  PutKey({{"name", "Ключ, \"k\""},
          {"is_active", "true"},
          {"is_deleted", "false"},
          {"daily_cost_limit", "12.5"},
          {"created_at", "2026-11-20T20:00:00.123+08:00"},
          {"tags", "[\"a\"]"}});
  EXPECT_EQ(OfKey("name"), "Ключ, \"k\"");
  EXPECT_EQ(OfKey("is_active || ' ' || is_deleted"), "1 0");
  EXPECT_EQ(OfKey("daily_cost_limit"), "12.5");
  EXPECT_EQ(OfKey("created_at"), "2026-11-20T12:00:00.123Z");
  EXPECT_EQ(OfKey("tags"), "[\"a\"]");
}

TEST_F(EntityWriterTest, CutsALongTextBetweenCharacters) {
  for (const std::string lead : {"", "1", "12", "123"}) {
    std::string text = lead;
    while (text.size() < 5000) text += "😀";
    PutKey({{"description", text}});
    EXPECT_EQ(OfKey("length(CAST(description AS BLOB))"),
              std::to_string(lead.size() + (4096 - lead.size()) / 4 * 4));
    EXPECT_EQ(OfKey("instr(description, char(0xFFFD))"), "0");
  }
}

TEST_F(EntityWriterTest, HasADefaultForEachAttributeThatIsNotThere) {
  PutKey({{"name", "K"}});
  EXPECT_EQ(OfKey("tags || is_active || created_at || total_cost_limit || user_id || group_id"), "[]00.0");
}

TEST_F(EntityWriterTest, KnowsTheTypeOfEveryAttribute) {
  const std::vector<std::pair<const char*, AttributeType>> expected = {
      {"name", AttributeType::kText},
      {"rate_limit_status", AttributeType::kText},
      {"is_active", AttributeType::kFlag},
      {"is_deleted", AttributeType::kFlag},
      {"schedulable", AttributeType::kFlag},
      {"priority", AttributeType::kWhole},
      {"daily_cost_limit", AttributeType::kReal},
      {"daily_quota", AttributeType::kReal},
      {"daily_usage", AttributeType::kReal},
      {"created_at", AttributeType::kTime},
      {"subscription_expires_at", AttributeType::kTime},
      {"token_limit", AttributeType::kWhole},
      {"rate_limit_requests", AttributeType::kWhole},
      {"rate_limit_cost", AttributeType::kReal},
      {"is_activated", AttributeType::kFlag},
      {"five_hour_auto_stopped", AttributeType::kFlag},
      {"weekly_reset_day", AttributeType::kMaybeWhole},
      {"primary_reset_after_s", AttributeType::kMaybeWhole},
      {"five_hour_percent", AttributeType::kMaybeReal},
      {"rate_limit_end_at", AttributeType::kTime},
      {"session_window_end_at", AttributeType::kTime},
      {"unavailable_until", AttributeType::kTime},
      {"balance", AttributeType::kMaybeReal},
      {"balance_currency", AttributeType::kText},
      {"balance_at", AttributeType::kTime},
      {"permissions", AttributeType::kTexts},
      {"service_rates", AttributeType::kRates},
      {"restricted_models", AttributeType::kTexts},
      {"tags", AttributeType::kTexts}};
  for (const auto& [name, type] : expected) EXPECT_EQ(TypeOfAttribute(name), type) << name;
}

TEST_F(EntityWriterTest, TakesNumbersThatAreNoneForZero) {
  for (const char* text : {"", "abc", "1e400", "nan", "inf", " 5", "5 ", "12.5.1"}) {
    PutKey({{"name", "K"}, {"daily_cost_limit", text}});
    EXPECT_EQ(OfKey("daily_cost_limit"), "0.0") << text;
    Put({Table::kAccount, "a", false, {{"name", "A"}, {"priority", text}}, ""});
    EXPECT_EQ(Value("SELECT priority FROM account"), "0") << text;
  }
}

TEST_F(EntityWriterTest, KnowsNothingFromZero) {
  Put({Table::kAccount,
       "a",
       false,
       {{"five_hour_percent", "0"}, {"primary_percent", ""}, {"seven_day_percent", "x"}},
       ""});
  EXPECT_EQ(Value("SELECT five_hour_percent FROM account"), "0.0");
  EXPECT_EQ(
      Value("SELECT primary_percent IS NULL AND seven_day_percent IS NULL AND secondary_percent IS NULL FROM "
            "account"),
      "1");
  PutKey({{"name", "K"}, {"weekly_reset_hour", "0"}});
  EXPECT_EQ(OfKey("weekly_reset_hour || coalesce(weekly_reset_day, '?')"), "0?");
}

TEST_F(EntityWriterTest, KeepsARateLimitInEachSpelling) {
  const auto has_mark = [&](const char* status, const char* rate_limit_status) {
    Put({Table::kAccount, "a", false, {{"status", status}, {"rate_limit_status", rate_limit_status}}, ""});
    return Value("SELECT has_rate_limit_mark FROM account");
  };
  EXPECT_EQ(has_mark("rate_limited", "active"), "1");
  EXPECT_EQ(has_mark("rateLimited", ""), "1");
  EXPECT_EQ(has_mark("active", "limited"), "1");
  EXPECT_EQ(has_mark("active", ""), "0");
  Put({Table::kAccount, "a", false, {{"rate_limit_reset_at", "1795177161000"}}, ""});
  EXPECT_EQ(Value("SELECT rate_limited_until FROM account"), "2026-11-20T12:19:21Z");
  Put({Table::kAccount, "a", false, {{"rate_limit_end_at", "2026-11-20T13:00:00Z"}}, ""});
  EXPECT_EQ(Value("SELECT rate_limited_until FROM account"), "2026-11-20T13:00:00Z");
}

TEST(EntityValues, TakesTrueAndOneForAFlag) {
  for (const char* text : {"true", "1"}) EXPECT_EQ(FlagOf(text), 1) << text;
  for (const char* text : {"", "false", "0", "True", "yes", "2"}) EXPECT_EQ(FlagOf(text), 0) << text;
}

TEST(EntityValues, ReadsTimesOfEitherForm) {
  EXPECT_EQ(TimeOf("2026-11-20T12:19:21Z"), "2026-11-20T12:19:21Z");
  EXPECT_EQ(TimeOf("2026-11-20T12:19:21.500Z"), "2026-11-20T12:19:21.500Z");
  EXPECT_EQ(TimeOf("2026-11-20T20:19:21+08:00"), "2026-11-20T12:19:21Z");
  EXPECT_EQ(TimeOf("1795177161000"), "2026-11-20T12:19:21Z");
  EXPECT_EQ(TimeOf("253402300799000"), "9999-12-31T23:59:59Z");
}

TEST(EntityValues, TakesWhatIsNoTimeForUnset) {
  for (const char* text :
       {"", "0", "-1", "never", "253402300799001", "9223372036854775807", "1e12", "2026-11-20"})
    EXPECT_EQ(TimeOf(text), "") << text;
}

TEST_F(EntityWriterTest, CutsALongTextAtACharacter) {
  const std::string filler(4095, 'x');
  PutKey({{"name", filler + "é and more"}});
  EXPECT_EQ(OfKey("name"), filler);
  PutKey({{"name", filler + "xé and more"}});
  EXPECT_EQ(OfKey("name"), filler + "x");
  PutKey({{"name", filler + "x"}});
  EXPECT_EQ(OfKey("length(name)"), "4096");
}

/// They come as the reader of entities has left them.
TEST_F(EntityWriterTest, StoresListsOfTextsAsTheyComeAndAnEmptyOneForNone) {
  const std::string list = R"([ "a\u00e9" ])";
  PutKey({{"name", "K"}, {"tags", list}, {"permissions", ""}});
  EXPECT_EQ(OfKey("tags || permissions || restricted_models"), list + "[][]");
}

TEST_F(EntityWriterTest, StoresRatesAsTheyCome) {
  for (const std::string& rates :
       {std::string("{}"), std::string(), R"({")" + std::string(5000, 's') + R"(":1})"}) {
    PutKey({{"name", "K"}, {"service_rates", rates}});
    EXPECT_EQ(OfKey("service_rates"), rates);
  }
}

TEST_F(EntityWriterTest, ReplacesTheAttributesOfARowThatIsThere) {
  PutKey({{"name", "old"}, {"description", "text"}});
  PutKey({{"name", "new"}});
  EXPECT_EQ(OfKey("name || description"), "new");
  EXPECT_EQ(Value("SELECT count(*) FROM api_key"), "1");
}

TEST_F(EntityWriterTest, KeepsTheAttributesOfWhatIsGone) {
  PutKey({{"name", "K"}});
  Put({Table::kApiKey, "k", true, {}, ""});
  EXPECT_EQ(OfKey("name || gone"), "K1");
  PutKey({{"name", "K again"}});
  EXPECT_EQ(OfKey("name || gone"), "K again0");
}

TEST_F(EntityWriterTest, RecordsAsGoneWhatItNeverSaw) {
  Put({Table::kAccount, "a", true, {}, ""});
  EXPECT_EQ(Value("SELECT id || gone FROM account"), "a1");
}

TEST_F(EntityWriterTest, DoesNotOverwriteAnEntityBecauseItIsUsed) {
  PutKey({{"name", "K"}});
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
  Write(batch);
  EXPECT_EQ(OfKey("name"), "K");
}

TEST_F(EntityWriterTest, WritesWhatANoteSaysBesideTheAttributes) {
  const auto put_note = [this](const std::string& until) {
    WriteBatch batch;
    batch.notes.push_back({"a", {{"unavailable_until", until}}});
    Write(batch);
    return Value("SELECT unavailable_until FROM account WHERE id = 'a'");
  };
  Put({Table::kAccount, "a", false, {{"name", "A"}}, ""});
  EXPECT_EQ(put_note("2026-11-20T12:39:00.000Z"), "2026-11-20T12:39:00Z");
  Put({Table::kAccount, "a", false, {{"name", "renamed"}}, ""});
  EXPECT_EQ(Value("SELECT name || ' ' || unavailable_until FROM account"), "renamed 2026-11-20T12:39:00Z");
  EXPECT_EQ(put_note("no time"), "");
}

TEST_F(EntityWriterTest, KnowsNoBalanceFromABalanceOfNothing) {
  Put({Table::kAccount, "a", false, {{"name", "A"}}, ""});
  for (const auto& [text, stored] :
       {std::pair("12.5", "12.5"), std::pair("0", "0.0"), std::pair("-3", "-3.0"), std::pair("", "?"),
        std::pair("nan", "?"), std::pair("12,5", "?")}) {
    WriteBatch batch;
    batch.notes.push_back({"a", {{"balance", text}, {"balance_currency", "USD"}, {"balance_at", ""}}});
    Write(batch);
    EXPECT_EQ(Value("SELECT coalesce(balance, '?') FROM account"), stored) << text;
    EXPECT_EQ(Value("SELECT balance_currency FROM account"), "USD");
  }
}

TEST_F(EntityWriterTest, MakesNoAccountOfANote) {
  WriteBatch batch;
  batch.notes.push_back({"unknown", {{"unavailable_until", "2026-11-20T12:39:00Z"}}});
  Write(batch);
  EXPECT_EQ(Value("SELECT count(*) FROM account"), "0");
}

TEST_F(EntityWriterTest, BindsAnApiKeyToItsGroup) {
  Put({Table::kApiKey, "k", false, {{"name", "K"}}, "g"});
  EXPECT_EQ(OfKey("group_id"), "g");
  PutKey({{"name", "K"}});
  EXPECT_EQ(OfKey("group_id"), "");
}

TEST_F(EntityWriterTest, ReplacesTheBindingsOfAnApiKey) {
  const auto put = [this](const std::string& key, const std::vector<Binding>& bindings) {
    WriteBatch batch;
    batch.bindings.push_back({key, bindings});
    Write(batch);
  };
  const auto all = [this] {
    return Value(
        "SELECT group_concat(b) FROM (SELECT api_key || ' ' || platform || ' ' || kind || ' ' || target AS b "
        "FROM api_key_binding ORDER BY b)");
  };
  put("k", {{"claude", BindingKind::kGroup, "g"}, {"openai", BindingKind::kAccount, "a"}});
  put("l", {{"claude", BindingKind::kAccount, "a"}});
  EXPECT_EQ(all(), "k claude group g,k openai account a,l claude account a");
  put("k", {{"openai", BindingKind::kAccount, "b"}});
  EXPECT_EQ(all(), "k openai account b,l claude account a");
  put("l", {});
  EXPECT_EQ(all(), "k openai account b");
}

TEST_F(EntityWriterTest, ReplacesTheMembersOfAGroup) {
  PutMembers("g", {"a", "b"});
  PutMembers("h", {"b"});
  PutMembers("g", {"b", "c"});
  EXPECT_EQ(
      Value("SELECT group_concat(m) FROM (SELECT group_id || account AS m FROM group_member ORDER BY m)"),
      "gb,gc,hb");
}

TEST_F(EntityWriterTest, ForgetsTheMembersOfAGroupThatIsGone) {
  PutMembers("g", {"a"});
  Put({Table::kGroup, "g", true, {}, ""});
  EXPECT_EQ(Value("SELECT count(*) FROM group_member"), "0");
  EXPECT_EQ(Value("SELECT count(*) FROM account_groups"), "0");
}

}  // namespace

}  // namespace keymeter::processor
