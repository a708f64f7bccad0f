#include "query-api/front/handshake_limits.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(HandshakeLimitsTest, AnAddressHasItsNumberASecond) {
  HandshakeLimits limits;
  for (int i = 0; i < HandshakeLimits::kPerAddressSecond; ++i) EXPECT_TRUE(limits.Take("a", 999));
  EXPECT_FALSE(limits.Take("a", 999));
  EXPECT_TRUE(limits.Take("b", 999));
  EXPECT_TRUE(limits.Take("a", 1000));
}

TEST(HandshakeLimitsTest, WhatIsRefusedCostsNothingAndSharedAddressesHaveNoNumber) {
  HandshakeLimits limits;
  for (int i = 0; i < 1000; ++i) (void)limits.Take("a", 0);
  limits.BeginTurn();
  EXPECT_FALSE(limits.Take("a", 0));
  EXPECT_FALSE(limits.IsSpent());
  for (int i = 0; i < HandshakeLimits::kPerTurn; ++i) EXPECT_TRUE(limits.Take("", 0));
  EXPECT_TRUE(limits.IsSpent());
  limits.BeginTurn();
  EXPECT_FALSE(limits.IsSpent());
}

}  // namespace
}  // namespace keymeter::query_api
