#include "processor/redis/reply_shapes.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

/// The reply that these bytes are.
class Said {
 public:
  explicit Said(std::string_view bytes) {
    reader_.Feed(bytes);
    reply_ = reader_.Next().value();
  }
  const Reply& operator*() const { return *reply_; }

 private:
  ReplyReader reader_{4096};
  const Reply* reply_ = nullptr;
};

constexpr const char* kForbidden = "-NOPERM this user has no permissions to run the 'hmget' command\r\n";
constexpr const char* kWrongType = "-WRONGTYPE Operation against a key\r\n";

TEST(ReplyShapes, ValuesAreAsManyTextsAndNilsAsWereAskedFor) {
  EXPECT_TRUE(CheckValues(*Said("*2\r\n$1\r\na\r\n$-1\r\n"), 2));
  EXPECT_TRUE(CheckValues(*Said(kWrongType), 2));
  EXPECT_FALSE(CheckValues(*Said(kForbidden), 2));
  for (const char* other :
       {"*1\r\n$1\r\na\r\n", "*3\r\n$-1\r\n$-1\r\n$-1\r\n", "*2\r\n:1\r\n:2\r\n", "*-1\r\n", "$1\r\na\r\n",
        "*2\r\n*0\r\n$-1\r\n", "+OK\r\n", "*2\r\n+OK\r\n+OK\r\n", "*2\r\n-ERR\r\n$-1\r\n"})
    EXPECT_FALSE(CheckValues(*Said(other), 2)) << other;
}

TEST(ReplyShapes, AListingHasACursorAndTexts) {
  EXPECT_TRUE(CheckScan(*Said("*2\r\n$2\r\n17\r\n*1\r\n$1\r\na\r\n")));
  EXPECT_TRUE(CheckScan(*Said(kWrongType)));
  for (const char* other : {"*2\r\n$1\r\n0\r\n$1\r\na\r\n", "*2\r\n$1\r\nx\r\n*0\r\n", "*2\r\n:0\r\n*0\r\n",
                            "*2\r\n$0\r\n\r\n*0\r\n", "*2\r\n$21\r\n100000000000000000000\r\n*0\r\n",
                            "*2\r\n$1\r\n0\r\n*1\r\n:1\r\n", "*2\r\n$1\r\n0\r\n*1\r\n$-1\r\n",
                            "*3\r\n$1\r\n0\r\n*0\r\n*0\r\n", "+OK\r\n"})
    EXPECT_FALSE(CheckScan(*Said(other))) << other;
}

TEST(ReplyShapes, WhatWeMayDoWithoutMayBeRefused) {
  for (const char* error : {kForbidden, kWrongType, "-ERR unknown command 'PTTL'\r\n"}) {
    EXPECT_TRUE(CheckNumber(*Said(error))) << error;
    EXPECT_TRUE(CheckLength(*Said(error))) << error;
    EXPECT_TRUE(CheckValue(*Said(error))) << error;
    EXPECT_TRUE(CheckText(*Said(error))) << error;
    EXPECT_TRUE(CheckOk(*Said(error))) << error;
    EXPECT_TRUE(CheckSetting(*Said(error))) << error;
  }
  EXPECT_TRUE(CheckInfo(*Said(kForbidden)));
  EXPECT_FALSE(CheckInfo(*Said("-LOADING Redis is loading\r\n")));
}

/// Redis answers so whatever the key holds.
TEST(ReplyShapes, AServerThatAnswersNothingSaysNothingOfAKey) {
  for (const char* error :
       {"-LOADING Redis is loading the dataset in memory\r\n", "-MASTERDOWN Link with MASTER is down\r\n",
        "-BUSY Redis is busy running a script\r\n", "-NOAUTH Authentication required.\r\n"}) {
    EXPECT_FALSE(CheckValue(*Said(error))) << error;
    EXPECT_FALSE(CheckValues(*Said(error), 1)) << error;
    EXPECT_FALSE(CheckScan(*Said(error))) << error;
    EXPECT_FALSE(CheckInfo(*Said(error))) << error;
  }
  EXPECT_TRUE(CheckValue(*Said("-NOPERM this user has no permissions to access one of the keys\r\n")));
}

TEST(ReplyShapes, EachCommandHasItsType) {
  const char* const text = "$1\r\na\r\n";
  const char* const number = ":-2\r\n";
  EXPECT_TRUE(CheckNumber(*Said(number)));
  EXPECT_FALSE(CheckNumber(*Said(text)));
  EXPECT_TRUE(CheckLength(*Said(":0\r\n")));
  EXPECT_FALSE(CheckLength(*Said(number)));
  EXPECT_TRUE(CheckValue(*Said(text)));
  EXPECT_TRUE(CheckValue(*Said("$-1\r\n")));
  EXPECT_FALSE(CheckValue(*Said(number)));
  EXPECT_TRUE(CheckInfo(*Said(text)));
  EXPECT_FALSE(CheckInfo(*Said("$-1\r\n")));
  EXPECT_TRUE(CheckText(*Said(text)));
  EXPECT_FALSE(CheckText(*Said("+OK\r\n")));
  EXPECT_TRUE(CheckOk(*Said("+OK\r\n")));
  EXPECT_FALSE(CheckOk(*Said("+QUEUED\r\n")));
  EXPECT_FALSE(CheckOk(*Said(text)));
  EXPECT_TRUE(CheckSetting(*Said("*2\r\n$1\r\na\r\n$0\r\n\r\n")));
  EXPECT_TRUE(CheckSetting(*Said("*0\r\n")));
  EXPECT_FALSE(CheckSetting(*Said("*1\r\n$1\r\na\r\n")));
}

}  // namespace

}  // namespace keymeter::processor
