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
  EXPECT_EQ(WithNeededNotifyFlags(GetParam().present), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Flags, NotifyFlags,
                         ::testing::Values(FlagsCase{"", "Eghx"}, FlagsCase{"Eghx", "Eghx"},
                                           FlagsCase{"ghxE", "ghxE"}, FlagsCase{"Kx", "KxEgh"},
                                           FlagsCase{"Eh", "Ehgx"}, FlagsCase{"A", "AE"},
                                           FlagsCase{"AK", "AKE"}, FlagsCase{"AE", "AE"},
                                           FlagsCase{"AKE", "AKE"}, FlagsCase{"Ez$lmn", "Ez$lmnghx"}));

/// Every set of Redis 7's flags, each in the order in which Redis answers.
TEST(NotifyFlags, DropsNoFlagAndAsksForNothingTwice) {
  constexpr std::string_view kAll = "Ag$lshzxetdnKEm";
  for (unsigned set = 0; set < 1U << kAll.size(); ++set) {
    std::string present;
    for (std::size_t i = 0; i < kAll.size(); ++i)
      if ((set >> i & 1U) != 0) present += kAll[i];
    const std::string flags = WithNeededNotifyFlags(present);
    ASSERT_TRUE(flags.starts_with(present)) << present;
    ASSERT_EQ(WithNeededNotifyFlags(flags), flags) << present;
    ASSERT_NE(flags.find('E'), std::string::npos) << present;
  }
}

}  // namespace

}  // namespace keymeter::processor
