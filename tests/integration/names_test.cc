// Ids and models that are empty, long, no text, or of a time that is none: metered under a name that every
// reader can handle, or refused and counted.

#include <gtest/gtest.h>

#include "schema/shown_name.h"
#include "schema/utf8.h"
#include "tests/integration/metering.h"
#include "tests/support/relay_trace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

class Names : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Metering> Started() const {
    auto metering =
        std::make_unique<Metering>(redis_, Db(), clock_, MeteringOptions{.utc_offset_s = kTraceOffset});
    metering->AwaitBaseline();
    return metering;
  }
  void Grow(const std::string& id, const std::string& model, std::int64_t requests) {
    client_.Must({"HINCRBY", "usage:" + id + ":model:hourly:" + model + ":2026-11-20:20", "requests",
                  std::to_string(requests)});
    client_.Must({"SADD", "usage:keymodel:hourly:index:2026-11-20:20", id + ":" + model});
  }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }
  /// Requests of this hour under these names.
  [[nodiscard]] bool Shows(const std::string& id, const std::string& model, std::int64_t requests) const {
    return WaitFor([&] {
      for (const Row& row : rows_.Query("SELECT api_key, model, requests FROM api_key_usage_hour"))
        if (row.at("api_key") == id && row.at("model") == model)
          return row.at("requests") == std::to_string(requests);
      return false;
    });
  }

  TempDir directory_;
  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
  ManualClock clock_{(kTraceHour + 1800) * 1000};
  std::unique_ptr<Metering> metering_ = Started();
  DatabaseRows rows_{Db()};
};

TEST_F(Names, ThatAreEmptyAreNone) {
  Grow("em", "", 4);
  Grow("em", "gpt-5", 14);
  Grow("", "gpt-5", 3);
  EXPECT_TRUE(Shows("em", "(none)", 4));
  EXPECT_TRUE(Shows("em", "gpt-5", 14));
  EXPECT_TRUE(Shows("(none)", "gpt-5", 3));
}

TEST_F(Names, ThatAreOddAreMeteredApartAndGoOnAfterARestart) {
  const std::string nul("k\0k", 3);
  const std::string long_model(1'000'000, 'm');
  const std::pair<std::string, std::string> names[] = {
      {"k\t1", "m"}, {"k\n1", "m"}, {nul, "m"},      {"k\xff", "m"},    {"k\xfe", "m"},          {"a:b", "m"},
      {"k", ":m:"},  {"k", "模型"}, {"k", "(none)"}, {"k", long_model}, {"k", long_model + "x"}, {"", ""}};
  std::int64_t requests = 1;
  for (const auto& [id, model] : names) Grow(id, model, requests++);
  const auto shown = [](const std::string& name) { return name.empty() ? "(none)" : ShownName(name); };
  requests = 1;
  for (const auto& [id, model] : names) EXPECT_TRUE(Shows(shown(id), shown(model), requests++));
  ASSERT_TRUE(metering_->Stop());
  for (const auto& [id, model] : names) Grow(id, model, 100);
  metering_.reset();  // it holds the lock of the file
  metering_ = Started();
  requests = 101;
  for (const auto& [id, model] : names) EXPECT_TRUE(Shows(shown(id), shown(model), requests++));
  EXPECT_EQ(rows_.Value("SELECT count(*) FROM api_key_usage_hour"), std::to_string(std::size(names)));
}

TEST_F(Names, AreTextInEveryView) {
  client_.Must({"HSET", "apikey:k\xff", "name", "n\xff", "description", std::string("d\0d", 3), "tags",
                "[\"\xff\"]", "claudeAccountId", "group:g\xff"});
  client_.Must({"SADD", "claude:account:index", "a\xff"});
  client_.Must(
      {"HSET", "claude:account:a\xff", "name", "\xc3\x28", "status", "\xff", "errorMessage", "\xf0\x28"});
  client_.Must({"SADD", "account_groups", "g\xff"});
  client_.Must({"HSET", "account_group:g\xff", "name", "\xff"});
  client_.Must({"SADD", "account_group_members:g\xff", "a\xff", "a\xfe"});
  Grow("k\xff", "m\xff", 1);
  client_.Must({"HINCRBY", "account_usage:model:hourly:a\xff:m\xff:2026-11-20:20", "requests", "2"});
  ASSERT_TRUE(Shows(ShownName("k\xff"), ShownName("m\xff"), 1));
  client_.Must({"DEL", "usage:k\xff:model:hourly:m\xff:2026-11-20:20"});
  for (const char* view : {"api_keys", "accounts", "account_groups", "account_group_members", "adjustments"})
    ASSERT_TRUE(WaitFor([&] { return rows_.Value(std::string("SELECT count(*) FROM ") + view) != "0"; }))
        << view;
  ASSERT_TRUE(WaitFor([&] { return rows_.Value("SELECT name FROM api_keys") == "n\xEF\xBF\xBD"; }));
  for (const Row& view : rows_.Query("SELECT name FROM sqlite_schema WHERE type = 'view'"))
    for (const Row& row : rows_.Query("SELECT * FROM " + view.at("name")))
      for (const auto& [column, value] : row)
        EXPECT_TRUE(utf8::IsValid(value) && value.find('\0') == std::string::npos)
            << view.at("name") << '.' << column << ": " << value;
}

TEST_F(Names, OfATimeThatNoRelayHasAreRefusedAndCounted) {
  std::int64_t refused = 0;
  for (const char* period : {"2099-01-01:00", "9999-12-31:23", "1970-01-01:00", "2026-02-30:10",
                             "2026-11-20:24", "2026-11-20:+1", "2026-11-20: 1"}) {
    client_.Must({"HINCRBY", std::string("usage:k:model:hourly:m:") + period, "requests", "1"});
    ++refused;
    EXPECT_TRUE(WaitFor([&] { return metering_->metrics().refused_keys == refused; })) << period;
  }
  Grow("k", "m", 2);
  EXPECT_TRUE(Shows("k", "m", 2));
  EXPECT_EQ(rows_.Value("SELECT count(*) FROM api_key_usage_hour"), "1");
}

}  // namespace
}  // namespace keymeter::testing
