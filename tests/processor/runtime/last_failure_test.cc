#include "processor/runtime/last_failure.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

const Error kFull{ErrorCode::kUnavailable, "disk is full"};

TEST(LastFailure, IsNewsOnce) {
  LastFailure failure;
  EXPECT_FALSE(failure.IsSet());
  EXPECT_TRUE(failure.Replace(kFull));
  EXPECT_FALSE(failure.Replace(kFull));
  EXPECT_EQ(failure.Text(), "disk is full");
}

TEST(LastFailure, IsNewsAgainWhenItIsAnotherOne) {
  LastFailure failure(kFull);
  EXPECT_TRUE(failure.Replace(Error(kFull).Because(ErrorReason::kDamaged)));
  EXPECT_TRUE(failure.Replace({ErrorCode::kUnavailable, "database is locked"}));
  EXPECT_EQ(failure.Text(), "database is locked");
}

TEST(LastFailure, EndsOnce) {
  LastFailure failure(kFull);
  EXPECT_TRUE(failure.Clear());
  EXPECT_FALSE(failure.Clear());
  EXPECT_EQ(failure.Text(), "");
  EXPECT_TRUE(failure.Replace(kFull)) << "the same one, after it had worked";
}

}  // namespace

}  // namespace keymeter::processor
