#include "schema/civil_time.h"
#include "schema/profile_loader.h"
#include "tests/processor/check/facts_fixture.h"
#include "tests/support/temp_dir.h"

namespace keymeter::check {
namespace {

class RelayCheck : public WellFacts {
 protected:
  void AskFor(const std::string& profile) {
    options_.profile = profile;
    options_.processor.profiles = LoadProfiles(profile).value();
  }
};

TEST_F(RelayCheck, TheFinestProfileIsNamedAndWhy) {
  Expect("profile", Severity::kOk,
         "claude-relay-service: the finest whose counters are there; 12 counters among all 1,234 keys");
  facts_.relay.sights[0].counters = 0;
  facts_.relay.is_scan_whole = false;
  Expect("profile", Severity::kOk,
         "claude-relay-service-totals: the finest whose counters are there; 3 counters among "
         "the newest of the index sets and the first 1,234 keys");
}

TEST_F(RelayCheck, ACoarserProfileThanThereIsIsAWarning) {
  AskFor("claude-relay-service-totals");
  Expect("profile", Severity::kWarning, "there are the finer counters of claude-relay-service",
         "--profile auto");
}

TEST_F(RelayCheck, AProfileWithoutCountersNamesTheOneThatHasThem) {
  AskFor("claude-relay-service");
  facts_.relay.sights[0].counters = 0;
  Expect("profile", Severity::kWarning, "no counter of claude-relay-service found",
         "--profile claude-relay-service-totals");
}

TEST_F(RelayCheck, NoCounterNamesTheDatabasesThatHoldKeys) {
  facts_.relay.sights = {{"claude-relay-service", 0}, {"claude-relay-service-totals", 0}};
  facts_.source.keys_by_database = {{0, 1234}, {2, 120}, {5, 1}};
  Expect("profile", Severity::kWarning,
         "no counter found in database 0 (all 1,234 keys looked at); database 2 holds 120 keys, database 5 "
         "holds 1 key",
         "name the relay's database");
  facts_.source.keys_by_database.clear();
  facts_.relay.scanned_keys = 0;
  Expect("profile", Severity::kWarning, "in database 0 (it is empty)", "is this the relay's Redis?");
}

class LackedDays : public RelayCheck {
 protected:
  static constexpr std::int64_t kDay = 1'794'700'800;  ///< 2026-11-15
  static constexpr std::pair<EntityKind, std::int64_t> kOfKeys{EntityKind::kApiKey, kDay};
  static constexpr std::pair<EntityKind, std::int64_t> kOfAccounts{EntityKind::kAccount, kDay};

