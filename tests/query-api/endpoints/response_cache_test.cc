#include "query-api/endpoints/response_cache.h"

#include <atomic>
#include <future>
#include <stdexcept>

#include <gtest/gtest.h>

#include "query-api/http/shared_body.h"
#include "tests/support/usage_file.h"
#include "tests/support/wait_for.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::WaitFor;

ResponseVersion At(std::uint64_t file, std::int64_t data_version, std::int64_t step) {
  return {{.file = file, .data_version = data_version}, step};
}

/// Makes answers and counts them.
class Maker {
 public:
  [[nodiscard]] ResponseCache::Make Says(const std::string& body) {
    return [this, body]() -> Result<Response> {
      ++made_;
      Response response;
      response.body = body;
      return response;
    };
  }
  [[nodiscard]] int made() const { return made_; }

 private:
  std::atomic<int> made_{0};
};

std::string AskFor(ResponseCache& cache, const std::string& question, const ResponseVersion& version,
                   const ResponseCache::Make& make) {
  const auto response = cache.Get(question, version, make);
  return response ? response->Bytes() : "error: " + response.error().message;
}

/// An answer whose making begins at once and ends when the test says so.
class SlowAnswer {
 public:
  SlowAnswer(ResponseCache& cache, ResponseCache::Make outcome) {
    thread_ = std::async(std::launch::async, [this, &cache, outcome = std::move(outcome)] {
      return AskFor(cache, "q", At(1, 1, 0), [&]() -> Result<Response> {
        has_begun_.set_value();
        may_end_.get_future().wait();
        return outcome();
      });
    });
    has_begun_.get_future().wait();
  }
  ~SlowAnswer() {
    if (thread_.valid()) may_end_.set_value();  // a test that gave up
  }
  SlowAnswer(const SlowAnswer&) = delete;
  SlowAnswer& operator=(const SlowAnswer&) = delete;

  std::string End() {
    may_end_.set_value();
    return thread_.get();
  }

 private:
  std::promise<void> has_begun_;
  std::promise<void> may_end_;
  std::future<std::string> thread_;
};

std::future<std::string> AskLater(ResponseCache& cache, Maker& maker) {
  return std::async(std::launch::async,
                    [&] { return AskFor(cache, "q", At(1, 1, 0), maker.Says("second")); });
}

TEST(ResponseCache, WhatHasNotChangedIsMadeOnce) {
  ResponseCache cache;
  Maker maker;
  EXPECT_EQ(AskFor(cache, "q", At(1, 1, 0), maker.Says("one")), "one");
  EXPECT_EQ(AskFor(cache, "q", At(1, 1, 0), maker.Says("two")), "one");
  EXPECT_EQ(maker.made(), 1);
  EXPECT_EQ(cache.stats().hits, 1U);
  EXPECT_EQ(cache.stats().misses, 1U);
}

TEST(ResponseCache, AHitSharesTheBodyAndKeepsTheHeaders) {
  ResponseCache cache;
  const auto make = []() -> Result<Response> { return JsonResponse(Json{{"a", 1}}); };
  const auto first = cache.Get("q", At(1, 1, 0), make);
  const auto second = cache.Get("q", At(1, 1, 0), make);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(&first->Bytes(), &second->Bytes());
  EXPECT_EQ(*second->FindHeader("Content-Type"), "application/json; charset=utf-8");
}

TEST(ResponseCache, AnotherFileVersionStepOrQuestionIsMadeAnew) {
  ResponseCache cache;
  Maker maker;
  int asked = 0;
  for (const ResponseVersion version : {At(1, 1, 0), At(1, 2, 0), At(1, 2, 1), At(2, 2, 1)}) {
    ++asked;
    EXPECT_EQ(AskFor(cache, "q", version, maker.Says(std::to_string(asked))), std::to_string(asked));
  }
  EXPECT_EQ(AskFor(cache, "r", At(2, 2, 1), maker.Says("r")), "r");
  EXPECT_EQ(maker.made(), 5);
  EXPECT_EQ(cache.stats().answers, 2U) << "of each question only the newest answer is kept";
}

TEST(ResponseCache, AnOlderAnswerDoesNotReplaceANewerOne) {
  ResponseCache cache;
  Maker maker;
  EXPECT_EQ(AskFor(cache, "q", At(1, 2, 0), maker.Says("new")), "new");
  EXPECT_EQ(AskFor(cache, "q", At(1, 1, 0), maker.Says("old")), "old");
  EXPECT_EQ(AskFor(cache, "q", At(1, 2, 0), maker.Says("newer")), "new");
}

