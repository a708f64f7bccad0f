#include "processor/redis/redis_url.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

/// "user|password|host|port|database", or the error.
std::string Parsed(std::string_view text) {
  const auto url = ParseRedisUrl(text);
  if (!url) return url.error().message;
  return fmt::format("{}|{}|{}|{}|{}", url->user, url->password, url->host, url->port, url->database);
}

struct UrlCase {
  const char* text;
  const char* expected;
};

class RightUrl : public ::testing::TestWithParam<UrlCase> {};

TEST_P(RightUrl, IsTakenApart) {
  EXPECT_EQ(Parsed(GetParam().text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, RightUrl,
    ::testing::Values(UrlCase{"redis://localhost", "||localhost|6379|0"},
                      UrlCase{"redis://localhost/", "||localhost|6379|0"},
                      UrlCase{"redis://10.0.0.1:7000/3", "||10.0.0.1|7000|3"},
                      UrlCase{"redis://:secret@h", "|secret|h|6379|0"},
                      UrlCase{"redis://meter:secret@h:1/15", "meter|secret|h|1|15"},
                      UrlCase{"redis://meter@h", "meter||h|6379|0"}, UrlCase{"redis://@h", "||h|6379|0"},
                      UrlCase{"redis://[::1]", "||::1|6379|0"},
                      UrlCase{"redis://:p@[fe80::1%eth0]:65535/2", "|p|fe80::1%eth0|65535|2"},
                      UrlCase{"redis://:p%40ss%3Aw%2Ford%25@h", "|p@ss:w/ord%|h|6379|0"},
                      UrlCase{"redis://u%3Aser:p@h", "u:ser|p|h|6379|0"},
                      UrlCase{"redis://:a@b:c/d@h:1/2", "|a@b:c/d|h|1|2"}));

/// "path|user|password|database"
std::string SocketOf(std::string_view text) {
  const auto url = ParseRedisUrl(text);
  if (!url) return url.error().message;
  EXPECT_EQ(url->transport, RedisUrl::Transport::kUnix);
  return fmt::format("{}|{}|{}|{}", url->path, url->user, url->password, url->database);
}

class SocketUrl : public ::testing::TestWithParam<UrlCase> {};

TEST_P(SocketUrl, IsTakenApart) {
  EXPECT_EQ(SocketOf(GetParam().text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Urls, SocketUrl,
                         ::testing::Values(UrlCase{"unix:///run/redis.sock", "/run/redis.sock|||0"},
                                           UrlCase{"unix:///run/redis.sock?db=3", "/run/redis.sock|||3"},
                                           UrlCase{"unix://:p@/run/redis.sock", "/run/redis.sock||p|0"},
                                           UrlCase{"unix://meter:p%2Fw@/s?db=1", "/s|meter|p/w|1"},
                                           UrlCase{"unix://u:a@/b@/s", "/s|u|a@/b|0"},
                                           UrlCase{"unix:///run/a@b/r%3F%20.sock", "/run/a@b/r? .sock|||0"}));

TEST(RedisUrl, SaysWhetherItIsTls) {
  EXPECT_EQ(ParseRedisUrl("redis://h")->transport, RedisUrl::Transport::kTcp);
  EXPECT_EQ(ParseRedisUrl("rediss://u:p@h:1/2")->transport, RedisUrl::Transport::kTls);
  EXPECT_EQ(ParseRedisUrl("rediss://u:p@h:1/2")->Display(), "rediss://h:1/2");
}

class WrongUrl : public ::testing::TestWithParam<UrlCase> {};

TEST_P(WrongUrl, IsAnErrorThatNamesTheMistakeAndTheForm) {
  const std::string error = Parsed(GetParam().text);
  EXPECT_NE(error.find(GetParam().expected), std::string::npos) << error;
  EXPECT_NE(error.find("redis://[[user]:password@]host[:port][/database]"), std::string::npos) << error;
}

INSTANTIATE_TEST_SUITE_P(
    Urls, WrongUrl,
    ::testing::Values(
        UrlCase{"", "begins with none of redis://, rediss://, unix://"},
        UrlCase{"localhost:6379", "begins with none of redis://, rediss://, unix://"},
        UrlCase{"http://h", "begins with none of redis://, rediss://, unix://"},
        UrlCase{"redis:/h", "begins with none of redis://, rediss://, unix://"},
        UrlCase{"redis://", "host is missing"}, UrlCase{"redis:///0", "host is missing"},
        UrlCase{"redis://:6379", "host is missing"}, UrlCase{"redis://u:p@", "host is missing"},
        UrlCase{"redis://[]", "host is missing"}, UrlCase{"redis://::1", "host is missing"},
        UrlCase{"redis://[::1", "closing bracket"}, UrlCase{"redis://[localhost]", "no IPv6"},
        UrlCase{"redis://[[]/2", "no IPv6"}, UrlCase{"redis://[::1]6379", "port"},
        UrlCase{"redis://h:", "port"}, UrlCase{"redis://h:0", "port"}, UrlCase{"redis://h:65536", "port"},
        UrlCase{"redis://h:-1", "port"}, UrlCase{"redis://h:+1", "port"}, UrlCase{"redis://h: 1", "port"},
        UrlCase{"redis://h:1:2", "port"}, UrlCase{"redis://h:99999999999999", "port"},
        UrlCase{"redis://h/x", "database"}, UrlCase{"redis://h/-1", "database"},
        UrlCase{"redis://h/0/1", "database"}, UrlCase{"redis://h/0?ssl=1", "database"},
        UrlCase{"redis://:p%@h", "percent-encoded"}, UrlCase{"redis://:p%4@h", "percent-encoded"},
        UrlCase{"redis://:p%zz@h", "percent-encoded"}, UrlCase{"redis://%+1@h", "percent-encoded"},
        UrlCase{"redis+unix:///s", "begins with none"}, UrlCase{"unix://s", "does not begin with /"},
        UrlCase{"unix://", "does not begin with /"}, UrlCase{"unix://u:p@s", "does not begin with /"},
        UrlCase{"unix:///s?db=", "database"}, UrlCase{"unix:///s?db=x", "database"},
        UrlCase{"unix:///s?database=1", "database"}, UrlCase{"unix:///s%00", "no file name"},
        UrlCase{
            "unix:///aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaa",
            "at most 107 bytes"}));

TEST(RedisUrl, ShowsNeitherUserNorPassword) {
  EXPECT_EQ(ParseRedisUrl("redis://meter:secret@h:1/2")->Display(), "redis://h:1/2");
  EXPECT_EQ(ParseRedisUrl("redis://meter:secret@[::1]")->Display(), "redis://[::1]:6379/0");
}

TEST(RedisUrl, ShowsAFormThatParsesAgain) {
  for (const char* text : {"redis://h", "redis://h:1/2", "redis://[::1]:7000/3", "rediss://h:1/2",
                           "unix:///run/a@b.sock", "unix:///a%25b%3F%20%0A?db=4"}) {
    const std::string shown = ParseRedisUrl(text)->Display();
    EXPECT_EQ(ParseRedisUrl(shown)->Display(), shown);
  }
}

TEST(RedisUrl, NeverRepeatsThePasswordInAnError) {
  for (const char* text :
       {"http://:sesame@h", "redis://:sesame@", "redis://:sesame@h:x", "redis://:sesame@h/x",
        "redis://:sesame%@h", "redis://:sesame@[::1", "redis://:sesame", "redis://u:sesame", "sesame",
        "redis://:sesame@[]:1", "unix://:sesame@s", "unix://:sesame@/s?x", "unix://:sesame"})
    EXPECT_EQ(Parsed(text).find("sesame"), std::string::npos) << text;
}

}  // namespace

}  // namespace keymeter::processor
