#include "query-api/push/update_log.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

class UpdateLogTest : public ::testing::Test {
 protected:
  void Set(const std::string& id, std::uint64_t essence, std::uint64_t number) {
    log_.Set(log_.At(id), "1", essence, number);
  }
  /// The ids of all changes after `number`, in their order.
  std::string After(std::uint64_t number) {
    std::string ids;
    for (const UpdateLog::Entry* entry = log_.After(number); entry != nullptr;
         entry = log_.After(entry->number))
      ids += entry->topic.id;
    return ids;
  }

  UpdateLog log_{PushKind::kApiKey};
};

TEST_F(UpdateLogTest, AChangeMovesItsEntryToTheEnd) {
  Set("a", 1, 1);
  Set("b", 1, 2);
  EXPECT_EQ(After(0), "ab");
  Set("a", 2, 3);
  EXPECT_EQ(After(0), "ba");
  EXPECT_EQ(After(2), "a");
  EXPECT_EQ(After(3), "");
}

TEST_F(UpdateLogTest, TheSameEssenceIsNoChange) {
  Set("a", 7, 1);
  Set("a", 7, 2);
  EXPECT_EQ(After(1), "");
}

TEST_F(UpdateLogTest, WhatIsGoneMayComeBack) {
  Set("a", 7, 1);
  log_.SetGone(log_.At("a"), 2);
  EXPECT_EQ(After(1), "a");
  EXPECT_EQ(log_.Count(), 0U);
  Set("a", 7, 3);
  EXPECT_EQ(After(2), "a");
  EXPECT_EQ(log_.Count(), 1U);
}

TEST_F(UpdateLogTest, KeepsNoIdsThatAreNoEntities) {
  log_.At("made up");
  log_.At("asked for");
  Set("read", 1, 1);
  log_.ForgetUnreadBut({"asked for"});
  EXPECT_EQ(log_.Find("made up"), nullptr);
  EXPECT_NE(log_.Find("asked for"), nullptr);
  EXPECT_NE(log_.Find("read"), nullptr);
  log_.ForgetAllBut({"asked for"});
  EXPECT_EQ(log_.Find("read"), nullptr);
  EXPECT_EQ(log_.After(0), nullptr);
}

}  // namespace
}  // namespace keymeter::query_api
