#include "processor/storage/batch_part.h"

#include <gtest/gtest.h>

#include "processor/storage/prepare.h"
#include "processor/storage/writer_thread.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

/// A new kind of rows, as another room would add it: the rows, how they are prepared, how they are written.
struct NoteRows {
  std::vector<std::string> notes;
};

class NoteWriter final : public RowsPart<NoteRows> {
 public:
  Status Prepare(Database& database) override {
    return PrepareAll(database,
                      {{&add_, "INSERT INTO note (text, version) SELECT ?, data_version FROM source_state"}});
  }

 private:
  Status WriteRows(const NoteRows& rows, BatchContext& context) override {
    if (!rows.notes.empty()) context.has_new_data = true;
    for (const std::string& note : rows.notes) RETURN_IF_ERROR(add_.Bind(1, note).Run());
    return {};
  }

  Statement add_;
};

class BatchPartTest : public ::testing::Test {
 protected:
  BatchPartTest() {
    EXPECT_TRUE(writer_.database().Execute("CREATE TABLE note (text, version)"));
    EXPECT_TRUE(writer_.Add(std::make_unique<NoteWriter>()));  // the one line of registration
  }

  static WriteBatch Noted(const std::string& note) {
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
    batch.growth = {{Level::kMinute, Minute("12:03"), 1, Usage(5)}};
    batch.Of<NoteRows>().notes.push_back(note);
    return batch;
  }
  void Refuse(std::string_view what) {
    ASSERT_TRUE(writer_.database().Execute(fmt::format(
        "CREATE TEMP TRIGGER refuse BEFORE {} BEGIN SELECT raise(ABORT, 'disk on fire'); END", what)));
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(path_).Value(sql);
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

TEST_F(BatchPartTest, IsWrittenWithTheRestOfTheBatch) {
  ASSERT_TRUE(writer_.Write(Noted("hello")));
  EXPECT_EQ(Value("SELECT group_concat(text) FROM note"), "hello");
  EXPECT_EQ(Value("SELECT sum(requests) FROM usage_minute"), "5");
}

TEST_F(BatchPartTest, IsRolledBackWhenAnotherPartFails) {
  Refuse("UPDATE ON main.source_state");
  ASSERT_FALSE(writer_.Write(Noted("hello")));
  EXPECT_EQ(Value("SELECT count(*) FROM note"), "0");
}

TEST_F(BatchPartTest, RollsTheRestBackWhenItFails) {
  Refuse("INSERT ON main.note");
  ASSERT_FALSE(writer_.Write(Noted("hello")));
  EXPECT_EQ(Value("SELECT count(*) FROM usage_minute"), "0");
  EXPECT_EQ(Value("SELECT count(*) FROM series"), "0");
}

TEST_F(BatchPartTest, IsNotAskedAboutABatchWithoutItsRows) {
  Refuse("INSERT ON main.note");
  EXPECT_TRUE(writer_.Write({}));
}

TEST_F(BatchPartTest, StandsBeforeTheStateSoThatItCanRaiseTheDataVersion) {
  WriteBatch batch;
  batch.Of<NoteRows>().notes = {"hello"};
  const int before = std::stoi(Value("SELECT data_version FROM source_state"));
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Value("SELECT data_version FROM source_state"), std::to_string(before + 1));
  EXPECT_EQ(Value("SELECT version FROM note"), std::to_string(before)) << "the state is written last";
}

TEST_F(BatchPartTest, ComesBackWholeWhenSqliteRefusesTheBatch) {
  Refuse("INSERT ON main.usage_minute");
  WriterThread thread(std::move(writer_), [] {});
  thread.Submit(Noted("hello"), 0);
  const auto outcome = thread.WaitForOutcome();
  ASSERT_TRUE(outcome && outcome->refused);
  const NoteRows* const back = outcome->refused->Find<NoteRows>();
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->notes, std::vector<std::string>{"hello"});
}

TEST_F(BatchPartTest, WhoseStatementsDoNotFitTheFileIsRefusedWhenItIsAdded) {
  ASSERT_TRUE(writer_.database().Execute("DROP TABLE note"));
  const Status added = writer_.Add(std::make_unique<NoteWriter>());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, path_ + ": no such table: note");
}

}  // namespace

}  // namespace keymeter::processor
