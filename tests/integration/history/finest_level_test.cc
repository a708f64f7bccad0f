// Days and months that hold more than the hours which we have: at a first start, on a return, and by an
// audit.

#include <gtest/gtest.h>

#include "tests/integration/history/finest_level_fixture.h"

namespace keymeter::testing {
namespace {

TEST_F(FinestLevel, DaysThatLackTheirHoursAreTakenUntimedWhateverTheirAge) {
  WriteModelDay("k", Date(2), 5);
  WriteModelDay("k", Date(10), 7);
  Write("usage:k:model:monthly:m:2026-11", 12);
  Serve("k", 1);
  Start();
  EXPECT_TRUE(DaysBecome("2026-11-10 m 7, 2026-11-18 m 5, 2026-11-20 m 1")) << Days();
  EXPECT_EQ(Months(), "2026-11 m 13");
  EXPECT_EQ(
      Value("SELECT group_concat(level || ' ' || requests) FROM (SELECT * FROM api_key_untimed ORDER BY "
            "bucket)"),
      "day 7,day 5,hour 1");
  EXPECT_EQ(Recovered(), "") << "the first start is no recovery";
  AwaitAudit();
  EXPECT_EQ(Months(), "2026-11 m 13");
  EXPECT_EQ(Recovered(), "");
  EXPECT_EQ(Differences(), "0 0");
}

TEST_F(FinestLevel, AnImportIntoARunningRelayIsTakenByTheAudit) {
  Serve("k", 1);
  Start();
  WriteModelDay("imported", Date(2), 5);
  Write("usage:imported:model:monthly:m:2026-10", 9);
  Write("usage:imported:model:monthly:m:2026-11", 5);
  AwaitAudit();
  EXPECT_TRUE(WaitFor([&] { return Recovered() == "audit day imported 5, audit month imported 9"; }))
      << Recovered();
  EXPECT_EQ(Months(), "2026-10 m 9, 2026-11 m 1, 2026-11 m 5");
  EXPECT_EQ(Value("SELECT recovered FROM audits ORDER BY begun_ms DESC LIMIT 1"), "2");
  EXPECT_EQ(Differences(), "0 0");
}

TEST_F(FinestLevel, AnImportThatIsAnnouncedIsTakenByTheVeryNextAudit) {
  Serve("k", 1);
  Start();
  AwaitAudit();
  Serve("k", 1);
  WriteModelDay("imported", Date(2), 5);
  AwaitAudit(61 * kOneMinuteMs);
  EXPECT_TRUE(WaitFor([&] { return Recovered() == "audit day imported 5"; })) << Recovered();
}

TEST_F(FinestLevel, AFileThatLacksDaysIsMendedByARestart) {
  Serve("k", 1);
  Start();
  WriteModelDay("imported", Date(2), 5);
  Leave();
  Start();
  EXPECT_TRUE(DaysBecome("2026-11-18 m 5, 2026-11-20 m 1")) << Days();
  EXPECT_EQ(Recovered(), "return day imported 5");
}

TEST_F(FinestLevel, HoursThatAreFoundAfterTheirDayAreAPartOfIt) {
  Serve("k", 1);
  Start();
  WriteModelDay("k", Date(2), 5);
  AwaitAudit();
  ASSERT_TRUE(WaitFor([&] { return Recovered() == "audit day k 5"; }));
  Write("usage:k:model:hourly:m:2026-11-18:09", 2);  // restored by somebody, and announced
  ASSERT_TRUE(WaitFor([&] { return Value("SELECT sum(requests) FROM api_key_usage_hour") == "3"; }));
  EXPECT_EQ(Days(), "2026-11-18 m 5, 2026-11-20 m 1");
  EXPECT_EQ(Months(), "2026-11 m 6");
}

TEST_F(FinestLevel, ModelsAndMoneyOfDaysComeBeforeHoursWithoutThem) {
  for (int days_ago : {1, 2}) {
    WriteModelDay("k", Date(days_ago), 4);
    client_.Must({"HSET", "usage:k:model:daily:m:" + Date(days_ago), "ratedCostMicro", "845000"});
    Write("usage:daily:k:" + Date(days_ago), 4);
    Write("usage:hourly:k:" + Date(days_ago) + ":09", 4);
  }
  Write("usage:daily:k:" + Date(3), 3);  // nothing finer than its hours without a model
  Write("usage:hourly:k:" + Date(3) + ":09", 2);
  Start();
  EXPECT_TRUE(DaysBecome("2026-11-17  3, 2026-11-18 m 4, 2026-11-19 m 4")) << Days();
  EXPECT_EQ(Value("SELECT round(sum(cost_usd), 2) FROM api_key_usage_day"), "1.69");
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_hour"), "2");
  EXPECT_EQ(Value("SELECT profile FROM processor_status"), "claude-relay-service");
}

TEST_F(FinestLevel, AnImportIntoAnEmptyRelayDoesNotHideItsModels) {
  SourceFixture::Meter(redis_.url());
  metering_->AwaitBaseline();
  Write("usage:daily:k:" + Date(1), 4);
  WriteModelDay("k", Date(1), 4);
  Write("usage:hourly:k:" + Date(1) + ":09", 4);  // announced, and without a model
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(1000);
    return Value("SELECT profile FROM processor_status") == "claude-relay-service";
  })) << Value("SELECT profile FROM processor_status");
  EXPECT_TRUE(DaysBecome("2026-11-19 m 4")) << Days();
}

TEST_F(FinestLevel, FieldsThatHoursLackAreTakenFromTheirDayAndAreNoDifference) {
  Start();
  Serve("k", 3);
  client_.Must({"HSET", "usage:k:model:daily:m:" + Date(0), "ephemeral5mTokens", "40"});
  ASSERT_TRUE(WaitFor([&] { return Days() == "2026-11-20 m 3"; }));
  AwaitAudit();
  EXPECT_TRUE(WaitFor([&] { return Value("SELECT ephemeral_5m_tokens FROM api_key_usage_day") == "40"; }));
  EXPECT_EQ(Recovered(), "") << "nothing was missed";
  EXPECT_EQ(Differences(), "0 0");
  EXPECT_EQ(metering_->metrics().drift, 0);
}

}  // namespace
}  // namespace keymeter::testing
