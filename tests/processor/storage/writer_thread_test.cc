#include "processor/storage/writer_thread.h"

#include <atomic>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

class WriterThreadTest : public ::testing::Test {
 protected:
  /// Without the doors of the thread: before it runs, or after Join.
  static void Refuse(WindowWriter& writer) {
    ASSERT_TRUE(
        writer.database().Execute("CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.usage_minute WHEN "
                                  "new.requests = 13 BEGIN SELECT raise(ABORT, 'disk on fire'); END"));
  }
  static WriteBatch Grown(std::int64_t requests) {
    WriteBatch batch;
    batch.growth.push_back({Level::kMinute, Minute("12:03"), 1, Usage(requests)});
    return batch;
  }
  [[nodiscard]] WindowWriter OpenWriter() const {
    WindowWriter writer = WindowWriter::Open(path_).value();
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
    EXPECT_TRUE(writer.Write(batch));
    return writer;
  }
  [[nodiscard]] std::string Requests(const std::string& table) const {
    return testing::DatabaseRows(path_).Value("SELECT requests FROM " + table);
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  std::atomic<int> wakes_ = 0;
};

TEST_F(WriterThreadTest, WritesAndRollsUpWhatIsSubmitted) {
  WriterThread thread(OpenWriter(), [this] { ++wakes_; });
  thread.Submit(Grown(5), Minute("12:04"));
  const auto outcome = thread.WaitForOutcome();
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->status);
  EXPECT_FALSE(outcome->refused);
  EXPECT_EQ(Requests("usage_minute"), "5");
  EXPECT_EQ(Requests("usage_hour"), "5");
  (void)thread.Join();
  EXPECT_EQ(wakes_, 1);
}

TEST_F(WriterThreadTest, IsBusyUntilTheOutcomeIsTaken) {
  WriterThread thread(OpenWriter(), [] {});
  EXPECT_FALSE(thread.IsBusy());
  EXPECT_FALSE(thread.TakeOutcome());
  EXPECT_FALSE(thread.WaitForOutcome());
  thread.Submit(Grown(5), 0);
  EXPECT_TRUE(thread.IsBusy());
  ASSERT_TRUE(thread.WaitForOutcome());
  EXPECT_FALSE(thread.IsBusy());
  EXPECT_FALSE(thread.TakeOutcome());
}

TEST_F(WriterThreadTest, HandsBackABatchThatSqliteRefused) {
  WindowWriter writer = OpenWriter();
  Refuse(writer);
  WriterThread thread(std::move(writer), [] {});
  thread.Submit(Grown(13), Minute("12:04"));
  const auto outcome = thread.WaitForOutcome();
  ASSERT_TRUE(outcome);
  ASSERT_FALSE(outcome->status);
  EXPECT_NE(outcome->status.error().message.find("disk on fire"), std::string::npos);
  ASSERT_TRUE(outcome->refused);
  ASSERT_EQ(outcome->refused->growth.size(), 1U);
  EXPECT_EQ(outcome->refused->growth[0].growth, Usage(13));
  EXPECT_FALSE(outcome->is_final) << "it may go the next time";
  EXPECT_EQ(Requests("usage_minute"), "");
  thread.Submit(Grown(5), Minute("12:04"));
  ASSERT_TRUE(thread.WaitForOutcome()->status);
  EXPECT_EQ(Requests("usage_hour"), "5");
}

TEST_F(WriterThreadTest, DoesNotHandBackABatchOfWhichOnlyTheRollUpFailed) {
  WindowWriter writer = OpenWriter();
  ASSERT_TRUE(
      writer.database().Execute("CREATE TEMP TRIGGER refuse BEFORE UPDATE ON main.usage_day BEGIN SELECT "
                                "raise(ABORT, 'disk on fire'); END"));
  WriterThread thread(std::move(writer), [] {});
  thread.Submit(Grown(5), Minute("12:04"));
  const auto outcome = thread.WaitForOutcome();
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->status);
  EXPECT_FALSE(outcome->refused);
  EXPECT_EQ(Requests("usage_minute"), "5");
}

TEST_F(WriterThreadTest, WritesNothingIntoAFileThatIsLostAndSaysThatItsTheEnd) {
  WriterThread thread(OpenWriter(), [] {});
  std::filesystem::rename(path_, path_ + ".old");
  thread.Submit(Grown(5), Minute("12:04"));
  const auto outcome = thread.WaitForOutcome();
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->is_final);
  ASSERT_FALSE(outcome->status);
  EXPECT_NE(outcome->status.error().message.find("deleted or moved away"), std::string::npos);
  ASSERT_TRUE(outcome->refused);
  EXPECT_EQ(outcome->refused->growth.size(), 1U);
}

TEST_F(WriterThreadTest, WritesWhatIsUnderWayBeforeItEnds) {
  WriterThread thread(OpenWriter(), [] {});
  thread.Submit(Grown(5), 0);
  WindowWriter writer = thread.Join();
  EXPECT_EQ(Requests("usage_minute"), "5");
  ASSERT_TRUE(writer.Write(Grown(2)));
  ASSERT_TRUE(writer.Checkpoint());
  EXPECT_EQ(Requests("usage_minute"), "7");
}

TEST_F(WriterThreadTest, EndsWithItsObject) {
  {
    WriterThread thread(OpenWriter(), [] {});
    thread.Submit(Grown(5), 0);
  }
  EXPECT_EQ(Requests("usage_minute"), "5");
}

}  // namespace

}  // namespace keymeter::processor
