#include "benchmarks/program/e2e/renamed_ids.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

constexpr const char* kId = "0518eb61-5d1f-4489-83c4-4a8fd8f1f512";
constexpr const char* kOther = "567c170c-6083-4a82-9984-cac816075569";

class E2eRenamedIds : public ::testing::Test {
 protected:
  E2eRenamedIds() { ids_.Add(kId); }
  RenamedIds ids_;
};

TEST_F(E2eRenamedIds, KeepTheirLengthAndDifferBetweenCopies) {
  EXPECT_EQ(RenamedIds::InCopy(kId, 0), kId);
  EXPECT_EQ(RenamedIds::InCopy(kId, 1), "0018eb61-5d1f-4489-83c4-4a8fd8f1f512");
  EXPECT_EQ(RenamedIds::InCopy(kId, 0xabc), "abc8eb61-5d1f-4489-83c4-4a8fd8f1f512");
}

TEST_F(E2eRenamedIds, AreFoundWhereverTheyStandInAText) {
  const std::string id = kId;
  const std::string renamed = RenamedIds::InCopy(kId, 2);
  EXPECT_EQ(ids_.TextInCopy("usage:" + id + ":model:hourly:a-b:2026-11-20:20", 2),
            "usage:" + renamed + ":model:hourly:a-b:2026-11-20:20");
  EXPECT_EQ(ids_.TextInCopy(id, 2), renamed);
  EXPECT_EQ(ids_.TextInCopy(id + "|" + id, 2), renamed + "|" + renamed);
}

TEST_F(E2eRenamedIds, LeaveOtherTextAlone) {
  for (const std::string& text :
       {std::string(kOther), std::string("claude-opus-4"), std::string(kId).substr(1), std::string()})
    EXPECT_EQ(ids_.TextInCopy(text, 2), text);
}

TEST_F(E2eRenamedIds, AreUuids) {
  EXPECT_THROW(ids_.Add("acct-7"), std::runtime_error);
}

}  // namespace
}  // namespace keymeter::e2e
