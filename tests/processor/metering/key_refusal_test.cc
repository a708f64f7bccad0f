#include "processor/metering/key_refusal.h"

#include <gtest/gtest.h>

#include "schema/profile_loader.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kOffset = 8 * kHourSeconds;

class KeyRefusalTest : public ::testing::Test {
 protected:
  /// What is said of a key with these parts at 2026-11-20T12:30Z, which is 20:30 at the relay; "" when it is
  /// metered.
  std::string Says(std::string_view date, std::string_view hour,
                   std::optional<std::int64_t> utc_offset_s = kOffset) {
    const auto refusal =
        RefusalOf(spec_, NaiveHourOf(date, hour), utc_offset_s, *ParseRfc3339("2026-11-20T12:30:00Z"));
    return refusal ? std::string(KeyRefusalText(*refusal)) : "";
  }

  const CounterSpec spec_ = LoadProfile("claude-relay-service").value().counters.front();
};

TEST_F(KeyRefusalTest, IsForDatesAndHoursThatDoNotExist) {
  for (const auto& [date, hour] :
       {std::pair("2026-02-30", "10"), std::pair("2026-13-01", "10"), std::pair("2026-11-20", "24"),
        std::pair("2026-11-20", "+1"), std::pair("2026-11-20", " 1"), std::pair("2026/11/20", "10"),
        std::pair("", "")})
    EXPECT_EQ(Says(date, hour), "its date and hour are no time") << date << ' ' << hour;
}

TEST_F(KeyRefusalTest, IsForWhatLiesAhead) {
  EXPECT_EQ(Says("2026-11-20", "20"), "");
  EXPECT_EQ(Says("2026-12-21", "20"), "") << "the relay's clock, or ours, may be wrong by days";
  for (const char* date : {"2026-12-22", "2099-01-01", "9999-12-31"})
    EXPECT_EQ(Says(date, "20"), "its hour lies more than a month ahead of our clock") << date;
}

TEST_F(KeyRefusalTest, IsForWhatIsOlderThanAllThatTheRelayKeeps) {
  EXPECT_EQ(Says("2026-11-01", "20"), "") << "its month is kept";
  EXPECT_EQ(Says("2025-11-21", "00"), "");
  for (const char* date : {"2025-11-19", "1970-01-01", "0001-01-01"})
    EXPECT_EQ(Says(date, "20"), "its hour is older than all that the relay keeps") << date;
}

TEST_F(KeyRefusalTest, AllowsForEveryOffsetWhileItIsNotKnown) {
  EXPECT_EQ(Says("2026-12-22", "02", std::nullopt), "") << "of +14:00 it is a month ahead";
  EXPECT_NE(Says("2026-12-22", "04", std::nullopt), "");
}

}  // namespace

}  // namespace keymeter::processor
