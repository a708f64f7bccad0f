#include "schema/byte_size.h"

#include <gtest/gtest.h>

namespace keymeter {
namespace {

TEST(FormatBytes, IsDecimalAndShort) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "0 B"},
      {999, "999 B"},
      {1000, "1 kB"},
      {4096, "4.1 kB"},
      {12'345'678, "12.3 MB"},
      {99'960'000, "100 MB"},
      {345'600'000, "346 MB"},
      {999'960, "1 MB"},
      {70'000'000'000, "70 GB"},
      {5'000'000'000'000'000, "5 PB"},
      {INT64_MAX, "9.2 EB"},
      {-1500, "-1.5 kB"},
  };
  for (const auto& [bytes, text] : cases) EXPECT_EQ(FormatBytes(bytes), text);
}

}  // namespace
}  // namespace keymeter
