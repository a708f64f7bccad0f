#include "processor/metering/metering_plan.h"

#include <gtest/gtest.h>

#include "processor/metering/growth.h"
#include "schema/profile_loader.h"
#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

constexpr const char* kFine = "claude-relay-service";
constexpr const char* kCoarse = "claude-relay-service-totals";
constexpr std::size_t kFineKeys = 0;  ///< places of the shipped profiles' counters, keys before accounts
constexpr std::size_t kFineAccounts = 1;
constexpr std::size_t kCoarseKeys = 2;

Profile Cumulative(const std::string& name) {
  Profile profile;
  profile.name = name;
  CounterSpec spec;
  spec.key = *KeyPattern::Parse("total:{id}");
  spec.period = Period::kNone;
  profile.counters.push_back(spec);
  return profile;
}

MeteringPlan PlanOf(const std::string& profile, std::vector<ProfileUse> stored = {}) {
  auto plan = MeteringPlan::Make(LoadProfiles(profile).value(), std::move(stored), Hour(13), At("12:30:00"));
  EXPECT_TRUE(plan) << plan.error().message;
  return *std::move(plan);
}

/// "coarse 0, fine 13": who meters from which hour on.
std::string Uses(const MeteringPlan& plan) {
  std::string text;
  for (const ProfileUse& use : plan.uses())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", use.profile == kFine ? "fine" : "coarse",
                        use.from_hour == 0 ? 0 : use.from_hour / kHourSeconds % 24);
  return text;
}

TEST(MeteringPlan, OfOneProfileIsDecided) {
  MeteringPlan plan = PlanOf(kCoarse);
  EXPECT_TRUE(plan.IsDecided());
  EXPECT_EQ(plan.profile(), kCoarse);
  EXPECT_EQ(plan.TakeUnwritten().size(), 1U);
  EXPECT_TRUE(plan.TakeUnwritten().empty());
  plan.Unwrite();
  EXPECT_EQ(plan.TakeUnwritten().size(), 1U);
}

TEST(MeteringPlan, IsDecidedAtOnceByTheFinestCounters) {
  MeteringPlan plan = PlanOf("auto");
  EXPECT_FALSE(plan.IsDecided());
  EXPECT_FALSE(plan.Meters(kFineKeys, Hour(12)));
  EXPECT_EQ(plan.Find(EntityKind::kApiKey, Hour(12)), nullptr);
  EXPECT_FALSE(plan.See(kCoarseKeys, At("12:00:00")));
  EXPECT_TRUE(plan.See(kFineAccounts, At("12:00:01")));
  EXPECT_EQ(plan.profile(), kFine);
  EXPECT_TRUE(plan.Meters(kFineKeys, Hour(12)));
  EXPECT_FALSE(plan.Meters(kCoarseKeys, Hour(12)));
  EXPECT_FALSE(plan.IsWatched(kCoarseKeys)) << "a relay of today writes the coarser ones as well";
}

TEST(MeteringPlan, AdoptsCoarserCountersWhenOnlyTheyStoodForTenSeconds) {
  MeteringPlan plan = PlanOf("auto");
  EXPECT_FALSE(plan.Settle(At("12:00:00")));
  EXPECT_FALSE(plan.See(kCoarseKeys, At("12:00:00")));
  EXPECT_FALSE(plan.See(kCoarseKeys, At("12:00:09")));
  EXPECT_FALSE(plan.Settle(At("12:00:09.999")));
  EXPECT_TRUE(plan.Settle(At("12:00:10")));
  EXPECT_FALSE(plan.Settle(At("12:00:11"))) << "once";
  EXPECT_EQ(Uses(plan), "coarse 0");
  EXPECT_EQ(plan.Find(EntityKind::kApiKey, Hour(12)), &plan.counters()[kCoarseKeys]);
}

