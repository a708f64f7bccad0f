#include "processor/redis/notify_flags.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

struct FlagsCase {
  const char* present;
  const char* expected;
};

class NotifyFlags : public ::testing::TestWithParam<FlagsCase> {};

TEST_P(NotifyFlags, AddsWhatIsMissing) {
  EXPECT_EQ(WithNotifyFlags(GetParam().present), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Flags, NotifyFlags,
                         ::testing::Values(FlagsCase{"", "Eghxe"}, FlagsCase{"Eghx", "Eghxe"},
                                           FlagsCase{"ghxeE", "ghxeE"}, FlagsCase{"Kx", "KxEghe"},
                                           FlagsCase{"Eh", "Ehgxe"}, FlagsCase{"A", "AE"},
                                           FlagsCase{"AK", "AKE"}, FlagsCase{"AE", "AE"},
                                           FlagsCase{"AKE", "AKE"}, FlagsCase{"Ez$lmn", "Ez$lmnghxe"}));

TEST(NotifyFlags, NeedsFewerThanItWants) {
  EXPECT_TRUE(HasNotifyFlags("Eghx", kNeededNotifyFlags));
  EXPECT_FALSE(HasNotifyFlags("Eghx", kWantedNotifyFlags));
  EXPECT_TRUE(HasNotifyFlags("AKE", kWantedNotifyFlags));
  EXPECT_FALSE(HasNotifyFlags("Eghe", kNeededNotifyFlags));
}

/// Every set of Redis 7's flags, each in the order in which Redis answers.
TEST(NotifyFlags, DropsNoFlagAndAsksForNothingTwice) {
  constexpr std::string_view kAll = "Ag$lshzxetdnKEm";
  for (unsigned set = 0; set < 1U << kAll.size(); ++set) {
    std::string present;
    for (std::size_t i = 0; i < kAll.size(); ++i)
      if ((set >> i & 1U) != 0) present += kAll[i];
    const std::string flags = WithNotifyFlags(present);
    ASSERT_TRUE(flags.starts_with(present)) << present;
    ASSERT_EQ(WithNotifyFlags(flags), flags) << present;
    ASSERT_NE(flags.find('E'), std::string::npos) << present;
  }
}

}  // namespace

}  // namespace keymeter::processor
