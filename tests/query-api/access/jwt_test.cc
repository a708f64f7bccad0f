#include "query-api/access/jwt.h"

#include <gtest/gtest.h>

#include "query-api/access/base64url.h"
#include "query-api/access/digest.h"
#include "schema/hex.h"

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kJwtNow = 1'795'178'070;
const std::string kJwtSecret(32, 's');

std::string Signed(const std::string& header, const std::string& claims,
                   const std::string& secret = kJwtSecret) {
  const std::string text = EncodeBase64Url(header) + "." + EncodeBase64Url(claims);
  return text + "." + EncodeBase64Url(HmacSha256(secret, text));
}

std::string WithClaims(const std::string& claims) {
  return Signed(R"({"alg":"HS256"})", claims);
}

std::string WhyRefused(const std::string& token, const std::string& secret = kJwtSecret) {
  const auto claims = VerifyJwt(token, secret, kJwtNow);
  return claims ? "" : claims.error().message;
}

TEST(Jwt, TakesTheExampleOfRfc7515UntilItExpires) {
  const std::string token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const std::string secret = *DecodeBase64Url(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  const auto claims = VerifyJwt(token, secret, 1'300'819'379);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(claims->role, Role::kViewer);
  EXPECT_EQ(claims->subject, "");
  EXPECT_FALSE(VerifyJwt(token, secret, 1'300'819'380));
  std::string other = token;
  other.back() = 'l';  // the two bits beyond the last byte
  EXPECT_FALSE(VerifyJwt(other, secret, 1'300'819'379));
}

TEST(Jwt, SaysWhoItIs) {
  const auto claims =
      VerifyJwt(WithClaims(R"({"exp":1795178071.5,"sub":"ann","role":"admin"})"), kJwtSecret, kJwtNow);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(claims->subject, "ann");
  EXPECT_EQ(claims->role, Role::kAdmin);
}

TEST(Jwt, IsSignedByHs256AndNothingElse) {
  const std::string claims = R"({"exp":1795178071})";
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"RS256"})", R"({"alg":"hs256"})",
        R"({"alg":"HS512"})", R"({"alg":["HS256"]})", R"({"alg":null})", R"({"typ":"JWT"})"})
    EXPECT_EQ(WhyRefused(Signed(header, claims)), "the JWT is not signed by HS256") << header;
  EXPECT_EQ(WhyRefused(Signed(R"({"alg":"HS256"})", claims)), "");
  EXPECT_NE(WhyRefused(Signed(R"({"alg":"HS256","crit":["exp"]})", claims)), "");
  const std::string none = EncodeBase64Url(R"({"alg":"none"})") + "." + EncodeBase64Url(claims) + ".";
  EXPECT_EQ(WhyRefused(none), "the JWT is not signed by HS256");
}

TEST(Jwt, IsSignedWithOurSecret) {
  const std::string token = WithClaims(R"({"exp":1795178071,"role":"viewer"})");
  EXPECT_EQ(WhyRefused(token), "");
  EXPECT_EQ(WhyRefused(token, std::string(32, 'x')), "the JWT is not signed with our secret");
  EXPECT_NE(WhyRefused(Signed(R"({"alg":"HS256"})", R"({"exp":1795178071})", "short"), "short"), "");
  const std::size_t last = token.rfind('.');
  EXPECT_NE(WhyRefused(token.substr(0, last + 1)), "") << "no signature";
  EXPECT_NE(WhyRefused(token.substr(0, token.size() - 4)), "") << "a short one";
  EXPECT_NE(WhyRefused(token + "AAAA"), "") << "a long one";
  const std::string as_admin = EncodeBase64Url(R"({"exp":1795178071,"role":"admin"})");
  const std::size_t first = token.find('.');
  EXPECT_EQ(WhyRefused(token.substr(0, first + 1) + as_admin + token.substr(last)),
            "the JWT is not signed with our secret");
}

TEST(Jwt, HoldsInItsTimeOnly) {
  const struct {
    const char* claims;
    const char* why;
  } cases[] = {
      {R"({})", "has no exp"},
      {R"({"exp":1795178070})", "has expired"},
      {R"({"exp":-1})", "has expired"},
      {R"({"exp":"1795178071"})", "no number"},
      {R"({"exp":null})", "no number"},
      {R"({"exp":1795178071,"nbf":1795178101})", "does not hold yet"},
      {R"({"exp":1795178071,"iat":1795178101})", "issued in the future"},
      {R"({"exp":1795178071,"iat":"now"})", "no number"},
      {R"({"exp":1e999})", "no base64url of a JSON object"},
  };
  for (const auto& c : cases)
    EXPECT_NE(WhyRefused(WithClaims(c.claims)).find(c.why), std::string::npos) << c.claims;
  EXPECT_EQ(WhyRefused(WithClaims(R"({"exp":1e300,"nbf":1795178100,"iat":1795178100})")), "")
      << "half a minute";
}

TEST(Jwt, HasNoRoleOrSubjectOfAnotherKind) {
  for (const char* more : {R"("role":"root")", R"("role":null)", R"("role":["admin"])", R"("role":"Admin")",
                           R"("sub":5)", R"("sub":null)"})
    EXPECT_NE(WhyRefused(WithClaims(std::string(R"({"exp":1795178071,)") + more + "}")), "") << more;
  EXPECT_NE(WhyRefused(WithClaims(R"({"exp":1795178071,"sub":")" + std::string(129, 'x') + "\"}")), "");
}

TEST(Jwt, HasThreePartsOfStrictBase64) {
  const std::string token = WithClaims(R"({"exp":1795178071})");
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."), "." + token, token + ".",
        token + "=", token + "\n", " " + token, token.substr(0, token.find('.')), std::string(5000, '.'),
        std::string(4097, 'a')})
    EXPECT_NE(WhyRefused(text), "") << text;
  EXPECT_NE(WhyRefused(Signed("[]", R"({"exp":1795178071})")), "");
  EXPECT_NE(WhyRefused(Signed("no JSON", R"({"exp":1795178071})")), "");
  EXPECT_NE(WhyRefused(WithClaims(R"([1795178071])")), "");
  EXPECT_NE(WhyRefused(WithClaims(std::string(2000, '['))), "");
}

TEST(Base64Url, ReadsWhatItWritesAndNothingElse) {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"), std::string("foo"),
                                   std::string("\xff\xfe\xfd\0x", 5)})
    EXPECT_EQ(DecodeBase64Url(EncodeBase64Url(bytes)), bytes);
  EXPECT_EQ(EncodeBase64Url("\xfb\xff"), "-_8");
  for (const char* text : {"A", "AA=", "AA==", "A A", "+/8", "AB", "AAB\n", "AAAAA"})
    EXPECT_FALSE(DecodeBase64Url(text)) << text;
}

TEST(Digest, AgreesWithKnownValues) {
  EXPECT_EQ(ToHex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231, case 2
  EXPECT_TRUE(EqualsInConstantTime("", ""));
  EXPECT_FALSE(EqualsInConstantTime("a", "b"));
  EXPECT_FALSE(EqualsInConstantTime("a", "ab"));
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
}

}  // namespace
}  // namespace keymeter::query_api
