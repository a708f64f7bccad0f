#include "processor/config/credentials.h"

#include "tests/processor/config/options_fixture.h"

namespace keymeter::processor {
namespace {

class CredentialsTest : public OptionsTest {};

TEST_F(CredentialsTest, TakeThePasswordFromTheUrlElseFromTheStrongerPlace) {
  const std::string file = Written("password", "from a file\r\nsecond line");
  environment_["KEYMETER_REDIS_PASSWORD"] = "from the environment";
  EXPECT_EQ(Taken({"process"}).processor.redis.url.password, "from the environment");
  EXPECT_EQ(Taken({"process", "--redis", "redis://:url@h"}).processor.redis.url.password, "url");
  EXPECT_EQ(Taken({"process", "--redis-password-file", file.c_str()}).processor.redis.url.password,
            "from a file");
  environment_["KEYMETER_CONFIG"] = Written("k.json", R"({"redis_password_file": "unread"})");
  EXPECT_EQ(Taken({"process"}).processor.redis.url.password, "from the environment");
  environment_["KEYMETER_REDIS_PASSWORD_FILE"] = file;
  ExpectRefused({"process"}, {"KEYMETER_REDIS_PASSWORD", "KEYMETER_REDIS_PASSWORD_FILE", "one of them"});
}

TEST_F(CredentialsTest, TakeWhatIsSaidAtAStrongerPlaceThanTheUrl) {
  const std::string file = Written("password", "from a file");
  const std::string config = Written("k.json", R"({"redis": "redis://u:url@h"})");
  environment_["KEYMETER_CONFIG"] = config;
  EXPECT_EQ(Taken({"process"}).processor.redis.url.password, "url");
  EXPECT_EQ(Taken({"process", "--redis-password-file", file.c_str()}).processor.redis.url.password,
            "from a file");
  EXPECT_EQ(Taken({"process", "--redis-user", "name"}).processor.redis.url.user, "name");
  environment_["KEYMETER_REDIS_PASSWORD"] = "from the environment";
  EXPECT_EQ(Taken({"process"}).processor.redis.url.password, "from the environment");
  environment_["KEYMETER_REDIS"] = "redis://u:url@h";
  EXPECT_EQ(Taken({"process"}).processor.redis.url.password, "url") << "equally strong";
}

TEST_F(CredentialsTest, AllowAUserWithoutAPassword) {
  EXPECT_EQ(Taken({"process", "--redis", "redis://name@h"}).processor.redis.url.user, "name");
  EXPECT_EQ(Taken({"process", "--redis-user", "name"}).processor.redis.url.user, "name");
  EXPECT_EQ(Taken({"process", "--redis", "redis://a:b@h", "--redis-user", "name"}).processor.redis.url.user,
            "a");
}

TEST_F(CredentialsTest, WarnAboutAPasswordThatOthersCanRead) {
  const auto warnings = Taken({"process", "--redis", "redis://:sesame@h"}).warnings;
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].remedy.find("KEYMETER_REDIS_PASSWORD"), std::string::npos) << warnings[0].Text();
  EXPECT_EQ(warnings[0].Text().find("sesame"), std::string::npos) << warnings[0].Text();
  const std::string file = Written("password", "sesame", 0644);
  EXPECT_EQ(Taken({"process", "--redis-password-file", file.c_str()}).warnings.size(), 1U);
  environment_["KEYMETER_REDIS"] = "redis://:sesame@h";
  EXPECT_TRUE(Taken({"process"}).warnings.empty());
}

TEST_F(CredentialsTest, WarnAboutCredentialsThatOthersCanRead) {
  const std::string open = Written("open", "x", 0644);
  const auto warnings =
      Taken({"serve", "--token-file", open.c_str(), "--jwt-secret-file", open.c_str(), "--listen",
             "tls://127.0.0.1:1", "--tls-cert", open.c_str(), "--tls-key", open.c_str()})
          .warnings;
  EXPECT_EQ(warnings.size(), 3U);
  const std::string closed = Written("closed", "x", 0640);
  EXPECT_TRUE(
      Taken({"serve", "--token-file", closed.c_str(), "--jwt-secret-file", closed.c_str()}).warnings.empty());
}

}  // namespace
}  // namespace keymeter::processor
