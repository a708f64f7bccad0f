#include "schema/profile.h"

#include <gtest/gtest.h>

namespace keymeter {

namespace {

constexpr std::int64_t kHour = 500'000 * kHourSeconds;

TEST(CounterSpec, HasExpiredWhenTheRelayMayHaveDeletedIt) {
  CounterSpec counter;
  counter.keep_hours = 168;
  const std::int64_t end_ms = (kHour + 168 * kHourSeconds) * 1000;
  EXPECT_FALSE(counter.HasExpired(kHour, kHour * 1000));
  // Two minutes early: its clock and ours are not the same.
  EXPECT_FALSE(counter.HasExpired(kHour, end_ms - 2 * kMinuteSeconds * 1000 - 1000));
  EXPECT_TRUE(counter.HasExpired(kHour, end_ms - 2 * kMinuteSeconds * 1000));
}

TEST(CounterSpec, NeverExpiresWithoutAnHour) {
  CounterSpec counter;
  counter.period = Period::kNone;
  EXPECT_FALSE(counter.HasExpired(0, kHour * 1000));
}

TEST(CounterSpec, ExcludesItsListedIds) {
  CounterSpec counter;
  counter.exclude = {"index", "model"};
  EXPECT_TRUE(counter.IsExcluded("model"));
  EXPECT_FALSE(counter.IsExcluded("models"));
}

TEST(Names, AreThoseOfSql) {
  EXPECT_EQ(EntityKindName(EntityKind::kApiKey), "api_key");
  EXPECT_EQ(EntityKindName(EntityKind::kAccount), "account");
  EXPECT_EQ(BindingKindName(BindingKind::kAccount), "account");
  EXPECT_EQ(BindingKindName(BindingKind::kGroup), "group");
}

TEST(Attributes, BeginWithTheName) {
  EXPECT_EQ(EntityAttributes(EntityKind::kApiKey).front(), "name");
  EXPECT_EQ(EntityAttributes(EntityKind::kAccount).front(), "name");
  EXPECT_EQ(GroupAttributes().front(), "name");
}

}  // namespace

}  // namespace keymeter
