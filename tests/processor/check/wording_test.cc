#include "processor/check/wording.h"

#include <gtest/gtest.h>

namespace keymeter::check {
namespace {

TEST(Wording, CountsAreGroupedAndAgreeWithTheirNoun) {
  EXPECT_EQ(Count(7), "7");
  EXPECT_EQ(Count(1234567), "1,234,567");
  EXPECT_EQ(Count(1, "key"), "1 key");
  EXPECT_EQ(Count(1000, "key"), "1,000 keys");
}

TEST(Wording, SpansAreRead) {
  EXPECT_EQ(Span(90'000), "90 s");
  EXPECT_EQ(Span(std::int64_t{3} * 86'400'000), "3 d");
}

TEST(Wording, AnErrorSaysWhatWasSeenAndWhatToDo) {
  const Error error{.code = ErrorCode::kRefused, .message = "x.db is foreign", .remedy = "name another"};
  const Observation fault = FaultOf(error, "ask");
  EXPECT_EQ(fault.severity, Severity::kFault);
  EXPECT_EQ(fault.seen, "x.db is foreign");
  EXPECT_EQ(fault.remedy, "name another");
  EXPECT_EQ(FaultOf({.code = ErrorCode::kRefused, .message = "x"}, "ask").remedy, "ask");
}

struct Case {
  ErrorReason reason;
  const char* message;
  const char* error_remedy;
  const char* remedy;  ///< part of what is shown
};

class FaultOfRedisError : public ::testing::TestWithParam<Case> {};

TEST_P(FaultOfRedisError, SaysWhatWasSeenAndWhatToDo) {
  const Observation fault = RedisFaultOf({.code = ErrorCode::kUnavailable,
                                          .message = GetParam().message,
                                          .reason = GetParam().reason,
                                          .remedy = GetParam().error_remedy},
                                         "meter");
  EXPECT_EQ(fault.severity, Severity::kFault);
  EXPECT_EQ(fault.seen, GetParam().message);
  EXPECT_NE(fault.remedy.find(GetParam().remedy), std::string::npos) << fault.remedy;
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, FaultOfRedisError,
    ::testing::Values(
        Case{ErrorReason::kCannotConnect, "connect to 10.0.0.1:6379: Connection refused",
             "is Redis running there?", "is Redis running there?"},
        Case{ErrorReason::kCannotConnect, "connect to 10.0.0.1:6379: No route to host", "",
             "check host and port"},
        Case{ErrorReason::kWrongPassword, "Redis refused the user or the password", "check --redis-user",
             "check --redis-user"},
        Case{ErrorReason::kForbidden, "our Redis user lacks a right (NOPERM: x)",
             "run on the Redis server: ACL SETUSER <our user> +get",
             "run on the Redis server:\nACL SETUSER meter +get"},
        Case{ErrorReason::kUntrusted, "TLS: the certificate 'x' is signed by 'y'",
             "name it with --redis-ca FILE", "--redis-ca FILE"},
        Case{ErrorReason::kConnectionLost, "connection: reset by peer", "use rediss:// there",
             "use rediss:// there"},
        Case{ErrorReason::kConnectionLost, "connection: closed by the server", "", "log of the Redis server"},
        Case{ErrorReason::kTimedOut, "no answer in 5 s: waited for the connection", "", "a firewall"},
        Case{ErrorReason::kLoading, "Redis is loading its data set", "", "keymeter run waits by itself"},
        Case{ErrorReason::kMasterLost, "this replica has lost its master", "",
             "name another server in --redis"},
        Case{ErrorReason::kUnspecified, "something unheard of", "", "check --redis"}));

TEST(Wording, AnotherServiceThanRedisIsLookedForAtThePort) {
  const Observation fault =
      RedisFaultOf({.code = ErrorCode::kCorrupt, .message = "not the Redis protocol: x"}, "meter");
  EXPECT_NE(fault.remedy.find("check the port in --redis"), std::string::npos) << fault.remedy;
}

}  // namespace
}  // namespace keymeter::check
