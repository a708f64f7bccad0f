#include "processor/runtime/progress_bar.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

TEST(BarText, IsAsFullAsThePercentSay) {
  EXPECT_EQ(BarText("copied", 0), "copied  [----------------------------------------]   0 %");
  EXPECT_EQ(BarText("copied", 50), "copied  [####################--------------------]  50 %");
  EXPECT_EQ(BarText("copied", 100), "copied  [########################################] 100 %");
}

TEST(BarText, IsAsWideAsAsked) {
  EXPECT_EQ(BarText("importing", 25, 20), "importing  [#####---------------]  25 %");
}

TEST(BarText, StaysWithinItsBracketsWhateverThePercentAre) {
  EXPECT_EQ(BarText("x", -7, 4), "x  [----]   0 %");
  EXPECT_EQ(BarText("x", 250, 4), "x  [####] 100 %");
}

}  // namespace

}  // namespace keymeter::processor
