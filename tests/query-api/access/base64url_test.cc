#include "query-api/access/base64url.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(Base64Url, ReadsWhatItWritesAndNothingElse) {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"), std::string("foo"),
                                   std::string("\xff\xfe\xfd\0x", 5)})
    EXPECT_EQ(DecodeBase64Url(EncodeBase64Url(bytes)), bytes);
  EXPECT_EQ(EncodeBase64Url("\xfb\xff"), "-_8");
  for (const char* text : {"A", "AA=", "AA==", "A A", "+/8", "AB", "AAB\n", "AAAAA"})
    EXPECT_FALSE(DecodeBase64Url(text)) << text;
}

}  // namespace
}  // namespace keymeter::query_api
