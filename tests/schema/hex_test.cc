#include "schema/hex.h"

#include <gtest/gtest.h>

namespace keymeter {
namespace {

TEST(Hex, IsUndoneByFromHex) {
  const std::string bytes("\x00\x0f\xa0\xff", 4);
  EXPECT_EQ(ToHex(bytes), "000fa0ff");
  EXPECT_EQ(FromHex(ToHex(bytes)), bytes);
  EXPECT_EQ(FromHex("00fF"), std::string("\0\xff", 2));
  EXPECT_EQ(FromHex(""), "");
}

TEST(Hex, RefusesHalfBytesAndOtherCharacters) {
  for (const char* text : {"0", "0g", "g0", "0x", "-1", "+1", " 1"}) EXPECT_FALSE(FromHex(text)) << text;
}

}  // namespace
}  // namespace keymeter
