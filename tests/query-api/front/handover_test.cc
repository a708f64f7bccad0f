#include "query-api/front/handover.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

HandedOver Body(std::string_view text) {
  return {.shared_body = std::make_shared<const std::string>(text)};
}

TEST(HandoverTest, WhatIsLeftIsTakenOnceByThatPort) {
  Handover handover;
  handover.Open(1);
  handover.Open(2);
  EXPECT_TRUE(handover.Leave(1, *handover.Find(1), Body("one")));
  EXPECT_FALSE(handover.Take(2));
  const auto taken = handover.Take(1);
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken->shared_body, "one");
  EXPECT_FALSE(handover.Take(1));
}

TEST(HandoverTest, ClosedPortsAreStrangersAndWhatWasLeftIsReleased) {
  Handover handover;
  EXPECT_FALSE(handover.Find(1));
  EXPECT_FALSE(handover.Leave(1, 1, Body("lost")));
  handover.Open(1);
  HandedOver body = Body("late");
  const std::weak_ptr<const std::string> watched = body.shared_body;
  EXPECT_TRUE(handover.Leave(1, *handover.Find(1), std::move(body)));
  handover.Close(1);
  EXPECT_TRUE(watched.expired());
  EXPECT_FALSE(handover.Find(1));
}

TEST(HandoverTest, WhoAnsweredAnEarlierConnectionOfAPortLeavesNothingOnTheNext) {
  Handover handover;
  handover.Open(1);
  const auto earlier = *handover.Find(1);
  handover.Close(1);
  handover.Open(1);
  EXPECT_FALSE(handover.Leave(1, earlier, Body("another's")));
  EXPECT_FALSE(handover.Take(1));
}

}  // namespace
}  // namespace keymeter::query_api
