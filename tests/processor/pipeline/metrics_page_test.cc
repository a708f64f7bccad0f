#include "processor/pipeline/metrics_page.h"

#include <string>

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

class MetricsPage : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Page() const {
    PrometheusText text;
    WriteMetrics(metrics_, text);
    return text.Text();
  }
  [[nodiscard]] bool Shows(const std::string& line) const {
    return Page().find("\n" + line + "\n") != std::string::npos;
  }

  ProcessorMetrics metrics_;
};

TEST_F(MetricsPage, ShowsCountersAndGauges) {
  metrics_.events = 12;
  metrics_.series = 3;
  metrics_.is_connected = true;
  EXPECT_TRUE(Shows("keymeter_events_total 12")) << Page();
  EXPECT_TRUE(Shows("keymeter_series 3"));
  EXPECT_TRUE(Shows("keymeter_connected 1"));
  EXPECT_TRUE(Shows("keymeter_baseline_read 0"));
}

TEST_F(MetricsPage, ShowsTimesInSeconds) {
  metrics_.lag_ms = 250;
  metrics_.flush_ms = 40;
  metrics_.loop_longest_us = 1500;
  metrics_.paced_us = 2'500'000;
  EXPECT_TRUE(Shows("keymeter_lag_seconds 0.25")) << Page();
  EXPECT_TRUE(Shows("keymeter_flush_seconds 0.04"));
  EXPECT_TRUE(Shows("keymeter_loop_longest_seconds 0.0015"));
  EXPECT_TRUE(Shows("keymeter_paced_seconds_total 2.5"));
}

TEST_F(MetricsPage, ShowsEachLevelOfTheFile) {
  metrics_.oldest[1] = 1'795'176'000;
  metrics_.removed[0] = 7;
  EXPECT_TRUE(Shows("keymeter_oldest_bucket_timestamp_seconds{level=\"hour\"} 1795176000")) << Page();
  EXPECT_TRUE(Shows("keymeter_removed_rows_total{level=\"minute\"} 7"));
  EXPECT_TRUE(Shows("keymeter_removed_rows_total{level=\"day\"} 0"));
}

TEST_F(MetricsPage, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(Page().find("keymeter_output_buffer"), std::string::npos);
  metrics_.output_buffer_bytes = 0;
  metrics_.output_buffer_hard_limit = 1024;
  EXPECT_TRUE(Shows("keymeter_output_buffer_bytes 0"));
  EXPECT_TRUE(Shows("keymeter_output_buffer_limit_bytes 1024"));
  EXPECT_EQ(Page().find("keymeter_output_buffer_soft_limit_bytes"), std::string::npos);
}

TEST_F(MetricsPage, ShowsThatAReaderHoldsTheWal) {
  EXPECT_TRUE(Shows("keymeter_wal_held 0"));
  metrics_.held_since_ms = 1'795'176'000'000;
  EXPECT_TRUE(Shows("keymeter_wal_held 1"));
}

using Reasons = std::vector<std::string>;

TEST(NotReadyReasons, AreNoneWhenItWorks) {
  ProcessorMetrics metrics;
  metrics.was_subscribed = true;
  EXPECT_EQ(NotReadyReasons(metrics), Reasons{});
  metrics.is_connected = false;
  EXPECT_EQ(NotReadyReasons(metrics), Reasons{}) << "a source that went away is no reason to restart us";
}

TEST(NotReadyReasons, NameASourceThatNeverWasThereAndAFileThatCannotBeWritten) {
  ProcessorMetrics metrics;
  metrics.is_writable = false;
  EXPECT_EQ(NotReadyReasons(metrics),
            (Reasons{"never subscribed to the source yet", "the last flush failed"}));
}

TEST(NotReadyReasons, NameTheReaderThatHoldsTheWalInPlaceOfTheFailedFlush) {
  ProcessorMetrics metrics;
  metrics.was_subscribed = true;
  metrics.is_writable = false;
  metrics.held_since_ms = 1'795'176'000'123;
  metrics.wal_bytes = 256'400'000;
  const Reasons reasons = NotReadyReasons(metrics);
  ASSERT_EQ(reasons.size(), 1U);
  EXPECT_NE(reasons[0].find("256.4 MB"), std::string::npos) << reasons[0];
  EXPECT_NE(reasons[0].find("2026-11-20T12:00:00Z"), std::string::npos) << reasons[0];
}

TEST(IsLoopAlive, ForTenSecondsAfterABeat) {
  ProcessorMetrics metrics;
  metrics.loop_beat_ms = 5000;
  EXPECT_TRUE(IsLoopAlive(metrics, 14'999));
  EXPECT_FALSE(IsLoopAlive(metrics, 15'000));
}

TEST(IsLoopAlive, WhileTheFileIsPutRight) {
  ProcessorMetrics metrics;
  metrics.loop_beat_ms = 5000;
  metrics.is_reopening = true;
  EXPECT_TRUE(IsLoopAlive(metrics, 600'000));
}

}  // namespace

}  // namespace keymeter::processor
