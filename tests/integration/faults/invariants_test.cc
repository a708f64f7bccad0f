#include "tests/integration/faults/invariants.h"

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

class GapsThatOverlap : public ::testing::Test {
 protected:
  /// A gap within another one, both of one reason.
  void Overlap(const ClockRun& outer, const ClockRun& inner) {
    auto database = Database::Open(Db(), Database::Mode::kReadWrite).value();
    ASSERT_TRUE(Migrate(database).has_value());
    for (const ClockRun& gap : {outer, inner})
      ASSERT_TRUE(
          database
              .Execute(fmt::format("INSERT INTO gap (from_ms, to_ms, reason) VALUES ({}, {}, 'disconnected')",
                                   gap.from_ms, gap.to_ms))
              .has_value());
  }
  [[nodiscard]] bool AreWrong(const std::vector<ClockRun>& runs) const {
    return !OverlapsOfGaps(DatabaseRows(Db()), runs).empty();
  }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  TempDir directory_;
};

TEST_F(GapsThatOverlap, AreWrongWhereNobodySetTheClock) {
  Overlap({100, 200}, {150, 160});
  EXPECT_TRUE(AreWrong({{0, 1000}}));
}

TEST_F(GapsThatOverlap, AreWrongBeforeAndAfterTheClockWasSet) {
  Overlap({100, 200}, {150, 160});
  EXPECT_TRUE(AreWrong({{0, 300}, {5300, 5400}, {400, 500}})) << "ahead and back";
  EXPECT_TRUE(AreWrong({{5000, 5300}, {0, 300}})) << "back";
}

TEST_F(GapsThatOverlap, AreRightWhereOneListsWhatAStepAheadLeftOutAndTheClockCameBack) {
  Overlap({300, 5310}, {420, 430});
  EXPECT_FALSE(AreWrong({{0, 300}, {5300, 5400}, {400, 500}}));
}

TEST_F(GapsThatOverlap, AreRightWhereTimeWasShownTwice) {
  Overlap({100, 200}, {150, 160});
  EXPECT_FALSE(AreWrong({{0, 300}, {140, 500}}));
}

/// One account's day, of which the relay holds 7 requests in one hour by now, and lost 3 there.
class DayBehindAReset : public ::testing::Test {
 protected:
  DayBehindAReset() {
    EXPECT_TRUE(Migrate(database_).has_value());
    Execute("UPDATE source_state SET utc_offset_s = 28800");
    Execute("INSERT INTO series VALUES (1, 'account', 'acc', 'm')");
    Execute(fmt::format("INSERT INTO _day_bucket (bucket, utc_offset_s) VALUES ({}, 28800)", kDay));
    Add("adjustment", fmt::format("1, 0, 'reset', 'hour', {}, 1", kDay), 3);
  }
  /// The hour fell in one metric, and by that much had grown in this one.
  void GrewInAFall(int requests) {
    Add("adjustment", fmt::format("3, 0, 'rollback', 'hour', {}, 1", kDay), -requests);
  }
  void RowOfDay(int requests) { Add("usage_day", fmt::format("{}, 1", kDay), requests); }
  void Untimed(int requests) { Add("usage_untimed", fmt::format("'day', {}, 1", kDay), requests); }
  void Settled(int requests) {
    Add("adjustment", fmt::format("2, 0, 'reset', 'day', {}, 1", kDay), requests);
  }
  [[nodiscard]] std::string Differences() const {
    Amounts amounts;
    amounts[Metric::kRequests] = 7;
    const LevelSums relay = {{kDay, {{{"account", "acc", "m"}, amounts}}}};
    return DayDifferences(DatabaseRows(Db()), relay, relay);
  }
  /// What Surplus says where the relay wrote so much, all of it in the day's first hour.
  [[nodiscard]] std::string SurplusOver(int written) const {
    Amounts amounts;
    amounts[Metric::kRequests] = written;
    const ImportedUsage imported(kDay * 1000);
    return Surplus(DatabaseRows(Db()), {{kDay, {{{"account", "acc", "m"}, amounts}}}}, imported);
  }
  void Recovered(int requests) {
    Add("recovered_found", fmt::format("1, 0, 'audit', 'day', {}, 1", kDay), requests);
  }
  [[nodiscard]] std::string Lost() const { return NotRecovered(DatabaseRows(Db())); }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

 private:
  static constexpr std::int64_t kDay = 1'795'881'600;  ///< its first hour, too

  void Execute(const std::string& sql) { EXPECT_TRUE(database_.Execute(sql).has_value()) << sql; }
  void Add(const std::string& table, const std::string& where, int requests) {
    Execute(fmt::format("INSERT INTO {} VALUES ({}, {}, 0, 0, 0, 0, 0, 0, 0, 0)", table, where, requests));
  }

  TempDir directory_;
  Database database_ = Database::Open(Db(), Database::Mode::kReadWrite).value();
};

TEST_F(DayBehindAReset, IsRightWhereItIsTheRelaysAndWhatItsHourLost) {
  RowOfDay(10);
  EXPECT_EQ(Differences(), "");
}

TEST_F(DayBehindAReset, MayHoldWhatAnAuditTookBeforeAndSettledSince) {
  RowOfDay(12);
  Untimed(2);
  Settled(2);
  EXPECT_EQ(Differences(), "");
}

TEST_F(DayBehindAReset, IsWrongWhereItHoldsMoreThanWasSettled) {
  RowOfDay(13);
  Untimed(3);
  Settled(2);
  EXPECT_EQ(Differences(), "day 2026-11-28T16:00:00Z:\naccount acc m requests: expected 12, is 13\n");
}

TEST_F(DayBehindAReset, IsWrongWhereItHoldsMoreThanWasTaken) {
  RowOfDay(12);
  Settled(2);
  EXPECT_NE(Differences(), "") << "settled, but of no audit";
}

TEST_F(DayBehindAReset, IsWrongWhereItLacksWhatIsSettled) {
  RowOfDay(10);
  Untimed(2);
  Settled(2);
  EXPECT_NE(Differences(), "");
}

TEST_F(DayBehindAReset, MayHoldWhatItsHourShowedOnlyTogetherWithAFall) {
  GrewInAFall(5);
  RowOfDay(7);
  Untimed(2);
  EXPECT_EQ(Differences(), "");
}

TEST_F(DayBehindAReset, IsWrongWhereItHoldsMoreThanCameWithTheFall) {
  GrewInAFall(5);
  RowOfDay(8);
  Untimed(3);
  EXPECT_EQ(Differences(), "day 2026-11-28T16:00:00Z:\naccount acc m requests: expected 7, is 8\n");
}

TEST_F(DayBehindAReset, HoldsNoMoreThanWasWritten) {
  RowOfDay(12);
  EXPECT_EQ(SurplusOver(12), "");
  EXPECT_NE(SurplusOver(10).find("more than was written in day"), std::string::npos) << SurplusOver(10);
}

TEST_F(DayBehindAReset, ListsAsRecoveredWhatHasNoHour) {
  Untimed(2);
  EXPECT_NE(Lost().find("untimed, and not recovered"), std::string::npos) << Lost();
  Recovered(2);
  EXPECT_EQ(Lost(), "");
}

}  // namespace
}  // namespace keymeter::testing
