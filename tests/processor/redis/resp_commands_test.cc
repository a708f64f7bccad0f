#include "processor/redis/resp_commands.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

std::string Auth(std::string_view url) {
  std::string bytes;
  AppendAuth(bytes, ParseRedisUrl(url).value());
  return bytes;
}

TEST(RespCommands, CountArgumentsAndTheirBytes) {
  std::string bytes;
  AppendCommand(bytes, {"GET", "käy"});
  EXPECT_EQ(bytes, "*2\r\n$3\r\nGET\r\n$4\r\nkäy\r\n");
}

TEST(RespCommands, CarryAnyBytes) {
  std::string bytes;
  AppendCommand(bytes, {std::string_view("a\r\n\0", 4), ""});
  EXPECT_EQ(bytes, std::string("*2\r\n$4\r\na\r\n\0\r\n$0\r\n\r\n", 20));
}

TEST(RespCommands, AreAppendedOneBehindTheOther) {
  std::string bytes;
  AppendCommand(bytes, {"PING"});
  AppendCommandHeader(bytes, 1);
  AppendArgument(bytes, "PING");
  EXPECT_EQ(bytes, "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n");
}

TEST(RespCommands, HmgetAsksForTheFieldsByTheirNames) {
  std::string bytes;
  AppendHmget(bytes, "k", std::vector<std::pair<int, std::string>>{{7, "f"}, {5, "gg"}});
  EXPECT_EQ(bytes, "*4\r\n$5\r\nHMGET\r\n$1\r\nk\r\n$1\r\nf\r\n$2\r\ngg\r\n");
}

TEST(RespCommands, AuthNamesTheUserOnlyWhereThereIsOne) {
  EXPECT_EQ(Auth("redis://localhost"), "");
  EXPECT_EQ(Auth("redis://:sesame@localhost"), "*2\r\n$4\r\nAUTH\r\n$6\r\nsesame\r\n");
  EXPECT_EQ(Auth("redis://ali:sesame@localhost"), "*3\r\n$4\r\nAUTH\r\n$3\r\nali\r\n$6\r\nsesame\r\n");
}

}  // namespace

}  // namespace keymeter::processor
