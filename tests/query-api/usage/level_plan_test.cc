#include "query-api/usage/level_plan.h"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kPlanOffset = 8 * kHourSeconds;
constexpr std::int64_t kPlanBegin = 1'789'999'980;  // 2026-09-21
constexpr std::int64_t kPlanDays = 100;

/// Something that was used: known to a bucket of a level and to nothing finer.
struct PlannedItem {
  Level level = Level::kMinute;
  std::int64_t bucket = 0;
};

/// PlannedTables as a processor fills them: an item stands in each table of its level and above, what is
/// finer than its horizon is gone, and minutes that are not rolled up stand in no coarser row.
class PlannedTables {
 public:
  PlannedTables(const std::vector<PlannedItem>& items, const PlanRequest& request) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const PlannedItem& item = items[i];
      const bool is_rolled = item.level != Level::kMinute || item.bucket < request.rolled_until;
      for (const Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth}) {
        if (level < item.level || (level > item.level && !is_rolled)) continue;
        const std::int64_t bucket = BucketOf(level, item.bucket, request.utc_offset_s);
        if (bucket < request.horizons.Of(level)) continue;
        rows_[{RowsOf(level), bucket}].push_back(i);
        if (level == item.level && level != Level::kMinute) rows_[{UntimedOf(level), bucket}].push_back(i);
      }
    }
  }

  /// How often each item is in the rows of these steps.
  [[nodiscard]] std::vector<int> CountsIn(const std::vector<PlanStep>& steps, std::size_t items,
                                          std::int64_t offset) const {
    std::vector<int> counts(items);
    for (const PlanStep& step : steps) {
      EXPECT_EQ(BucketOf(LevelOf(step.table), step.from, offset), step.from);
      auto row = rows_.lower_bound({step.table, step.from});
      for (; row != rows_.end() && row->first.first == step.table && row->first.second < step.to; ++row)
        for (const std::size_t item : row->second) ++counts[item];
    }
    return counts;
  }

 private:
  std::map<std::pair<UsageTable, std::int64_t>, std::vector<std::size_t>> rows_;
};

/// A random question about a random file.
class PlanCase {
 public:
  explicit PlanCase(unsigned seed) : random_(seed) {
    request_.utc_offset_s = kPlanOffset;
    request_.coarsest = static_cast<Level>(Below(4));
    request_.from = Moment(Level::kMinute);
    request_.to = request_.from + 60 * (1 + Below(Below(3) == 0 ? 300 : kPlanDays * 1440));
    request_.rolled_until = Moment(Level::kMinute);
    if (Below(2) == 0) {
      // As HorizonsAt makes them: whole hours, days and months, nothing that is not rolled up, and coarser
      // levels are kept for longer.
      const auto reach = [&](Level coarser, std::int64_t until) {
        return BucketOf(coarser, kPlanBegin + Below(until - kPlanBegin + 60), kPlanOffset);
      };
      Horizons& horizons = request_.horizons;
      horizons.minutes = reach(Level::kHour, request_.rolled_until);
      horizons.hours = reach(Level::kDay, std::max(horizons.minutes, kPlanBegin));
      horizons.days = reach(Level::kMonth, std::max(horizons.hours, kPlanBegin));
    }
    for (int i = 0; i < 300; ++i) {
      const auto level = static_cast<Level>(Below(4));
      items_.push_back({level, Moment(level)});
    }
  }

  void Check() {
    const LevelPlan plan = LevelPlan::Make(request_);
    const PlannedTables tables(items_, request_);
    const auto whole = tables.CountsIn(plan.whole(), items_.size(), kPlanOffset);
    const auto spread = tables.CountsIn(plan.spread(), items_.size(), kPlanOffset);
    const auto evenly = tables.CountsIn(plan.spread_evenly(), items_.size(), kPlanOffset);
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const Level kept = KeptLevelOf(items_[i]);
      const std::int64_t bucket = BucketOf(kept, items_[i].bucket, kPlanOffset);
      const std::int64_t end = NextBucket(kept, bucket, kPlanOffset);
      const bool touches = bucket < request_.to && end > request_.from;
      const bool is_inside = bucket >= request_.from && end <= request_.to && kept <= request_.coarsest;
      ASSERT_EQ(whole[i], touches && is_inside ? 1 : 0) << Describe(i);
      ASSERT_EQ(spread[i] + evenly[i], touches && !is_inside ? 1 : 0) << Describe(i);
      ASSERT_TRUE(evenly[i] == 0 || kept > Level::kMinute) << Describe(i);
    }
    for (std::size_t i = 1; i < plan.whole().size(); ++i)
      ASSERT_LE(plan.whole()[i - 1].from, plan.whole()[i].from);
    ASSERT_LE(plan.whole().size() + plan.spread().size(), 6000U);
  }

 private:
  std::int64_t Below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }
  std::int64_t Moment(Level level) {
    return BucketOf(level, kPlanBegin + 60 * Below(kPlanDays * 1440), kPlanOffset);
  }
  /// The finest level that still has the item.
  [[nodiscard]] Level KeptLevelOf(const PlannedItem& item) const {
    Level level = item.level;
    while (BucketOf(level, item.bucket, kPlanOffset) < request_.horizons.Of(level))
      level = static_cast<Level>(static_cast<int>(level) + 1);
    return level;
  }
  [[nodiscard]] std::string Describe(std::size_t item) const {
    return fmt::format(
        "item of level {} at {}; span {} to {}, coarsest {}, rolled until {}, horizons {} {} {}",
        static_cast<int>(items_[item].level), items_[item].bucket, request_.from, request_.to,
        static_cast<int>(request_.coarsest), request_.rolled_until, request_.horizons.minutes,
        request_.horizons.hours, request_.horizons.days);
  }

  std::mt19937_64 random_;
  PlanRequest request_;
  std::vector<PlannedItem> items_;
};

