#include "processor/source/import_state.h"

#include <gtest/gtest.h>

namespace keymeter::processor {
namespace {

TEST(ImportBar, SaysHowFarItIsAndHowLongItTakes) {
  EXPECT_EQ(ImportBar({27'000, 12'345, true, 2500}),
            "importing  [#########-----------]  45 %  12,345 of 27,000 counters, 3 s left");
}

TEST(ImportBar, CountsWhatIsFoundWhileItIsStillListed) {
  EXPECT_EQ(ImportBar({1'234'567, 100, false, 60'000}), "importing: 1,234,567 counters found, 100 read");
}

TEST(ImportBar, IsFullAtTheEndAndEmptyAtTheBeginning) {
  EXPECT_EQ(ImportBar({10, 10, true, 5000}),
            "importing  [####################] 100 %  10 of 10 counters, 0 s left");
  EXPECT_EQ(ImportBar({10, 0, true, 0}), "importing  [--------------------]   0 %  0 of 10 counters");
  EXPECT_EQ(ImportBar({0, 0, true, 5000}), "importing  [--------------------]   0 %  0 of 0 counters");
}

TEST(SecondsLeft, IsToldByThePaceOnceThereIsOne) {
  EXPECT_EQ(SecondsLeft({1000, 100, true, 10'000}), 90);
  EXPECT_EQ(SecondsLeft({1000, 100, false, 10'000}), -1);
  EXPECT_EQ(SecondsLeft({1000, 100, true, 10}), -1);
  EXPECT_EQ(SecondsLeft({1000, 0, true, 10'000}), -1);
}

}  // namespace
}  // namespace keymeter::processor
