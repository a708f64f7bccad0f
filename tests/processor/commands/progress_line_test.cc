#include "processor/commands/progress_line.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

TEST(ProgressLine, WithoutATerminalSaysEachTenthOnce) {
  ::testing::internal::CaptureStderr();
  {
    ProgressLine progress("copied");
    for (int done : {0, 4, 9, 11, 19, 35, 30, 100, 100}) progress.Show(done, 100);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "copied 0 %\ncopied 10 %\ncopied 30 %\ncopied 100 %\n");
}

TEST(ProgressLine, OfNothingIsWhole) {
  ::testing::internal::CaptureStderr();
  ProgressLine("copied").Show(0, 0);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "copied 100 %\n");
}

}  // namespace

}  // namespace keymeter::processor
