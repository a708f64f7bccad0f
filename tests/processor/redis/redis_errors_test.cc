#include "processor/redis/redis_errors.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

struct ReplyCase {
  const char* reply;
  const char* meaning;
};

class RedisErrors : public ::testing::TestWithParam<ReplyCase> {};

TEST_P(RedisErrors, SayWhatToDo) {
  const std::string message = ErrorOfReply(GetParam().reply).message;
  EXPECT_NE(message.find(GetParam().meaning), std::string::npos) << message;
}

// As Redis 6.2, 7.0 and 7.2 word them.
INSTANTIATE_TEST_SUITE_P(
    Replies, RedisErrors,
    ::testing::Values(
        ReplyCase{"LOADING Redis is loading the dataset in memory", "loading its data set; waiting"},
        ReplyCase{"NOAUTH Authentication required.", "KEYMETER_REDIS_PASSWORD"},
        ReplyCase{"WRONGPASS invalid username-password pair or user is disabled.", "--redis-user"},
        ReplyCase{"DENIED Redis is running in protected mode because", "requirepass"},
        ReplyCase{"ERR max number of clients reached", "raise maxclients"},
        ReplyCase{"ERR max number of clients + cluster connections reached", "raise maxclients"},
        ReplyCase{"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
                  "lost its master"},
        ReplyCase{"NOPERM this user has no permissions to run the 'hmget' command or its subcommand",
                  "+hmget"},
        ReplyCase{"NOPERM this user has no permissions to run the 'config|get' command", "+config|get"},
        ReplyCase{"NOPERM User meter has no permissions to run the 'sscan' command", "+sscan"},
        ReplyCase{"NOPERM this user has no permissions to access one of the channels used as arguments",
                  "&__keyevent@*"},
        ReplyCase{"NOPERM No permissions to access a channel", "&__keyevent@*"},
        ReplyCase{"NOPERM No permissions to access a key", "key patterns"},
        ReplyCase{"BUSY Redis is busy running a script.",
                  "Redis says: BUSY Redis is busy running a script."}));

TEST(RedisErrorsOfSelect, NameTheDatabase) {
  EXPECT_NE(ErrorOfSelectReply("ERR DB index is out of range", 99).message.find("no database 99"),
            std::string::npos);
  EXPECT_NE(ErrorOfSelectReply("ERR SELECT is not allowed in cluster mode", 3).message.find("not 3"),
            std::string::npos);
  EXPECT_NE(ErrorOfSelectReply("NOPERM this user has no permissions to run the 'select' command", 3)
                .message.find("+select"),
            std::string::npos);
}

TEST(RedisErrorsOfAuth, NeverRepeatTheReply) {
  EXPECT_EQ(ErrorOfAuthReply("ERR unknown command 'AUTH', with args beginning with: 'sesame'")
                .message.find("sesame"),
            std::string::npos);
}

TEST(RedisErrors, RepeatNoArgumentsOfAnUnknownCommand) {
  EXPECT_EQ(ErrorOfReply("ERR unknown command 'X', with args beginning with: 'sesame' ").message,
            "Redis says: ERR unknown command 'X'");
}

TEST(RedisErrors, TellARightToAKeyFromOneToACommand) {
  EXPECT_TRUE(ConcernsOnlyItsKey("WRONGTYPE Operation against a key holding the wrong kind of value"));
  EXPECT_TRUE(
      ConcernsOnlyItsKey("NOPERM this user has no permissions to access one of the keys used as "
                         "arguments"));
  EXPECT_TRUE(ConcernsOnlyItsKey("NOPERM No permissions to access a key"));
  EXPECT_FALSE(ConcernsOnlyItsKey("NOPERM this user has no permissions to run the 'hmget' command"));
  EXPECT_FALSE(ConcernsOnlyItsKey("LOADING Redis is loading the dataset in memory"));
}

}  // namespace

}  // namespace keymeter::processor
