#include "query-api/push/connection_limiter.h"

#include <vector>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(ConnectionLimiter, AnAddressTakesAQuarterButOneOfThisMachineAll) {
  ConnectionLimiter limiter(8);
  std::vector<ConnectionLimiter::Slot> slots;
  slots.reserve(8);
  for (int i = 0; i < 2; ++i) slots.push_back(limiter.Acquire("192.0.2.1"));
  EXPECT_TRUE(slots.back());
  EXPECT_FALSE(limiter.Acquire("192.0.2.1"));
  for (int i = 0; i < 6; ++i) slots.push_back(limiter.Acquire("127.0.0.1"));
  EXPECT_TRUE(slots.back());
  EXPECT_FALSE(limiter.Acquire("192.0.2.2")) << "full";
  slots.clear();
  EXPECT_EQ(limiter.in_use(), 0U);
  EXPECT_TRUE(limiter.Acquire("192.0.2.1"));
}

TEST(ConnectionLimiter, ClientsOfAUnixSocketHaveNoLimitOfTheirOwn) {
  ConnectionLimiter limiter(8);
  std::vector<ConnectionLimiter::Slot> slots;
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(slots.emplace_back(limiter.Acquire("unix"))) << i;
  EXPECT_FALSE(limiter.Acquire("unix")) << "full";
}

TEST(ConnectionLimiter, ASlotLastsAsLongAsAnyCopyOfIt) {
  ConnectionLimiter limiter(1);
  auto slot = limiter.Acquire("192.0.2.1");
  auto copy = slot;
  slot.reset();
  EXPECT_FALSE(limiter.Acquire("192.0.2.1"));
  copy.reset();
  EXPECT_TRUE(limiter.Acquire("192.0.2.1"));
}

TEST(ConnectionLimiter, MayEndBeforeItsSlots) {
  ConnectionLimiter::Slot slot;
  {
    ConnectionLimiter limiter(1);
    slot = limiter.Acquire("192.0.2.1");
  }
  EXPECT_TRUE(slot);
}

}  // namespace
}  // namespace keymeter::query_api
