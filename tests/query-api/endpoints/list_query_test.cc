#include "query-api/endpoints/list_query.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using Names = std::vector<std::string>;

constexpr std::array kUsageSorts = {"rpm",           "tpm",         "todayRequests", "todayTokens",
                                    "todayCost",     "monthTokens", "monthRequests", "monthCost",
                                    "totalRequests", "totalTokens", "totalCost"};

Names IdsOf(const Json& list) {
  Names ids;
  for (const Json& item : list) ids.push_back(item.at(item.contains("keyId") ? "keyId" : "accountId"));
  return ids;
}

/// The target of the next page; "" after the last one.
std::string NextOf(const Response& response) {
  const std::string* link = response.FindHeader("Link");
  return link == nullptr ? "" : link->substr(1, link->find('>') - 1);
}

/// Twenty keys and accounts that used more and less, at several times; some of them the same.
class UsageSorts : public ::testing::Test {
 protected:
  UsageSorts() : now_ms_(SystemClock().WallMs()), minute_(BucketOf(Level::kMinute, now_ms_ / 1000, 0)) {
    file_.Sql("BEGIN");
    for (std::int64_t i = 0; i < 20; ++i) {
      const std::string id = fmt::format("e{:02}", i);
      file_.Key(id).Account(id);
      for (const std::string kind : {"api_key", "account"}) {
        const auto use = [&](std::int64_t back, const char* model, std::int64_t requests) {
          if (requests > 0) file_.Minute(minute_ - back, {kind, id, model, requests});
        };
        use(0, "a", i * 7 % 5);
        use(120, "b", i * 3 % 4);
        use(9000, "a", i * 11 % 6);
        use(20 * kDaySeconds, "b", i * 13 % 7);
        use(50 * kDaySeconds, "a", i * 17 % 3);
      }
    }
    for (const char* table : {"minute", "hour", "day", "month"})
      file_.Sql(fmt::format("UPDATE usage_{} SET cost_micros = cost_micros * (series % 5)", table));
    file_.Sql(
        "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
        "VALUES ('a', 0, 0.001, 0.002, 0, 0, 0), ('b', 0, 0.25, 0.5, 0, 0, 0)");
    file_.Sql("COMMIT");
  }

  /// In the order of the view, for which columns are named by the names of sorts.
  [[nodiscard]] Names ByView(const std::string& view, const std::string& id, const std::string& sort,
                             const std::string& order) {
    std::string column;
    for (const char c : sort)
      column += std::isupper(c) != 0 ? std::string("_") + static_cast<char>(c + 32) : std::string(1, c);
    if (column.ends_with("_tokens")) column.insert(column.size() - 6, "total_");
    if (column.ends_with("_cost")) column += "_usd";
    auto database = Database::Open(file_.path(), Database::Mode::kReadOnly);
    auto query = database->Prepare(
        fmt::format("SELECT {0} FROM {1} ORDER BY round({2}, 9) {3}, {0} {3}", id, view, column, order));
    EXPECT_TRUE(query) << column;
    Names ids;
    while (query && *query->Step()) ids.emplace_back(query->Text(0));
    return ids;
  }

  const std::int64_t now_ms_;
  const std::int64_t minute_;
  UsageFile file_{kOffset, minute_ - 60};
  ApiUnderTest api_{file_.path(), now_ms_};
};

TEST_F(UsageSorts, AgreeWithTheViewsOfTheFile) {
  for (const char* sort : kUsageSorts) {
    if (std::string_view(sort).ends_with("pm")) continue;  // the view's clock moves on
    for (const char* order : {"asc", "desc"}) {
      const std::string query = fmt::format("?sort={}&order={}", sort, order);
      EXPECT_EQ(IdsOf(api_.GetJson("/api/apikeys" + query)), ByView("api_keys", "api_key", sort, order))
          << query;
      EXPECT_EQ(IdsOf(api_.GetJson("/api/accounts" + query)), ByView("accounts", "account", sort, order))
          << query;
    }
  }
}

