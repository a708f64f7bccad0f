#include "query-api/exports/export_limiter.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

TEST(ExportLimiter, RefusesMoreThanMayBeMadeAtOnce) {
  ExportLimiter limiter({.most_made = 1, .most_open = 3});
  const auto first = limiter.Take();
  ASSERT_TRUE(first);
  EXPECT_FALSE(limiter.Take());
  first->FinishMaking();
  EXPECT_TRUE(limiter.Take()) << "the first one is only being sent";
}

TEST(ExportLimiter, RefusesMoreThanMayBeOpen) {
  ExportLimiter limiter({.most_made = 5, .most_open = 2});
  auto first = limiter.Take();
  const auto second = limiter.Take();
  first->FinishMaking();
  EXPECT_FALSE(limiter.Take());
  first.reset();
  EXPECT_TRUE(limiter.Take());
}

TEST(ExportLimiter, ASlotThatIsGivenUpIsFreeAgain) {
  ExportLimiter limiter({.most_made = 1, .most_open = 1});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Take()) << i;
}

TEST(ExportLimiter, CountsWhatItGaveAndRefused) {
  ExportLimiter limiter({.most_made = 1, .most_open = 1});
  const auto slot = limiter.Take();
  slot->FinishMaking();
  slot->FinishMaking();  // counts once
  EXPECT_FALSE(limiter.Take());
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

}  // namespace
}  // namespace keymeter::query_api
