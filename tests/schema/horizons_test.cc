#include "schema/horizons.h"

#include <gtest/gtest.h>

namespace keymeter {

namespace {

TEST(Horizons, SayWhichLevelStillHasAMoment) {
  const Horizons horizons{.minutes = 3000, .hours = 2000, .days = 1000};
  EXPECT_EQ(horizons.KeptLevel(Level::kMinute, 3000), Level::kMinute);
  EXPECT_EQ(horizons.KeptLevel(Level::kMinute, 2999), Level::kHour);
  EXPECT_EQ(horizons.KeptLevel(Level::kMinute, 1999), Level::kDay);
  EXPECT_EQ(horizons.KeptLevel(Level::kHour, 999), Level::kMonth);
  EXPECT_EQ(horizons.KeptLevel(Level::kDay, 1000), Level::kDay);
  EXPECT_EQ(horizons.KeptLevel(Level::kTotal, 0), Level::kTotal);
  EXPECT_EQ(horizons.KeptLevel(Level::kMinute, -1), Level::kMonth);
}

TEST(Horizons, OfNothingGoneKeepWhatIsBefore1970Too) {
  for (const Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(Horizons().KeptLevel(level, -28'800), level) << LevelName(level);
}

}  // namespace

}  // namespace keymeter
