#include "processor/redis/redis_errors.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

struct ReplyCase {
  const char* reply;
  const char* meaning;
  ErrorReason reason;
};

class RedisErrors : public ::testing::TestWithParam<ReplyCase> {};

TEST_P(RedisErrors, SayWhatHappenedAndWhatToDo) {
  const Error error = ErrorOfReply(GetParam().reply);
  EXPECT_NE(error.Text().find(GetParam().meaning), std::string::npos) << error.Text();
  EXPECT_EQ(error.reason, GetParam().reason);
}

// As Redis 6.2, 7.0 and 7.2 word them.
INSTANTIATE_TEST_SUITE_P(
    Replies, RedisErrors,
    ::testing::Values(
        ReplyCase{"LOADING Redis is loading the dataset in memory", "loading its data set; waiting",
                  ErrorReason::kLoading},
        ReplyCase{"NOAUTH Authentication required.", "KEYMETER_REDIS_PASSWORD", ErrorReason::kWrongPassword},
        ReplyCase{"WRONGPASS invalid username-password pair or user is disabled.", "--redis-user",
                  ErrorReason::kWrongPassword},
        ReplyCase{"DENIED Redis is running in protected mode because", "requirepass",
                  ErrorReason::kCannotConnect},
        ReplyCase{"ERR max number of clients reached", "raise maxclients", ErrorReason::kCannotConnect},
        ReplyCase{"ERR max number of clients + cluster connections reached", "raise maxclients",
                  ErrorReason::kCannotConnect},
        ReplyCase{"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
                  "lost its master", ErrorReason::kMasterLost},
        ReplyCase{"NOPERM this user has no permissions to run the 'hmget' command or its subcommand",
                  "+hmget", ErrorReason::kForbidden},
        ReplyCase{"NOPERM this user has no permissions to run the 'config|get' command", "+config|get",
                  ErrorReason::kForbidden},
        ReplyCase{"NOPERM User meter has no permissions to run the 'sscan' command", "+sscan",
                  ErrorReason::kForbidden},
        ReplyCase{"NOPERM this user has no permissions to access one of the channels used as arguments",
                  "&__keyevent@*", ErrorReason::kForbidden},
        ReplyCase{"NOPERM No permissions to access a channel", "&__keyevent@*", ErrorReason::kForbidden},
        ReplyCase{"NOPERM No permissions to access a key", "key patterns", ErrorReason::kForbidden},
        ReplyCase{"BUSY Redis is busy running a script.", "Redis says: BUSY Redis is busy running a script.",
                  ErrorReason::kUnspecified}));

TEST(RedisErrorsOfSelect, NameTheDatabase) {
  EXPECT_NE(ErrorOfSelectReply("ERR DB index is out of range", 99).Text().find("no database 99"),
            std::string::npos);
  EXPECT_NE(ErrorOfSelectReply("ERR SELECT is not allowed in cluster mode", 3).Text().find("not 3"),
            std::string::npos);
  EXPECT_NE(ErrorOfSelectReply("NOPERM this user has no permissions to run the 'select' command", 3)
                .Text()
                .find("+select"),
            std::string::npos);
}

TEST(RedisErrorsOfAuth, NeverRepeatTheReply) {
  EXPECT_EQ(ErrorOfAuthReply("ERR unknown command 'AUTH', with args beginning with: 'sesame'")
                .Text()
                .find("sesame"),
            std::string::npos);
}

TEST(RedisErrors, RepeatNoArgumentsOfAnUnknownCommand) {
  EXPECT_EQ(ErrorOfReply("ERR unknown command 'X', with args beginning with: 'sesame' ").Text(),
            "Redis says: ERR unknown command 'X'");
}

TEST(RedisErrors, PartWhatHappenedFromWhatToDo) {
  const Error refused = ErrorOfReply("NOPERM this user has no permissions to run the 'get' command");
  EXPECT_EQ(refused.message,
            "our Redis user lacks a right (NOPERM this user has no permissions to run the 'get' command)");
  EXPECT_EQ(refused.remedy, "run on the Redis server: ACL SETUSER <our user> +get");
  EXPECT_EQ(ErrorOfReply("ERR unknown command 'X'").reason, ErrorReason::kUnknownCommand);
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