TEST_F(UsageSorts, PutTheFastestNowLast) {
  for (const char* sort : {"rpm", "tpm"}) {
    double before = -1;
    for (const Json& key : api_.GetJson(fmt::format("/api/apikeys?sort={}", sort))) {
      EXPECT_GE(key.at(sort).get<double>(), before) << key.at("keyId");
      before = key.at(sort).get<double>();
    }
    EXPECT_GT(before, 0);
  }
}

TEST_F(UsageSorts, PagesHoldEachRowOnce) {
  for (const char* path : {"/api/apikeys", "/api/accounts"}) {
    for (const char* sort : kUsageSorts) {
      const std::string target = fmt::format("{}?sort={}&order=desc", path, sort);
      Names paged;
      for (std::string next = target + "&limit=3"; !next.empty();) {
        const Response page = api_.Get(next);
        ASSERT_EQ(page.status, 200) << page.body;
        EXPECT_EQ(*page.FindHeader("X-Total-Count"), "20");
        for (std::string& id : IdsOf(Json::parse(page.body))) paged.push_back(std::move(id));
        next = NextOf(page);
      }
      EXPECT_EQ(paged, IdsOf(api_.GetJson(target))) << target;
    }
  }
}

TEST_F(UsageSorts, PagesHoldEachRowOnceWhileTimeGoesOn) {
  for (const char* path : {"/api/apikeys", "/api/accounts"})
    for (const char* sort : {"rpm", "tpm"})
      for (const char* order : {"asc", "desc"}) {
        ApiUnderTest api(file_.path(), now_ms_);
        const std::string target = fmt::format("{}?sort={}&order={}", path, sort, order);
        const Names before = IdsOf(api.GetJson(target));
        Names paged;
        for (std::string next = target + "&limit=1"; !next.empty() && paged.size() < 100;) {
          const Response page = api.Get(next);
          ASSERT_EQ(page.status, 200) << page.body;
          EXPECT_EQ(*page.FindHeader("X-Total-Count"), "20");
          for (std::string& id : IdsOf(Json::parse(page.body))) paged.push_back(std::move(id));
          next = NextOf(page);
          api.clock.AdvanceMs(7000);  // rates fall to zero on the way
        }
        EXPECT_EQ(paged, before) << target;
      }
}

TEST_F(UsageSorts, PagesHoldEachRowOnceWhileEveryValueMoves) {
  for (const char* sort : kUsageSorts)
    for (const char* order : {"asc", "desc"}) {
      const std::string target = fmt::format("/api/apikeys?sort={}&order={}", sort, order);
      const Names before = IdsOf(api_.GetJson(target));
      Names paged;
      for (std::string next = target + "&limit=3"; !next.empty() && paged.size() < 100;) {
        const Response page = api_.Get(next);
        ASSERT_EQ(page.status, 200) << page.body;
        for (std::string& id : IdsOf(Json::parse(page.body))) {
          file_.Minute(minute_, {.entity = id, .model = "a", .requests = 1000});
          paged.push_back(std::move(id));
        }
        next = NextOf(page);
      }
      EXPECT_EQ(paged, before) << target;
    }
}

TEST_F(UsageSorts, AnOrderThatIsNoLongerKeptEndsAllTheSame) {
  for (const std::string order : {"rpm&order=asc", "rpm&order=desc", "todayRequests&order=desc"}) {
    const std::string target = "/api/apikeys?sort=" + order;
    const Names before = IdsOf(api_.GetJson(target));
    Names paged;
    std::int64_t elapsed_ms = 0;
    for (std::string next = target + "&limit=3"; !next.empty() && paged.size() < 100;) {
      // Another process answers each page; the rates are those of the first page's moment.
      const ApiUnderTest other(file_.path(), now_ms_ + elapsed_ms);
      const Response page = other.Get(next);
      ASSERT_EQ(page.status, 200) << page.body;
      for (std::string& id : IdsOf(Json::parse(page.body))) paged.push_back(std::move(id));
      next = NextOf(page);
      elapsed_ms += 40'000;
    }
    EXPECT_EQ(paged, before) << order;
  }
}

