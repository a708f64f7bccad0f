#include "query-api/front/exchange_queue.h"

#include <vector>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

std::shared_ptr<Exchange> Asked(std::string path) {
  return std::make_shared<Exchange>(
      Request{.method = "GET", .path = std::move(path), .query = "", .headers = {}}, [](const Answer&) {});
}

TEST(ExchangeQueueTest, GivesInOrderAndPassesOverWhoHasGone) {
  ExchangeQueue queue;
  const auto gone = Asked("/gone");
  queue.Push(gone);
  queue.Push(Asked("/1"));
  queue.Push(Asked("/2"));
  gone->Abandon();
  EXPECT_EQ(queue.Pop()->request().path, "/1");
  EXPECT_EQ(queue.Pop()->request().path, "/2");
  EXPECT_EQ(queue.Pop(), nullptr);
}

TEST(ExchangeQueueTest, NamesWhoHasWaitedTooLong) {
  ExchangeQueue queue;
  queue.Push(Asked("/1"), 100);
  queue.Push(Asked("/2"), 200);
  EXPECT_EQ(queue.PopSince(99), nullptr);
  EXPECT_EQ(queue.PopSince(100)->request().path, "/1");
  EXPECT_EQ(queue.PopSince(100), nullptr);
  EXPECT_EQ(queue.size(), 1U);
}

TEST(ExchangeQueueTest, ACrowdThatHasGoneTakesNoMemory) {
  ExchangeQueue queue;
  const auto first = Asked("/stays");
  queue.Push(first);
  for (int i = 0; i < 100'000; ++i) {
    auto exchange = Asked("/gone");
    queue.Push(exchange);
    exchange->Abandon();
    ASSERT_LE(queue.size(), 2 * ExchangeQueue::kFewest);
  }
  EXPECT_EQ(queue.Pop(), first);
  EXPECT_EQ(queue.Pop(), nullptr);
}

}  // namespace
}  // namespace keymeter::query_api
