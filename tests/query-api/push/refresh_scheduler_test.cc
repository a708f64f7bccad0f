#include "query-api/push/refresh_scheduler.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

using Ids = std::vector<std::string>;

class RefreshSchedulerTest : public ::testing::Test {
 protected:
  static DataStamp Version(std::int64_t version) { return {1, version, 0, 0}; }
  Ids Due(std::int64_t version, bool only_unread = false) {
    return scheduler_.Due({"a", "b", "c"}, Version(version), only_unread);
  }
  void Read(const std::string& id, std::int64_t version, bool changes_by_time = false) {
    scheduler_.MarkRead(id, Version(version), changes_by_time, uses_);
  }

  RefreshScheduler scheduler_;
  RefreshScheduler::Uses uses_;
};

TEST_F(RefreshSchedulerTest, WhatWasNeverReadIsDue) {
  EXPECT_EQ(Due(1), (Ids{"a", "b", "c"}));
  Read("b", 1);
  EXPECT_EQ(Due(1), (Ids{"a", "c"}));
}

TEST_F(RefreshSchedulerTest, TheSameFileIsNotReadAgain) {
  for (const char* id : {"a", "b", "c"}) Read(id, 1);
  EXPECT_EQ(Due(1), Ids{});
  EXPECT_EQ(Due(2), (Ids{"a", "b", "c"}));
  EXPECT_EQ(scheduler_.Due({"a"}, {2, 1, 0, 0}, false), Ids{"a"}) << "another file";
  EXPECT_EQ(scheduler_.Due({"a"}, {1, 1, 3600, 0}, false), Ids{"a"}) << "another hour";
  EXPECT_EQ(scheduler_.Due({"a"}, {1, 1, 0, 86'400}, false), Ids{"a"}) << "another day";
  EXPECT_EQ(scheduler_.Due({"a"}, {1, 1, 3600, -3600}, false), Ids{"a"}) << "both, to the same sum";
}

TEST_F(RefreshSchedulerTest, ARateIsReadAgainAsItFalls) {
  Read("a", 1);
  Read("b", 1, true);
  Read("c", 1);
  EXPECT_EQ(Due(1), Ids{"b"});
  Read("b", 1, false);
  EXPECT_EQ(Due(1), Ids{});
}

TEST_F(RefreshSchedulerTest, TheLongestUnreadComesFirstButAfterWhatWasNever) {
  Read("c", 1);
  Read("a", 1);
  EXPECT_EQ(Due(2), (Ids{"b", "c", "a"}));
  EXPECT_EQ(Due(2, true), Ids{"b"});
}

TEST_F(RefreshSchedulerTest, WhatWasUsedSinceIsPreferred) {
  uses_ = {{"a", 10}, {"c", 5}};
  for (const char* id : {"a", "b", "c"}) Read(id, 1);
  Ids due = Due(2);
  scheduler_.Prefer(due, {{"a", 10}, {"c", 6}});
  EXPECT_EQ(due, (Ids{"c", "a", "b"}));
}

TEST_F(RefreshSchedulerTest, WhatIsForgottenIsUnread) {
  for (const char* id : {"a", "b", "c"}) Read(id, 1);
  scheduler_.Forget("a");
  scheduler_.ForgetAllBut({"b"});
  EXPECT_EQ(Due(1), (Ids{"a", "c"}));
  std::set<std::string> ids{"x"};
  scheduler_.AddKnownTo(ids);
  EXPECT_EQ(ids, (std::set<std::string>{"b", "x"}));
}

}  // namespace
}  // namespace keymeter::query_api
