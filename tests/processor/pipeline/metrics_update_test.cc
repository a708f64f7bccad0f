#include "processor/pipeline/metrics_update.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

TEST(UpdateMetrics, TakesOverWhatEachOwnerSays) {
  SourceFigures source;
  source.is_connected = true;
  source.counts.sessions = 2;
  source.counts.events = 30;
  source.output_buffer.bytes = 17;
  source.paced_us = 900;
  FlushFigures flush;
  flush.is_writable = false;
  flush.lag_ms = 120;
  flush.file.oldest = {60, 3600, 86400};
  ProcessorMetrics metrics;
  UpdateMetrics(source, {.is_baseline_read = true, .series = 4, .tokens_per_minute = 1.5}, flush, metrics);
  EXPECT_TRUE(metrics.is_connected);
  EXPECT_TRUE(metrics.was_subscribed);
  EXPECT_TRUE(metrics.is_baseline_read);
  EXPECT_FALSE(metrics.is_writable);
  EXPECT_EQ(metrics.sessions, 2);
  EXPECT_EQ(metrics.events, 30);
  EXPECT_EQ(metrics.output_buffer_bytes, 17);
  EXPECT_EQ(metrics.paced_us, 900);
  EXPECT_EQ(metrics.series, 4);
  EXPECT_EQ(metrics.tokens_per_minute, 1.5);
  EXPECT_EQ(metrics.lag_ms, 120);
  EXPECT_EQ(metrics.oldest[1], 3600);
}

TEST(UpdateMetrics, RemembersThatThereWasASubscription) {
  ProcessorMetrics metrics;
  SourceFigures source;
  UpdateMetrics(source, {}, {}, metrics);
  EXPECT_FALSE(metrics.was_subscribed);
  source.counts.sessions = 1;
  UpdateMetrics(source, {}, {}, metrics);
  EXPECT_TRUE(metrics.was_subscribed) << "though it is not connected now";
  EXPECT_FALSE(metrics.is_connected);
  EXPECT_EQ(metrics.output_buffer_bytes, OutputBufferFigures::kUnknown);
}

}  // namespace

}  // namespace keymeter::processor