TEST(ResponseCache, ErrorsAndOtherAnswersThan200AreNotKept) {
  ResponseCache cache;
  Maker maker;
  const auto fails = []() -> Result<Response> { return Fail(ErrorCode::kUnavailable, "busy"); };
  EXPECT_EQ(AskFor(cache, "q", At(1, 1, 0), fails), "error: busy");
  EXPECT_THROW(
      (void)AskFor(cache, "q", At(1, 1, 0), []() -> Result<Response> { throw std::runtime_error("x"); }),
      std::runtime_error);
  const auto missing = cache.Get("q", At(1, 1, 0), []() -> Result<Response> { return Problem(404, "none"); });
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(AskFor(cache, "q", At(1, 1, 0), maker.Says("there")), "there");
}

TEST(ResponseCache, TheLeastRecentlyAskedGoesFirst) {
  ResponseCache cache({.max_bytes = 16'000});
  Maker maker;
  const std::string body(2500, 'x');
  for (const char* question : {"a", "b", "c", "d", "e"})
    (void)AskFor(cache, question, At(1, 1, 0), maker.Says(body));
  (void)AskFor(cache, "a", At(1, 1, 0), maker.Says(body));
  EXPECT_EQ(maker.made(), 5);
  (void)AskFor(cache, "f", At(1, 1, 0), maker.Says(body));  // there is no room for six
  EXPECT_LE(cache.stats().bytes, 16'000U);
  (void)AskFor(cache, "a", At(1, 1, 0), maker.Says(body));
  EXPECT_EQ(maker.made(), 6) << "a was asked lately";
  (void)AskFor(cache, "b", At(1, 1, 0), maker.Says(body));
  EXPECT_EQ(maker.made(), 7) << "b had to go";
}

TEST(ResponseCache, AnAnswerThatIsTooLargeIsGivenAndNotKept) {
  ResponseCache cache({.max_bytes = 16'000});
  Maker maker;
  EXPECT_EQ(AskFor(cache, "q", At(1, 1, 0), maker.Says(std::string(9000, 'x'))).size(), 9000U);
  EXPECT_EQ(cache.stats().answers, 0U);
  EXPECT_EQ(cache.stats().bytes, 0U);
}

TEST(ResponseCache, ACompressedCopyCountsWhenItsAnswerIsAskedForAgain) {
  ResponseCache cache;
  Maker maker;
  const auto ask = [&] { return cache.Get("q", At(1, 1, 0), maker.Says(std::string(5000, 'x'))); };
  const auto first = ask();
  const std::size_t before = cache.stats().bytes;
  const std::size_t copy = first->shared_body->Gzipped()->size();
  (void)ask();
  EXPECT_GE(cache.stats().bytes, before + copy);
}

TEST(ResponseCache, WithoutRoomEverythingIsMade) {
  ResponseCache cache({.max_bytes = 0});
  Maker maker;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(AskFor(cache, "q", At(1, 1, 0), maker.Says("one")), "one");
  EXPECT_EQ(maker.made(), 2);
}

TEST(ResponseCache, TheSecondWaitsForTheFirst) {
  ResponseCache cache;
  Maker maker;
  SlowAnswer first(cache, maker.Says("first"));
  auto second = AskLater(cache, maker);
  ASSERT_TRUE(WaitFor([&] { return cache.stats().waiting == 1; }));
  EXPECT_EQ(first.End(), "first");
  EXPECT_EQ(second.get(), "first");
  EXPECT_EQ(maker.made(), 1);
}

TEST(ResponseCache, WhoWaitsGivesBackFirstWhatOthersNeed) {
  ResponseCache cache;
  Maker maker;
  SlowAnswer first(cache, maker.Says("first"));
  std::promise<void> given_back;
  auto second = std::async(std::launch::async, [&] {
    return cache.Get("q", At(1, 1, 0), maker.Says("second"), [&] { given_back.set_value(); })->Bytes();
  });
  given_back.get_future().wait();
  EXPECT_EQ(first.End(), "first");
  EXPECT_EQ(second.get(), "first");
}

TEST(ResponseCache, ARollUpAloneDoesNotMakeAnAnswerAnew) {
  ResponseCache cache;
  Maker maker;
  EXPECT_EQ(AskFor(cache, "q", At(1, 1, 0), maker.Says("one")), "one");
  ResponseVersion rolled = At(1, 1, 0);
  rolled.file.rolled_until += 60;
  EXPECT_EQ(AskFor(cache, "q", rolled, maker.Says("two")), "one");
}

TEST(ResponseCache, AFailureIsNotHandedOn) {
  ResponseCache cache;
  Maker maker;
  SlowAnswer first(cache, []() -> Result<Response> { return Fail(ErrorCode::kInternal, "broken"); });
  auto second = AskLater(cache, maker);
  ASSERT_TRUE(WaitFor([&] { return cache.stats().waiting == 1; }));
  EXPECT_EQ(first.End(), "error: broken");
  EXPECT_EQ(second.get(), "second");
}

TEST(ResponseCache, AnExceptionLeavesNobodyWaiting) {
  ResponseCache cache;
  Maker maker;
  SlowAnswer first(cache, []() -> Result<Response> { throw std::runtime_error("thrown"); });
  auto second = AskLater(cache, maker);
  ASSERT_TRUE(WaitFor([&] { return cache.stats().waiting == 1; }));
  EXPECT_THROW(first.End(), std::runtime_error);
  EXPECT_EQ(second.get(), "second");
}

TEST(ResponseCache, NobodyWaitsForever) {
  ResponseCache cache({.max_wait = std::chrono::milliseconds(1)});
  Maker maker;
  SlowAnswer first(cache, maker.Says("first"));
  EXPECT_EQ(AskLater(cache, maker).get(), "second");
  EXPECT_EQ(first.End(), "first");
}

TEST(ResponseCache, NobodyWaitsForAnAnswerOfAnotherVersion) {
  ResponseCache cache;
  Maker maker;
  SlowAnswer first(cache, maker.Says("first"));
  EXPECT_EQ(AskFor(cache, "q", At(1, 2, 0), maker.Says("newer")), "newer");
  EXPECT_EQ(first.End(), "first");
  EXPECT_EQ(AskFor(cache, "q", At(1, 2, 0), maker.Says("newest")), "newer");
}

/// Through the handlers.
class KeptAnswers : public ::testing::Test {
 protected:
  UsageFile file_;
  ApiUnderTest api_{file_.path(), kNowMs, Role::kAdmin, 1'000'000};
};

TEST_F(KeptAnswers, AnUnchangedListIsNotReadAgain) {
  file_.Key("k1").Minute(kMinuteNow, {.entity = "k1"});
  const Response first = api_.Get("/api/apikeys");
  const Response second = api_.Get("/api/apikeys");
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(*first.FindHeader("ETag"), *second.FindHeader("ETag"));
  EXPECT_EQ(*second.FindHeader("X-Total-Count"), "1");
  EXPECT_EQ(api_.answers().stats().hits, 1U);
  EXPECT_EQ(api_.Send("HEAD", "/api/apikeys").body, first.body);
  EXPECT_EQ(api_.answers().stats().hits, 2U);
}

TEST_F(KeptAnswers, ChangedDataIsSeenAtOnce) {
  file_.Key("k1", "before");
  EXPECT_EQ(api_.GetJson("/api/apikeys")[0]["name"], "before");
  file_.Sql("UPDATE api_key SET name = 'after'; UPDATE source_state SET data_version = data_version + 1");
  EXPECT_EQ(api_.GetJson("/api/apikeys")[0]["name"], "after");
}

TEST_F(KeptAnswers, ARateFallsAsTimePasses) {
  file_.Key("k1").Minute(kMinuteNow, {.entity = "k1", .requests = 7});
  EXPECT_EQ(api_.GetJson("/api/apikeys")[0]["rpm"], 7.0);
  api_.clock.AdvanceMs(3'600'000);
  EXPECT_EQ(api_.GetJson("/api/apikeys")[0]["rpm"], 0.0);
}

TEST_F(KeptAnswers, EveryTargetHasItsOwn) {
  file_.Key("k1", "one").Key("k2", "two");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(api_.GetJson("/api/apikeys/k1")["name"], "one");
    EXPECT_EQ(api_.GetJson("/api/apikeys/k2")["name"], "two");
    EXPECT_EQ(api_.GetJson("/api/apikeys?search=two").size(), 1U);
    EXPECT_EQ(api_.GetJson("/api/apikeys").size(), 2U);
  }
  EXPECT_EQ(api_.answers().stats().hits, 4U);
}

}  // namespace
}  // namespace keymeter::query_api
