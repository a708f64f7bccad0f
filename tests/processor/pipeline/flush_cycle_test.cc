#include "processor/pipeline/flush_cycle.h"

#include <gtest/gtest.h>

#include "schema/profile_loader.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

/// A file with one minute of 12:03 and the reading behind it, flushed by a clock that shows a month later.
/// Redis is never asked.
class FlushCycleTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kMonthMs = 30 * kDaySeconds * 1000;

  FlushCycleTest() {
    SeriesRegistry registry;
    CounterTable counters;
    counters.Restore({Hour(12), registry.Intern(EntityKind::kApiKey, "k", "m"), At("12:03:01"), Usage(5)});
    meter_.Restore(std::move(registry), std::move(counters), std::nullopt);
  }
  [[nodiscard]] WindowWriter Written() const {
    WindowWriter writer = WindowWriter::Open(path_).value();
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
    batch.growth = {{Level::kMinute, Minute("12:03"), 1, Usage(5)}};
    EXPECT_TRUE(writer.Write(batch));
    return writer;
  }
  [[nodiscard]] static SourceSession::Options Source() {
    return {.redis = {},
            .poll_ms = 0,
            .data_set = "",
            .utc_offset_s = 0,
            .readers = {.database = 0,
                        .max_load = 1,
                        .history_due_from_ms = -1,
                        .audited_until = 0,
                        .audit_interval_ms = 0}};
  }
  /// Flushes once, and waits for what came of it.
  void Flush() {
    const std::int64_t flushes = flush_.figures().flushes;
    on_figures_ = [this, flushes] {
      if (flush_.figures().flushes > flushes) loop_.Stop();
    };
    flush_.Flush();
    loop_.Run();
    ASSERT_TRUE(flush_.figures().is_writable);
  }
  [[nodiscard]] std::string Minutes() const {
    return testing::DatabaseRows(path_).Value("SELECT count(*) FROM usage_minute");
  }

  testing::TempDir directory_;
  const std::string path_ = directory_.File("keymeter.db");
  ManualClock clock_{At("12:30:00") + kMonthMs};
  EventLoop loop_;
  Meter meter_;
  MeteringPlan plan_ =
      MeteringPlan::Make(LoadProfiles("claude-relay-service").value(), {}, 0, clock_.WallMs()).value();
  SourceSession source_{loop_, clock_, Source(), plan_, meter_, [] {}};
  std::function<void()> on_figures_ = [] {};
  FlushCycle flush_{loop_,  clock_,  plan_,     {.db_path = path_, .flush_interval_ms = 1000, .file = {}},
                    meter_, source_, Written(), [this] { on_figures_(); }};
};

TEST_F(FlushCycleTest, RemovesNothingByOurClockAloneWhereOnlyTheFileTellsTheRelaysTime) {
  ASSERT_EQ(meter_.newest_hour(), 0) << "nobody knows how far the rows reach";
  Flush();
  EXPECT_EQ(Minutes(), "1");
}

TEST_F(FlushCycleTest, RemovesOldRowsOnceTheRelayCountsInALaterHour) {
  meter_.OnGrowth(EntityKind::kApiKey, "k", "m", clock_.WallMs() / 1000 / kHourSeconds * kHourSeconds,
                  clock_.WallMs());
  Flush();
  EXPECT_EQ(Minutes(), "0");
}

}  // namespace

}  // namespace keymeter::processor
