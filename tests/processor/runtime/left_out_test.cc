#include "processor/runtime/left_out.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

using Kind = LeftOut::Kind;

TEST(LeftOut, SaysHowMuchAndNeverWhose) {
  LeftOut left_out;
  EXPECT_EQ(left_out.Text(), "");
  left_out.Add(Kind::kField, "apikey:k1.description", "too long", "");
  left_out.Add(Kind::kField, "apikey:k1.description", "too long", "");
  EXPECT_EQ(left_out.Text(), "left out: 1 field of an entity that is too long (see the log)");
  left_out.Add(Kind::kField, "apikey:k2.tags", "too long", "");
  left_out.Add(Kind::kListing, "usage:*", "its cursor comes again", "");
  EXPECT_EQ(left_out.Text(),
            "left out: 2 fields of entities that are too long, the rest of 1 listing that does not end "
            "(see the log)");
  EXPECT_EQ(left_out.count(), 3);
}

TEST(LeftOut, ForgetsWhatIsReadAgain) {
  LeftOut left_out;
  left_out.Add(Kind::kListing, "usage:*", "", "");
  left_out.Remove(Kind::kListing, "account:*");
  EXPECT_TRUE(left_out.Has(Kind::kListing, "usage:*"));
  left_out.Remove(Kind::kListing, "usage:*");
  EXPECT_EQ(left_out.Text(), "");
}

TEST(LeftOut, KeepsSoManyNames) {
  LeftOut left_out;
  for (std::size_t i = 0; i < 5 * LeftOut::kMostNames; ++i)
    left_out.Add(Kind::kCounter, std::to_string(i) + std::string(10'000, 'x'), "", "");
  EXPECT_EQ(left_out.count(), static_cast<std::int64_t>(LeftOut::kMostNames) + 1);
}

}  // namespace

}  // namespace keymeter::processor
