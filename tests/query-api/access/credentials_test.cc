#include "query-api/access/credentials.h"

#include <gtest/gtest.h>

#include "query-api/access/base64url.h"
#include "query-api/access/digest.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::TempDir;
using keymeter::testing::WriteFile;

class CredentialsTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kNowS = 1'795'178'070;

  void SetUpTokens() {
    tokens_ = directory_.File("tokens.json");
    WriteFile(tokens_,
              TokenFileText({{"00000001", "ann", Role::kAdmin, kNowS, kNowS + 60, Sha256("km_ann")}}));
  }
  void SetUpSecret() {
    secret_ = directory_.File("secret");
    WriteFile(secret_, std::string(32, 's') + "\r\n");
  }
  [[nodiscard]] static std::string Jwt() {
    const std::string text =
        EncodeBase64Url(R"({"alg":"HS256"})") + "." + EncodeBase64Url(R"({"exp":1795178071,"sub":"bob"})");
    return text + "." + EncodeBase64Url(HmacSha256(std::string(32, 's'), text));
  }
  [[nodiscard]] Credentials Opened() const { return *Credentials::Open(tokens_, secret_, clock_); }

  const TempDir directory_;
  ManualClock clock_{kNowS * 1000};
  std::string tokens_;
  std::string secret_;
};

TEST_F(CredentialsTest, NothingIsSetUpWithoutFiles) {
  EXPECT_FALSE(Opened().AreSetUp());
  EXPECT_FALSE(Opened().Identify("km_ann"));
}

TEST_F(CredentialsTest, ATokenHasItsRoleNameAndKey) {
  SetUpTokens();
  const auto identity = Opened().Identify("km_ann");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->role, Role::kAdmin);
  EXPECT_EQ(identity->name, "ann");
  EXPECT_EQ(identity->key, "token 00000001");
  EXPECT_EQ(Opened().Identify("km_bob").error().code, ErrorCode::kRefused);
  EXPECT_FALSE(Opened().Identify(Jwt())) << "without a secret";
}

TEST_F(CredentialsTest, ATokenEnds) {
  SetUpTokens();
  const Credentials credentials = Opened();
  clock_.AdvanceMs(60'000);
  EXPECT_EQ(credentials.Identify("km_ann").error().message, "the token expired at 2026-11-20T12:35:30Z");
}

TEST_F(CredentialsTest, AJwtIsKnownByItsSubject) {
  SetUpSecret();
  const auto identity = Opened().Identify(Jwt());
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->role, Role::kViewer);
  EXPECT_EQ(identity->name, "bob");
  EXPECT_EQ(identity->key, "jwt bob");
  EXPECT_FALSE(Opened().Identify("km_ann")) << "without tokens";
}

TEST_F(CredentialsTest, AreEmptyOnlyWhenNobodyCanShowAnything) {
  SetUpTokens();
  EXPECT_FALSE(Opened().AreEmpty());
  WriteFile(tokens_, TokenFileText({}));
  EXPECT_TRUE(Opened().AreEmpty());
  SetUpSecret();
  EXPECT_FALSE(Opened().AreEmpty());
}

TEST_F(CredentialsTest, AMissingTokenFileNamesTheRemedy) {
  tokens_ = directory_.File("none.json");
  const auto opened = Credentials::Open(tokens_, "", clock_);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().Text().find("keymeter token create"), std::string::npos) << opened.error().Text();
}

}  // namespace
}  // namespace keymeter::query_api