TEST_F(UsageSorts, AnOrderThatIsNoLongerKeptEndsThoughWhatWasShownGrows) {
  std::size_t shown = 0;
  for (std::string next = "/api/apikeys?sort=todayRequests&order=asc&limit=3";
       !next.empty() && shown < 100;) {
    const Response page = ApiUnderTest(file_.path(), now_ms_).Get(next);
    ASSERT_EQ(page.status, 200) << page.body;
    for (const std::string& id : IdsOf(Json::parse(page.body))) {
      file_.Minute(minute_, {.entity = id, .model = "a", .requests = 1000});  // it may come again
      ++shown;
    }
    next = NextOf(page);
  }
  EXPECT_EQ(shown, IdsOf(api_.GetJson("/api/apikeys")).size());
}

TEST_F(UsageSorts, AnOrderIsOfItsOwnQuestionOnly) {
  const std::string next = NextOf(api_.Get("/api/apikeys?sort=totalCost&limit=5"));
  const std::string cursor = next.substr(next.find("cursor="));
  const Json rest = api_.GetJson("/api/apikeys?sort=totalCost&search=e0&limit=100&" + cursor);
  ASSERT_FALSE(rest.empty());
  for (const Json& key : rest) EXPECT_EQ(key["keyId"].get<std::string>().substr(0, 2), "e0");
}

