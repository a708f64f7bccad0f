#include "processor/source/history_reader.h"

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

/// Reads the month of October.
class HistoryReaderTest : public RelaySession {
 protected:
  static constexpr const char* kMonth = "usage:k1:model:monthly:gpt-5:2026-10";
  static constexpr std::int64_t kOctober = 1790784000;  // of the relay's 2026-10-01

  ~HistoryReaderTest() override {
    if (link_) link_->Stop();
  }

  [[nodiscard]] std::vector<CoarseReading> Readings() {
    const std::vector<HistoryReader::Span> spans = {{Level::kMonth, kOctober, kOctober}};
    bool has_begun = false;
    Connect("claude-relay-service", kOffset, false, [&] {
      readers_->history_reader.Start(spans, kOffset);
      has_begun = true;
    });
    EXPECT_TRUE(RunUntil([&] { return has_begun && readers_->history_reader.IsRead(); }));
    return readers_->history_reader.Take();
  }
};

TEST_F(HistoryReaderTest, TakesWhatAMonthHolds) {
  relay_.Must({"HSET", kMonth, "requests", "13", "inputTokens", "130"});
  const auto readings = Readings();
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].bucket, kOctober);
  EXPECT_EQ(readings[0].values[Metric::kRequests], 13);
  EXPECT_EQ(readings[0].values[Metric::kInputTokens], 130);
  EXPECT_FALSE(readings[0].Carries(static_cast<std::size_t>(Metric::kOutputTokens)));
  EXPECT_EQ(readers_->skipped.count(), 0);
}

TEST_F(HistoryReaderTest, LosesAValueThatIsNoneAndTakesTheOthers) {
  relay_.Must({"HSET", kMonth, "requests", "13", "inputTokens", "abc", "outputTokens", "7"});
  const auto readings = Readings();
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].values[Metric::kRequests], 13);
  EXPECT_EQ(readings[0].values[Metric::kOutputTokens], 7);
  EXPECT_FALSE(readings[0].Carries(static_cast<std::size_t>(Metric::kInputTokens)));
  EXPECT_EQ(readers_->skipped.count(), 1);
}

TEST_F(HistoryReaderTest, SaysWhatIsNoHashAtAll) {
  relay_.Must({"SET", kMonth, "text"});
  EXPECT_TRUE(Readings().empty());
  EXPECT_EQ(readers_->skipped.count(), 1);
}

}  // namespace

}  // namespace keymeter::processor
