#include "processor/storage/integrity.h"

#include <gtest/gtest.h>

#include "tests/processor/storage/usage_database.h"

namespace keymeter::processor {

namespace {

class IntegrityTest : public ::testing::Test {
 protected:
  static bool IsDamaged(const Status& status) {
    return !status && status.error().code == ErrorCode::kCorrupt &&
           status.error().reason == ErrorReason::kDamaged;
  }

  testing::TempDir directory_;
  std::string db_ = directory_.File("keymeter.db");
};

TEST_F(IntegrityTest, OfASoundFileIsGood) {
  Database database = MakeUsageDatabase(db_, 100);
  EXPECT_TRUE(LookForDamage(db_));
  EXPECT_TRUE(CheckStructure(database));
  EXPECT_TRUE(CheckIntegrity(database));
  EXPECT_TRUE(CheckEdges(database));
}

TEST_F(IntegrityTest, OfAFileThatIsNotOursToJudgeIsLeftToOthers) {
  EXPECT_TRUE(LookForDamage(directory_.File("nothing.db")));
  testing::WriteFile(db_, "");
  EXPECT_TRUE(LookForDamage(db_));
  EXPECT_TRUE(LookForDamage("/proc/1/mem"));
}

TEST_F(IntegrityTest, FindsADamagedPage) {
  (void)MakeUsageDatabase(db_, 10'000);
  SpoilPages(db_, testing::ReadFile(db_).size() / 4096 / 2, 1);
  EXPECT_TRUE(IsDamaged(LookForDamage(db_)));
}

TEST_F(IntegrityTest, FindsDamageAtTheEdgesWithoutReadingAll) {
  (void)MakeUsageDatabase(db_, 10'000);
  auto database = Database::Open(db_, Database::Mode::kReadOnly).value();
  ASSERT_TRUE(CheckEdges(database));
  SpoilPages(db_, testing::ReadFile(db_).size() / 4096 - 2, 2);
  auto damaged = Database::Open(db_, Database::Mode::kReadOnly).value();
  EXPECT_TRUE(IsDamaged(CheckEdges(damaged)));
}

TEST_F(IntegrityTest, FindsATruncatedFileAndOneThatIsNoDatabase) {
  (void)MakeUsageDatabase(db_, 10'000);
  const std::string bytes = testing::ReadFile(db_);
  testing::WriteFile(db_, bytes.substr(0, bytes.size() / 2));
  EXPECT_TRUE(IsDamaged(LookForDamage(db_)));
  testing::WriteFile(db_, std::string(8192, 'x'));
  EXPECT_TRUE(IsDamaged(LookForDamage(db_)));
}

TEST_F(IntegrityTest, ErrorsNameFileAndRemedy) {
  const Error damaged = WithRemedy({ErrorCode::kCorrupt, "malformed"}, "k.db");
  EXPECT_EQ(damaged.reason, ErrorReason::kDamaged);
  EXPECT_EQ(damaged.message.find("k.db is damaged: malformed; run keymeter rebuild --db k.db"), 0U);
  EXPECT_EQ(WithRemedy({ErrorCode::kRefused, "closed"}, "k.db").message, "closed");
}

}  // namespace

}  // namespace keymeter::processor
