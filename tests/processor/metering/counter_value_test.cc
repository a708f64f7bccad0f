#include "processor/metering/counter_value.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

TEST(CounterValue, IsAWholeNumber) {
  EXPECT_EQ(ParseCounterValue("0"), 0);
  EXPECT_EQ(ParseCounterValue("42"), 42);
  EXPECT_EQ(ParseCounterValue("-5"), -5);
  EXPECT_EQ(ParseCounterValue("007"), 7);
  EXPECT_EQ(ParseCounterValue("9007199254740992"), std::int64_t{1} << 53);
  EXPECT_EQ(ParseCounterValue("-9007199254740992"), -(std::int64_t{1} << 53));
}

TEST(CounterValue, IsNothingElse) {
  for (const char* text : {"",
                           " ",
                           "abc",
                           "1 ",
                           " 1",
                           "+1",
                           "--1",
                           "-",
                           "1.5",
                           "1.0",
                           "1e3",
                           "1e400",
                           "0x10",
                           "1,000",
                           "nan",
                           "inf",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "99999999999999999999999",
                           "1\n"})
    EXPECT_EQ(ParseCounterValue(text), std::nullopt) << text;
  EXPECT_EQ(ParseCounterValue(std::string_view("1\0", 2)), std::nullopt);
}

/// A sum of counters near 2^63 would not fit into the file's columns, and one such counter would keep every
/// flush from being written.
TEST(CounterValue, IsNothingSoLargeThatSumsOfItOverflow) {
  for (const char* text :
       {"9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"})
    EXPECT_EQ(ParseCounterValue(text), std::nullopt) << text;
}

}  // namespace

}  // namespace keymeter::processor
