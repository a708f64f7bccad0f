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

TEST(Wording, SizesAndSpansAreRead) {
  EXPECT_EQ(Bytes(512), "512 bytes");
  EXPECT_EQ(Bytes(1536), "1.5 KB");
  EXPECT_EQ(Bytes(std::int64_t{71} << 30), "71 GB");
  EXPECT_EQ(Span(90'000), "90 s");
  EXPECT_EQ(Span(std::int64_t{3} * 86'400'000), "3 d");
}

struct Case {
  const char* message;
  const char* seen;
  const char* remedy;
};

class FaultOfError : public ::testing::TestWithParam<Case> {};

TEST_P(FaultOfError, SaysWhatWasSeenAndWhatToDo) {
  const Observation fault = FaultOf({ErrorCode::kUnavailable, GetParam().message});
  EXPECT_EQ(fault.severity, Severity::kFault);
  EXPECT_EQ(fault.seen, GetParam().seen);
  EXPECT_NE(fault.remedy.find(GetParam().remedy), std::string::npos) << fault.remedy;
}

INSTANTIATE_TEST_SUITE_P(
    Messages, FaultOfError,
    ::testing::Values(Case{"connect to 10.0.0.1:6379: Connection refused: is Redis running there?",
                           "connect to 10.0.0.1:6379: Connection refused", "is Redis running there?"},
                      Case{"connect to 10.0.0.1:6379: No route to host",
                           "connect to 10.0.0.1:6379: No route to host", "check host and port"},
                      Case{"look up the host 'x': Name or service not known",
                           "look up the host 'x': Name or service not known", "DNS"},
                      Case{"Redis refused the user or the password: check --redis-user",
                           "Redis refused the user or the password", "check --redis-user"},
                      Case{"our Redis user lacks a right (NOPERM: x): run there: ACL SETUSER <our user> +get",
                           "our Redis user lacks a right (NOPERM: x)",
                           "run on the Redis server:\nACL SETUSER"},
                      Case{"TLS: the certificate 'x' is signed by 'y': name it with --redis-ca FILE",
                           "TLS: the certificate 'x' is signed by 'y'", "--redis-ca FILE"},
                      Case{"connection: reset by peer: use rediss:// there", "connection: reset by peer",
                           "use rediss:// there"},
                      Case{"connection: closed by the server", "connection: closed by the server",
                           "log of the Redis server"},
                      Case{"no answer in 5 s: waited for the connection",
                           "no answer in 5 s: waited for the connection", "a firewall"},
                      Case{"something unheard of", "something unheard of", "check --redis"}));

}  // namespace
}  // namespace keymeter::check
