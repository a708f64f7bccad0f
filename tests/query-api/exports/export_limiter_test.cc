#include "query-api/exports/export_limiter.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

TEST(ExportLimiter, RefusesMoreThanMayBeMadeAtOnce) {
  ExportLimiter limiter({.most_made = 1, .most_open = 3});
  const auto first = limiter.Take("ann");
  ASSERT_TRUE(first);
  EXPECT_FALSE(limiter.Take("ann"));
  first->FinishMaking();
  EXPECT_TRUE(limiter.Take("ann")) << "the first one is only being sent";
}

TEST(ExportLimiter, RefusesMoreThanMayBeOpen) {
  ExportLimiter limiter({.most_made = 5, .most_open = 2});
  auto first = limiter.Take("ann");
  const auto second = limiter.Take("ann");
  first->FinishMaking();
  EXPECT_FALSE(limiter.Take("ann"));
  first.reset();
  EXPECT_TRUE(limiter.Take("ann"));
}

TEST(ExportLimiter, OneSlowClientLeavesTheOthersTheirs) {
  ExportLimiter limiter({.most_made = 100, .most_open = 5, .most_open_of_client = 2});
  std::vector<std::shared_ptr<ExportLimiter::Slot>> slots;
  for (int i = 0; i < 2; ++i) {
    slots.push_back(limiter.Take("slow"));
    ASSERT_TRUE(slots.back()) << i;
    slots.back()->FinishMaking();
  }
  EXPECT_FALSE(limiter.Take("slow"));
  for (const char* other : {"ann", "bob", ""}) {
    slots.push_back(limiter.Take(other));
    EXPECT_TRUE(slots.back()) << other;
  }
  EXPECT_FALSE(limiter.Take("carl")) << "five are open";
  slots.erase(slots.begin());
  EXPECT_TRUE(limiter.Take("slow"));
}

TEST(ExportLimiter, ASlotThatIsGivenUpIsFreeAgain) {
  ExportLimiter limiter({.most_made = 1, .most_open = 1});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Take("ann")) << i;
}

TEST(ExportLimiter, CountsWhatItGaveAndRefused) {
  ExportLimiter limiter({.most_made = 1, .most_open = 1});
  const auto slot = limiter.Take("ann");
  slot->FinishMaking();
  slot->FinishMaking();  // counts once
  EXPECT_FALSE(limiter.Take("ann"));
  PrometheusText text;
  limiter.Write(text);
  for (const char* line : {"keymeter_api_exports_total 1\n", "keymeter_api_exports_refused_total 1\n",
                           "keymeter_api_exports_open 1\n"})
    EXPECT_NE(text.Text().find(line), std::string::npos) << line;
}

TEST(ExportLimiter, AFileTakesNoMoreThanItsBoundNorHalfOfWhatIsFree) {
  const keymeter::testing::TempDir directory;
  EXPECT_EQ(ExportLimiter({.directory = directory.File("."), .most_bytes = 10}).RoomForOne(), 10U);
  EXPECT_EQ(ExportLimiter({.directory = "/nonexistent"}).RoomForOne(), 0U);
}

/// TMPDIR as this process has it, for the time of a test.
class SpoolDirectoryTest : public ::testing::Test {
 protected:
  ~SpoolDirectoryTest() override {
    if (before_.empty())
      ::unsetenv("TMPDIR");
    else
      ::setenv("TMPDIR", before_.c_str(), 1);
  }
  const std::string before_ = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
  testing::TempDir directory_;
  const std::string db_ = directory_.File("keymeter.db");
};

TEST_F(SpoolDirectoryTest, IsTheTemporaryOne) {
  const testing::TempDir temporary;
  ::setenv("TMPDIR", temporary.path().c_str(), 1);
  EXPECT_EQ(SpoolDirectory::Find("", db_).path, temporary.path());
  ::unsetenv("TMPDIR");
  EXPECT_EQ(SpoolDirectory::Find("", db_).path, "/tmp");
}

TEST_F(SpoolDirectoryTest, IsBesideTheDatabaseWhereTheTemporaryOneCannotBeWritten) {
  ::setenv("TMPDIR", "/nonexistent", 1);
  const auto beside = SpoolDirectory::Find("", db_);
  EXPECT_EQ(beside.path, directory_.path());
  EXPECT_FALSE(beside.unusable);
  const auto nowhere = SpoolDirectory::Find("", "/nonexistent/keymeter.db");
  EXPECT_EQ(nowhere.path, "/nonexistent");
  ASSERT_TRUE(nowhere.unusable);
  EXPECT_NE(nowhere.unusable->message.find("/nonexistent"), std::string::npos);
}

TEST_F(SpoolDirectoryTest, IsWhatWasAskedFor) {
  const testing::TempDir asked;
  EXPECT_EQ(SpoolDirectory::Find(asked.path().string(), db_).path, asked.path());
  EXPECT_TRUE(SpoolDirectory::Find("/nonexistent", db_).unusable) << "no other one is taken in silence";
}

}  // namespace
}  // namespace keymeter::query_api
