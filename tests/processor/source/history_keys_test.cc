#include "processor/source/history_keys.h"

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "schema/profile_loader.h"

namespace keymeter::processor {

namespace {

/// At 2026-11-20 20:30 in the relay's offset.
bool IsOfThePast(std::string_view key) {
  constexpr std::int64_t kNow = 1795177800;
  const auto plan = MeteringPlan::Make(LoadProfiles("auto").value(), {}, 0, 0).value();
  return HistoryKeys(plan).IsOfThePast(key, kNow, 8 * kHourSeconds);
}

}  // namespace

TEST(HistoryKeys, AreThoseOfDaysAndMonthsThatAreOver) {
  EXPECT_TRUE(IsOfThePast("usage:k:model:daily:m:2026-11-19"));
  EXPECT_TRUE(IsOfThePast("usage:k:model:monthly:m:2026-10"));
  EXPECT_TRUE(IsOfThePast("account_usage:daily:a:2026-11-01"));
}

TEST(HistoryKeys, AreNotThoseThatRequestsAreCountedIn) {
  EXPECT_FALSE(IsOfThePast("usage:k:model:daily:m:2026-11-20"));
  EXPECT_FALSE(IsOfThePast("usage:k:model:monthly:m:2026-11"));
  EXPECT_FALSE(IsOfThePast("usage:k:model:alltime:m"));
  EXPECT_FALSE(IsOfThePast("session:1"));
}

}  // namespace keymeter::processor