TEST(LevelPlan, WhateverTheFileHoldsOfASpanIsInOneStep) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    PlanCase(seed).Check();
    if (::testing::Test::HasFatalFailure()) return;
  }
}

PlanRequest PlanOf(std::int64_t from, std::int64_t to) {
  PlanRequest request;
  request.from = from;
  request.to = to;
  request.rolled_until = to;
  return request;
}

constexpr std::int64_t kJanuary = 1'798'761'600;  // 2027-01-01T00:00:00Z
constexpr std::int64_t kFebruary = kJanuary + 31 * kDaySeconds;

TEST(LevelPlan, TakesWholeMonthsAndWhatIsLeftAtTheEnds) {
  const LevelPlan plan = LevelPlan::Make(PlanOf(kJanuary - 2 * kDaySeconds, kFebruary + 3600 + 120));
  EXPECT_EQ(plan.whole(), (std::vector<PlanStep>{{UsageTable::kDay, kJanuary - 2 * kDaySeconds, kJanuary},
                                                 {UsageTable::kMonth, kJanuary, kFebruary},
                                                 {UsageTable::kHour, kFebruary, kFebruary + 3600},
                                                 {UsageTable::kMinute, kFebruary + 3600, kFebruary + 3720}}));
  ASSERT_EQ(plan.spread().size(), 4U) << "December, February, and of that a day and an hour";
}

TEST(LevelPlan, TakesWhatIsOpenApart) {
  PlanRequest request = PlanOf(kJanuary, kFebruary);
  request.rolled_until = kJanuary + kDaySeconds + 3600 + 60;
  request.data_to = request.rolled_until + 60;
  EXPECT_EQ(LevelPlan::Make(request).whole(),
            (std::vector<PlanStep>{
                {UsageTable::kUntimedMonth, kJanuary, kFebruary},
                {UsageTable::kDay, kJanuary, kJanuary + kDaySeconds},
                {UsageTable::kUntimedDay, kJanuary + kDaySeconds, kJanuary + 2 * kDaySeconds},
                {UsageTable::kHour, kJanuary + kDaySeconds, kJanuary + kDaySeconds + 3600},
                {UsageTable::kUntimedHour, kJanuary + kDaySeconds + 3600, kJanuary + kDaySeconds + 7200},
                {UsageTable::kMinute, kJanuary + kDaySeconds + 3600, kJanuary + kDaySeconds + 3720}}));
}

TEST(LevelPlan, SplitsAMonthWhileItsDaysAreKept) {
  PlanRequest request = PlanOf(kJanuary, kFebruary);
  request.split_months = {kJanuary};
  EXPECT_EQ(LevelPlan::Make(request).whole(),
            (std::vector<PlanStep>{{UsageTable::kUntimedMonth, kJanuary, kFebruary},
                                   {UsageTable::kDay, kJanuary, kFebruary}}));
  request.horizons = {kFebruary, kFebruary, kFebruary};
  EXPECT_EQ(LevelPlan::Make(request).whole(),
            (std::vector<PlanStep>{{UsageTable::kMonth, kJanuary, kFebruary}}));
}

TEST(LevelPlan, OfTimesWithoutDataThereAreNoSteps) {
  PlanRequest request = PlanOf(0, 253'402'300'800);
  request.data_from = request.data_to = kJanuary;
  EXPECT_TRUE(LevelPlan::Make(request).whole().empty());
  request.data_to = kJanuary + 60;
  request.rolled_until = kFebruary;
  EXPECT_EQ(LevelPlan::Make(request).whole(),
            (std::vector<PlanStep>{{UsageTable::kMonth, kJanuary, kFebruary}}));
}

}  // namespace
}  // namespace keymeter::query_api
