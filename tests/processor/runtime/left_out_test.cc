#include "processor/runtime/left_out.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

using Kind = LeftOut::Kind;

class LeftOutTest : public ::testing::Test {
 protected:
  ManualClock clock_{0};
  LeftOut left_out_{clock_};
};

TEST_F(LeftOutTest, SaysHowMuchAndNeverWhose) {
  EXPECT_EQ(left_out_.Text(), "");
  left_out_.Add(Kind::kField, "apikey:k1.description", "too long", "");
  left_out_.Add(Kind::kField, "apikey:k1.description", "too long", "");
  EXPECT_EQ(left_out_.Text(), "left out: 1 field of an entity that is too long (see the log)");
  left_out_.Add(Kind::kField, "apikey:k2.tags", "too long", "");
  left_out_.Add(Kind::kListing, "usage:*", "its cursor comes again", "");
  EXPECT_EQ(left_out_.Text(),
            "left out: 2 fields of entities that are too long, the rest of 1 listing that does not end "
            "(see the log)");
  EXPECT_EQ(left_out_.count(), 3);
}

TEST_F(LeftOutTest, ForgetsWhatIsReadAgain) {
  left_out_.Add(Kind::kListing, "usage:*", "", "");
  left_out_.Remove(Kind::kListing, "account:*");
  EXPECT_TRUE(left_out_.Has(Kind::kListing, "usage:*"));
  left_out_.Remove(Kind::kListing, "usage:*");
  EXPECT_EQ(left_out_.Text(), "");
}

TEST_F(LeftOutTest, KeepsSoManyNames) {
  for (std::size_t i = 0; i < 5 * LeftOut::kMostNames; ++i)
    left_out_.Add(Kind::kCounter, std::to_string(i) + std::string(10'000, 'x'), "", "");
  EXPECT_EQ(left_out_.count(), static_cast<std::int64_t>(LeftOut::kMostNames) + 1);
}

TEST_F(LeftOutTest, NamesThoseBeyondAgainWhenThereIsRoom) {
  for (std::size_t i = 0; i <= LeftOut::kMostNames; ++i)
    left_out_.Add(Kind::kField, std::to_string(i), "", "");
  left_out_.Add(Kind::kField, "0", "", "");
  EXPECT_EQ(left_out_.count(), static_cast<std::int64_t>(LeftOut::kMostNames) + 1);
  for (std::size_t i = 0; i < LeftOut::kMostNames; ++i) left_out_.Remove(Kind::kField, std::to_string(i));
  EXPECT_EQ(left_out_.Text(), "");
}

TEST_F(LeftOutTest, MeetsAgainWhatItKnowsAlthoughThereIsNoRoom) {
  left_out_.Add(Kind::kCounter, "counter", "", "");
  for (std::size_t i = 0; i < LeftOut::kMostNames; ++i)
    left_out_.Add(Kind::kCounter, std::to_string(i), "", "");
  clock_.AdvanceMs(LeftOut::kForgetMs + 1);
  left_out_.Add(Kind::kCounter, "counter", "", "");
  left_out_.Forget();
  EXPECT_TRUE(left_out_.Has(Kind::kCounter, "counter"));
  EXPECT_EQ(left_out_.count(), 1);
}

TEST_F(LeftOutTest, ForgetsWhatOfAnHourNobodyMeetsAgain) {
  left_out_.Add(Kind::kCounter, "counter", "", "");
  left_out_.Add(Kind::kMember, "set", "", "");
  left_out_.Add(Kind::kField, "field", "", "");
  clock_.AdvanceMs(LeftOut::kForgetMs);
  left_out_.Add(Kind::kCounter, "counter", "", "");
  clock_.AdvanceMs(1);
  left_out_.Forget();
  EXPECT_TRUE(left_out_.Has(Kind::kCounter, "counter")) << "was met again";
  EXPECT_FALSE(left_out_.Has(Kind::kMember, "set"));
  EXPECT_TRUE(left_out_.Has(Kind::kField, "field")) << "stays until it is shorter";
}

}  // namespace

}  // namespace keymeter::processor
