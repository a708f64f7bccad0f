#include "processor/redis/nonce.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

TEST(Nonce, IsNeverTheSameTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) seen.emplace(Nonce::Fresh().text());
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(Nonce, IsAPlainWord) {
  const std::string text(Nonce::Fresh().text());
  EXPECT_EQ(text.size(), 32U);
  EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos) << text;
}

}  // namespace

}  // namespace keymeter::processor