TEST_F(UsageSorts, PagesHoldWhatStaysThoughOthersMove) {
  const std::string target = "/api/apikeys?sort=totalRequests&limit=6";
  const Names before = IdsOf(api_.GetJson("/api/apikeys?sort=totalRequests"));
  const Response first = api_.Get(target);
  Names seen = IdsOf(Json::parse(first.body));
  // One of the next page grows, one of the first leaves the file, as does one of the next, and a new one
  // comes.
  file_.Minute(minute_, {.entity = before[8], .model = "a", .requests = 100'000})
      .Sql("DELETE FROM api_key WHERE id IN ('" + before[1] + "', '" + before[9] + "')")
      .Key("new")
      .Sql("UPDATE source_state SET data_version = data_version + 1");
  for (std::string next = NextOf(first); !next.empty();) {
    const Response page = api_.Get(next);
    ASSERT_EQ(page.status, 200) << page.body;
    for (std::string& id : IdsOf(Json::parse(page.body))) seen.push_back(std::move(id));
    next = NextOf(page);
  }
  Names expected = before;
  expected.erase(expected.begin() + 9);
  EXPECT_EQ(seen, expected);
}

TEST_F(UsageSorts, ACursorOfAnotherTypeIsRefused) {
  for (const SqlValue& value : {SqlValue(std::string("1")), SqlValue(std::int64_t{1})}) {
    const std::string cursor = Cursor{"rpm", "asc", value, "e01"}.Encode();
    EXPECT_EQ(api_.Get("/api/apikeys?sort=rpm&cursor=" + cursor).status, 400);
  }
  const std::string fits = Cursor{"rpm", "asc", 1e9, "e01"}.Encode();
  EXPECT_EQ(api_.GetJson("/api/apikeys?sort=rpm&cursor=" + fits).size(), 0U);
}

TEST_F(UsageSorts, NoNumberOfAForgedCursorLeadsAstray) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const std::string next = NextOf(api_.Get("/api/apikeys?sort=totalCost&limit=5"));
  const Cursor real = *Cursor::Decode(next.substr(next.find("cursor=") + 7));
  for (const bool is_kept : {true, false})
    for (std::int64_t Cursor::*number : {&Cursor::moment_ms, &Cursor::place, &Cursor::left})
      for (const std::int64_t forged : {kLeast, std::int64_t{-1}, std::int64_t{0}, std::int64_t{19},
                                        std::int64_t{20}, std::int64_t{21}, kMost - 10'000, kMost - 1, kMost})
        for (const std::int64_t limit : {1, 5, 10'000}) {
          Cursor cursor = real;
          if (!is_kept) cursor.kept = "nothing";
          cursor.*number = forged;
          const Response page =
              api_.Get(fmt::format("/api/apikeys?sort=totalCost&limit={}&cursor={}", limit, cursor.Encode()));
          ASSERT_EQ(page.status, forged < 0 ? 400 : 200) << page.body;
          if (forged < 0) continue;
          Names ids = IdsOf(Json::parse(page.body));
          EXPECT_LE(ids.size(), static_cast<std::size_t>(limit));
          std::sort(ids.begin(), ids.end());
          EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
        }
}

TEST(ListCursor, IsTheSameWhenItIsReadAgain) {
  const Cursor cursors[] = {{"name", "asc", std::string("a\nb\xff\0c", 6), "id\n1"},
                            {"name", "desc", std::string(), ""},
                            {"priority", "asc", std::int64_t{-5}, "x"},
                            {"rpm", "asc", 0.1 + 0.2, "x"},
                            {"totalCost", "desc", 1e300, "x"}};
  for (const Cursor& cursor : cursors) {
    const auto read = Cursor::Decode(cursor.Encode());
    ASSERT_TRUE(read) << cursor.sort;
    EXPECT_EQ(read->sort, cursor.sort);
    EXPECT_EQ(read->order, cursor.order);
    EXPECT_EQ(read->value, cursor.value);
    EXPECT_EQ(read->id, cursor.id);
  }
}

TEST(ListCursor, IsRefusedWhenItIsNone) {
  const std::string good = Cursor{"rpm", "asc", 1.5, "id"}.Encode();
  for (const std::string& text : {std::string("0"), std::string("zz"), good.substr(0, 20), good + "2e",
                                  Cursor{"rpm", "asc", std::nan(""), "id"}.Encode()})
    EXPECT_FALSE(Cursor::Decode(text)) << text;
}

TEST(ListPages, GoOnAfterNamesThatAreLongOrNoUtf8) {
  UsageFile file;
  const std::string longest(4000, 'x');
  file.Key("k1", longest + "b")
      .Key("k2", longest + "a")
      .Key("k3", "", "name = CAST(x'ff41' AS TEXT)")
      .Key("k4", "z");
  const ApiUnderTest api(file.path());
  Names seen;
  for (std::string next = "/api/apikeys?sort=name&limit=1"; !next.empty();) {
    const Response page = api.Get(next);
    ASSERT_EQ(page.status, 200) << page.body;
    for (std::string& id : IdsOf(Json::parse(page.body))) seen.push_back(std::move(id));
    next = NextOf(page);
  }
  EXPECT_EQ(seen, (Names{"k1", "k2", "k4", "k3"}));
}

TEST(ListPages, OfAccountStatsHaveTheWholeAsOverall) {
  UsageFile file;
  for (const char* id : {"a1", "a2", "a3"})
    file.Account(id).Minute(kMinuteNow, {.kind = "account", .entity = id, .requests = 2});
  const ApiUnderTest api(file.path());
  Names seen;
  for (std::string next = "/api/accounts/usage-stats?limit=2"; !next.empty();) {
    const Response page = api.Get(next);
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_EQ(*page.FindHeader("X-Total-Count"), "3");
    const Json body = Json::parse(page.body);
    EXPECT_EQ(body["overall"]["today"]["requests"], 6);
    for (std::string& id : IdsOf(body["accounts"])) seen.push_back(std::move(id));
    next = NextOf(page);
  }
  EXPECT_EQ(seen, (Names{"a1", "a2", "a3"}));
  EXPECT_EQ(api.Get("/api/accounts/usage-stats?limit=0").status, 400);
  EXPECT_EQ(api.Get("/api/accounts/usage-stats?sort=name").status, 400);
}

}  // namespace
}  // namespace keymeter::query_api