TEST(MeteringPlan, LetsFinerCountersTakeOverAtTheNextHour) {
  MeteringPlan plan = PlanOf("auto", {{0, kCoarse, 0}});
  EXPECT_TRUE(plan.IsWatched(kFineKeys));
  EXPECT_TRUE(plan.Outgrow(kFineKeys, Hour(13), At("12:59:00")));
  EXPECT_FALSE(plan.Outgrow(kFineKeys, Hour(14), At("12:59:01"))) << "once";
  EXPECT_EQ(Uses(plan), "coarse 0, fine 13");
  EXPECT_TRUE(plan.Meters(kCoarseKeys, Hour(12)));
  EXPECT_FALSE(plan.Meters(kFineKeys, Hour(12)));
  EXPECT_TRUE(plan.Meters(kFineKeys, Hour(13)));
  EXPECT_FALSE(plan.Meters(kCoarseKeys, Hour(13)));
  EXPECT_EQ(plan.Find(EntityKind::kAccount, Hour(13)), &plan.counters()[kFineAccounts]);
}

TEST(MeteringPlan, LooksForCountersThatWouldTakeOver) {
  EXPECT_TRUE(PlanOf("auto").IsCandidate(kCoarseKeys));
  EXPECT_TRUE(PlanOf("auto", {{0, kCoarse, 0}}).IsCandidate(kFineKeys));
  EXPECT_FALSE(PlanOf("auto", {{0, kCoarse, 0}}).IsCandidate(kCoarseKeys));
  EXPECT_FALSE(PlanOf("auto", {{0, kFine, 0}}).IsCandidate(kCoarseKeys));
  EXPECT_FALSE(PlanOf(kCoarse).IsCandidate(0)) << "asked for by its name";
}

TEST(MeteringPlan, NeverGoesBackToCoarserCounters) {
  MeteringPlan plan = PlanOf("auto", {{0, kFine, 0}});
  EXPECT_FALSE(plan.Outgrow(kCoarseKeys, Hour(13), At("12:59:00")));
  EXPECT_EQ(Uses(plan), "fine 0");
}

TEST(MeteringPlan, GoesOnWithWhatTheFileWasMeteredWith) {
  const MeteringPlan plan = PlanOf("auto", {{Hour(10), kFine, At("09:10:00")}, {0, kCoarse, 0}});
  EXPECT_EQ(Uses(plan), "coarse 0, fine 10");
  EXPECT_TRUE(plan.Meters(kCoarseKeys, Hour(9)));
  EXPECT_TRUE(plan.Meters(kFineKeys, Hour(10)));
}

TEST(MeteringPlan, SwitchesToAnotherConfiguredProfileAtTheNextHour) {
  MeteringPlan plan = PlanOf(kFine, {{0, kCoarse, 0}});
  EXPECT_EQ(Uses(plan), "coarse 0, fine 13");
  EXPECT_EQ(plan.Find(EntityKind::kApiKey, Hour(12))->key.text(), "usage:hourly:{id}:{date}:{hour}");
  EXPECT_EQ(plan.TakeUnwritten().size(), 2U);
}

TEST(MeteringPlan, RefusesAFileThatAnUnknownProfileMetered) {
  const auto plan =
      MeteringPlan::Make(LoadProfiles(kFine).value(), {{0, "ours", 0}}, Hour(13), At("12:30:00"));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().Text(),
            "--profile claude-relay-service: the file was metered with profile ours: name that one, or "
            "another --db");
}

TEST(MeteringPlan, RefusesToSwitchToCountersWithoutAnHour) {
  const auto plan = MeteringPlan::Make({Cumulative("ours")}, {{0, kFine, 0}}, Hour(13), At("12:30:00"));
  ASSERT_FALSE(plan);
  EXPECT_EQ(
      plan.error().Text(),
      "--profile ours: the file was metered with profile claude-relay-service, and ours has counters without "
      "an hour, which cannot take over at one: name another --db");
}

TEST(MeteringPlan, MetersCumulativeCountersOutsideOfAnyHour) {
  const auto plan = MeteringPlan::Make({Cumulative("ours")}, {}, Hour(13), At("12:30:00"));
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->HasDatedCounters());
  EXPECT_TRUE(plan->Meters(0, kNoPeriod));
  EXPECT_EQ(plan->Find(EntityKind::kApiKey, kNoPeriod), &plan->counters()[0]);
  EXPECT_EQ(plan->Find(EntityKind::kApiKey, Hour(12)), nullptr);
}

}  // namespace

}  // namespace keymeter::processor
