#include "query-api/access/digest.h"

#include <gtest/gtest.h>

#include "schema/hex.h"

namespace keymeter::query_api {
namespace {

TEST(Digest, AgreesWithKnownValues) {
  EXPECT_EQ(ToHex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231, case 2
  EXPECT_TRUE(EqualsInConstantTime("", ""));
  EXPECT_FALSE(EqualsInConstantTime("a", "b"));
  EXPECT_FALSE(EqualsInConstantTime("a", "ab"));
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
}

}  // namespace
}  // namespace keymeter::query_api
