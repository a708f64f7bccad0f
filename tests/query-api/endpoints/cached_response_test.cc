#include "query-api/endpoints/cached_response.h"

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/endpoints/response_cache.h"
#include "tests/support/usage_file.h"
#include "tests/support/wait_for.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::WaitFor;
using Kind = SeriesCatalog::Kind;

constexpr std::size_t kAskers = 9;
constexpr std::size_t kConnections = 8;

/// As many connections as the API has, and none to wait for.
class CachedResponseTest : public ::testing::Test {
 protected:
  CachedResponseTest() {
    file_.Account("a1").Key("k1").Minute(kMinuteNow, {.kind = "account", .entity = "a1", .requests = 3});
  }

  Result<Response> Ask(const std::string& path, const MakeResponse& make,
                       const std::string& if_none_match = "") {
    Request request{"GET", path, "", {}};
    if (!if_none_match.empty()) request.headers.push_back({"If-None-Match", if_none_match});
    return CachedResponse(context_, Call{request, {}, ""}, Freshness::kChangesWithData, make);
  }
  /// An answer that reads nothing but the snapshot's version.
  static Result<Response> Say(Snapshot& snapshot) {
    return JsonResponse(Json{{"version", snapshot.state.data_version}});
  }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), kConnections};
  ResponseCache responses_;
  ApiContext context_{pool_, clock_, &responses_};
};

TEST_F(CachedResponseTest, AStarIsForWhatThereIs) {
  const auto missing = [](Snapshot&) -> Result<Response> { return Problem(404, "there is none"); };
  EXPECT_EQ(Ask("/missing", missing, "*")->status, 404);
  EXPECT_EQ(Ask("/there", Say, "*")->status, 304);
  EXPECT_EQ(Ask("/there", Say, "*")->status, 304) << "also when the answer is kept";
  EXPECT_NE(Ask("/there", Say, "*")->FindHeader("ETag"), nullptr);
  EXPECT_EQ(Ask("/there", Say)->status, 200);
}

TEST_F(CachedResponseTest, WhoHasItAlreadyGetsA304) {
  const auto first = Ask("/x", Say);
  ASSERT_TRUE(first);
  const std::string etag = *first->FindHeader("ETag");
  EXPECT_EQ(Ask("/x", Say, etag)->status, 304);
  EXPECT_EQ(Ask("/y", Say, etag)->status, 200);
  file_.Key("k2").Sql("UPDATE source_state SET data_version = data_version + 1");
  EXPECT_EQ(Ask("/x", Say, etag)->status, 200);
}

TEST_F(CachedResponseTest, OnlyA200HasAnEtag) {
  const auto missing = Ask("/x", [](Snapshot&) -> Result<Response> { return Problem(404, "none"); });
  EXPECT_EQ(missing->FindHeader("ETag"), nullptr);
}

TEST_F(CachedResponseTest, AnUnrelatedQuestionIsAnsweredWhileNineAskForTheSame) {
  std::promise<void> may_end;
  std::shared_future<void> end = may_end.get_future().share();
  std::atomic<int> made{0};
  const auto slow = [&](Snapshot& snapshot) -> Result<Response> {
    ++made;
    end.wait();
    return Say(snapshot);
  };
  std::vector<std::future<int>> askers;
  for (std::size_t i = 0; i < kAskers; ++i) {
    askers.push_back(std::async(std::launch::async, [&] { return Ask("/slow", slow)->status; }));
    ASSERT_TRUE(WaitFor([&] { return made == 1 && responses_.stats().waiting == i; }));
  }
  // The one that makes it holds a connection. The eight that wait hold none.
  std::vector<Lease> others;
  for (std::size_t i = 0; i + 1 < kConnections; ++i) {
    auto lease = pool_.Take();
    ASSERT_TRUE(lease) << i;
    others.push_back(std::move(*lease));
  }
  others.pop_back();
  EXPECT_EQ(Ask("/other", Say)->status, 200);
  may_end.set_value();
  for (auto& asker : askers) EXPECT_EQ(asker.get(), 200);
  EXPECT_EQ(made, 1);
}

TEST_F(CachedResponseTest, WhoWaitedInVainAnswersFromANewSnapshot) {
  std::promise<void> may_end;
  std::atomic<int> made{0};
  const auto broken_at_first = [&](Snapshot& snapshot) -> Result<Response> {
    if (made++ > 0) return Say(snapshot);
    may_end.get_future().wait();
    return Fail(ErrorCode::kUnavailable, "broken");
  };
  auto first = std::async(std::launch::async, [&] { return Ask("/x", broken_at_first).has_value(); });
  ASSERT_TRUE(WaitFor([&] { return made == 1; }));
  auto second = std::async(std::launch::async, [&] { return Ask("/x", broken_at_first); });
  ASSERT_TRUE(WaitFor([&] { return responses_.stats().waiting == 1; }));
  file_.Key("k2").Sql("UPDATE source_state SET data_version = data_version + 1");
  const std::int64_t newest = file_.Int("SELECT data_version FROM source_state");
  may_end.set_value();
  EXPECT_FALSE(first.get());
  const auto response = second.get();
  ASSERT_TRUE(response);
  EXPECT_EQ(Json::parse(response->Bytes())["version"], newest);
  const std::string etag = *response->FindHeader("ETag");
  EXPECT_EQ(Ask("/x", Say, etag)->status, 304) << "the ETag is that of the new snapshot";
}

/// Through the handlers.
TEST(PreparedSums, AnUnrelatedQuestionIsAnsweredWhileNineNeedSumsThatAreBeingMade) {
  UsageFile file;
  file.Account("a1").Group("g1", "one", {"a1"}).Minute(kMinuteNow, {.kind = "account", .entity = "a1"});
  ApiUnderTest api(file.path(), kNowMs, Role::kAdmin, 1'000'000);  // with four connections
  EntitySumsCache& sums = api.caches().sums;
  std::optional<EntitySumsCache::Making> making = sums.StartMaking(Kind::kAccount);
  ASSERT_TRUE(making);
  std::vector<std::future<int>> askers;
  for (std::size_t i = 0; i < kAskers; ++i) {
    const std::string target = fmt::format("/api/accounts?limit={}", i + 1);  // so that no answer is shared
    askers.push_back(std::async(std::launch::async, [&api, target] { return api.Get(target).status; }));
    ASSERT_TRUE(WaitFor([&] { return sums.waiting(Kind::kAccount) == i + 1; }));
  }
  EXPECT_EQ(api.Get("/api/groups").status, 200);
  EXPECT_EQ(api.Get("/api/apikeys").status, 200) << "sums of keys are others";
  EXPECT_EQ(api.Get("/api/health").status, 503) << "no processor is known, but the file is read";
  making.reset();
  for (auto& asker : askers) EXPECT_EQ(asker.get(), 200);
  EXPECT_EQ(api.GetJson("/api/accounts")[0]["usage"]["total"]["requests"], 1);
}

TEST(PreparedSums, AreMadeOnceForAll) {
  UsageFile file;
  file.Account("a1").Minute(kMinuteNow, {.kind = "account", .entity = "a1"});
  ApiUnderTest api(file.path());
  ASSERT_EQ(api.Get("/api/accounts").status, 200);
  Snapshot snapshot = api.Now();
  const auto made = api.caches().sums.Of(snapshot, Kind::kAccount);
  ASSERT_EQ(api.Get("/api/accounts?limit=1").status, 200);
  EXPECT_EQ(*api.caches().sums.Of(snapshot, Kind::kAccount), *made);
}

}  // namespace
}  // namespace keymeter::query_api