  LackedDays() {
    facts_.file.utc_offset_s = 8 * kHourSeconds;
    facts_.relay.days = {{kOfKeys, 7}, {kOfAccounts, 7}};
    facts_.file.days = {{kOfKeys, 5}, {{EntityKind::kApiKey, kDay + 5 * kDaySeconds}, 1}, {kOfAccounts, 7}};
  }
  [[nodiscard]] bool IsQuiet() const { return Of("days").empty(); }
};

TEST_F(LackedDays, AreNamed) {
  Expect("days", Severity::kWarning,
         "Redis holds more of past days than the file: 2026-11-15 (2 requests of API keys)",
         "start keymeter");
  facts_.file.days.erase(kOfKeys);
  facts_.file.days.erase(kOfAccounts);
  Expect("days", Severity::kWarning,
         "2026-11-15 (7 requests of API keys), 2026-11-15 (7 requests of accounts)", "start keymeter");
}

TEST_F(LackedDays, AreNoneWhereTheFileHoldsAsMuch) {
  facts_.file.days[kOfKeys] = 7;
  EXPECT_TRUE(IsQuiet());
  facts_.file.days[kOfKeys] = 9;
  EXPECT_TRUE(IsQuiet()) << "what the relay took back stays";
}

TEST_F(LackedDays, AreNotThoseThatTheFileNeedNotHold) {
  facts_.file.days_from = kDay;
  EXPECT_TRUE(IsQuiet()) << "it is not kept any more";
  facts_.file.days_from = 0;
  facts_.file.days = {{kOfKeys, 5}};
  EXPECT_TRUE(IsQuiet()) << "the file has not come any further";
  facts_.file.days.clear();
  EXPECT_TRUE(IsQuiet());
}

TEST_F(LackedDays, AreNotThoseThatNoStartReads) {
  const std::int64_t begin = kDay - 8 * kHourSeconds;
  facts_.file.first_day_read = begin;
  EXPECT_FALSE(IsQuiet());
  facts_.file.first_day_read = begin + kDaySeconds;
  EXPECT_TRUE(IsQuiet()) << "a key that the relay keeps for longer than its days";
}

TEST_F(LackedDays, AreNoneBehindADayThatHasNotBegun) {
  facts_.file.days = {{kOfKeys, 5}, {{EntityKind::kApiKey, kDay + 6 * kDaySeconds}, 1}};
  EXPECT_TRUE(IsQuiet()) << "the file has not come any further, but for a clock that was ahead";
}

TEST_F(LackedDays, AreSettledAnHourAfterTheirEnd) {
  const std::int64_t end = kDay + kDaySeconds - 8 * kHourSeconds;
  facts_.file.days[{EntityKind::kApiKey, kDay + kDaySeconds}] = 1;
  facts_.host.now_ms = (end + kHourSeconds - 1) * 1000;
  EXPECT_TRUE(IsQuiet()) << "what comes late may still come";
  facts_.host.now_ms = (end + kHourSeconds) * 1000;
  EXPECT_FALSE(IsQuiet());
}

TEST_F(LackedDays, AreNotLookedForByAWrongOffset) {
  facts_.relay.shown_offset_s = 0;
  EXPECT_TRUE(IsQuiet()) << "that is said, and moves all days";
  facts_.file.utc_offset_s.reset();
  EXPECT_TRUE(IsQuiet());
}

TEST_F(RelayCheck, NoCounterIsNoFindingWhereNobodyCouldLook) {
  facts_.relay.sights = {};
  facts_.relay.scan_problem = "NOPERM";
  EXPECT_EQ(Worst("profile").severity, Severity::kSkipped);
}

TEST_F(RelayCheck, AFileOfAnotherProfileIsAFault) {
  facts_.file.profile_uses = {{0, "my-own-relay", 0}};
  Expect("profile", Severity::kFault, "the file was metered with profile my-own-relay", "name that one");
}

TEST_F(RelayCheck, TheOffsetIsWhatTheKeysShow) {
  Expect("UTC offset", Severity::kOk, "+08:00, by the hours and the times to live of 12 counters");
  facts_.relay.shown_offset_s.reset();
  facts_.relay.offset_writes = 0;
  Expect("UTC offset", Severity::kNote, "no key shows it yet");
  options_.processor.utc_offset_s = 3600;
  Expect("UTC offset", Severity::kOk, "+01:00, as asked for");
}

TEST_F(RelayCheck, AnOffsetThatTheKeysContradictIsAFaultThatNamesTheRightOne) {
  options_.processor.utc_offset_s = 0;
  Expect("UTC offset", Severity::kFault, "--utc-offset +00:00, but the relay's keys show +08:00",
         "use --utc-offset +08:00");
  options_.processor.utc_offset_s.reset();
  facts_.file.utc_offset_s = 0;
  Expect("UTC offset", Severity::kFault, "the file's days begin at +00:00", "and another --db");
}

TEST_F(RelayCheck, AnOffsetThatIsNotKnownIsSaidWithItsRemedy) {
  facts_.relay.shown_offset_s.reset();
  facts_.relay.offset_writes = 1;
  Expect("UTC offset", Severity::kWarning, "not known: 1 counter cannot show it alone", "--utc-offset");
  facts_.relay.is_offset_contradictory = true;
  Expect("UTC offset", Severity::kWarning, "contradict each other", "--utc-offset");
  facts_.relay.offset_writes = 0;
  facts_.relay.is_offset_contradictory = false;
  facts_.relay.has_history = true;
  Expect("UTC offset", Severity::kWarning, "there are days and months", "--utc-offset");
}

TEST_F(RelayCheck, AnInferredOffsetOfTheFileIsTakenBackByTheNextStart) {
  facts_.file.utc_offset_s = 5 * 3600;
  facts_.file.offset_origin = processor::OffsetOrigin::kInferred;
  Expect("UTC offset", Severity::kWarning, "the file's days begin at +05:00 (inferred)",
         "the next start moves what was stored");
  facts_.file.offset_origin = processor::OffsetOrigin::kSaid;
  Expect("UTC offset", Severity::kWarning, "the file's days begin at +05:00 (said)",
         "a start with --utc-offset +08:00 moves what was stored");
}

/// A start refuses to move them: see StartOffsetTest.
TEST_F(RelayCheck, AnOffsetThatIsToMoveCountersWithoutAPeriodAsksForAnotherFile) {
  constexpr auto kCannotBeMoved =
      "but the relay's keys show +08:00, and it holds counters without a period, which cannot be moved";
  facts_.file.has_undated_counters = true;
  facts_.file.utc_offset_s = 5 * 3600;
  facts_.file.offset_origin = processor::OffsetOrigin::kInferred;
  Expect("UTC offset", Severity::kFault, kCannotBeMoved, "name another --db");
  facts_.file.offset_origin = processor::OffsetOrigin::kSaid;
  Expect("UTC offset", Severity::kWarning, kCannotBeMoved, "use --utc-offset +08:00 and another --db");
  facts_.file.offset_origin = processor::OffsetOrigin::kShown;
  Expect("UTC offset", Severity::kWarning, "+05:00, as live keys have shown",
         "else start with --utc-offset +08:00 and another --db");
  options_.processor.utc_offset_s = 8 * 3600;
  Expect("UTC offset", Severity::kFault, "but --utc-offset is +08:00, and it holds counters without a period",
         "name another --db");
}

TEST_F(RelayCheck, AnOffsetThatAFewEventsShowedGivesWayToTheOperatorAndNotToTimesToLive) {
  facts_.file.utc_offset_s = 5 * 3600;
  facts_.file.offset_origin = processor::OffsetOrigin::kShown;
  Expect("UTC offset", Severity::kWarning, "+05:00, as live keys have shown",
         "else start with --utc-offset +08:00");
  options_.processor.utc_offset_s = 5 * 3600;
  Expect("UTC offset", Severity::kWarning, "+05:00, as live keys have shown", "nothing, if");
  options_.processor.utc_offset_s = 8 * 3600;
  Expect("UTC offset", Severity::kWarning,
         "the file's days begin at +05:00 (shown), but --utc-offset is +08:00",
         "the next start moves what was stored");
}

TEST_F(RelayCheck, AnOffsetThatTheFileContradictsIsAFaultThatNamesTheFiles) {
  options_.processor.utc_offset_s = 0;
  facts_.relay.shown_offset_s.reset();
  facts_.file.utc_offset_s = 28800;
  Expect("UTC offset", Severity::kFault, "the days in the file begin at +08:00", "use --utc-offset +08:00");
}

TEST_F(RelayCheck, UnusableValuesAreNamedAndNotTooMany) {
  for (int i = 0; i < 5; ++i) facts_.relay.unusable.push_back({"usage:k", "requests", "12.5"});
  Expect("counters", Severity::kWarning, "and 2 more such", "correct them");
  EXPECT_EQ(Of("counters").size(), 4U);
  EXPECT_EQ(Of("counters")[0].observation.seen,
            "requests of usage:k is no whole number but '12.5'; it is left out");
}

TEST_F(RelayCheck, ModelsWithoutAPriceAreNamed) {
  facts_.relay.account_models = {"gpt-5", "made-up-model"};
  facts_.file.account_models = {"another-made-up", ""};
  Expect("prices", Severity::kWarning, "of unknown cost for accounts: another-made-up, made-up-model",
         "--prices");
  facts_.relay.account_models = {"gpt-5"};
  facts_.file.account_models = {};
  Expect("prices", Severity::kOk, "1 model used by accounts, it is priced");
}

TEST_F(RelayCheck, APriceListThatCannotBeReadIsAFault) {
  options_.processor.prices_path = "/no/such/prices.json";
  Expect("prices", Severity::kFault, "/no/such/prices.json", "correct that file");
}

TEST_F(RelayCheck, EntriesOfAPriceListThatCannotBeUsedAreNamed) {
  const testing::TempDir directory;
  options_.processor.prices_path = directory.File("prices.json");
  testing::WriteFile(options_.processor.prices_path,
                     R"({"gpt-x": {"input_cost_per_token": 1.35}, "gpt-y": true})");
  Expect("prices", Severity::kWarning, "model 'gpt-y' cannot be used: is not an object", "correct the entry");
  EXPECT_EQ(Of("prices").size(), 3U);
  EXPECT_NE(Of("prices")[0].observation.seen.find("'gpt-x' cannot be used: input_cost_per_token: 1.35"),
            std::string::npos);
}

}  // namespace
}  // namespace keymeter::check
