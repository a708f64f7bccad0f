#include "query-api/access/jwt.h"

#include <gtest/gtest.h>

#include "query-api/access/base64url.h"
#include "query-api/access/digest.h"

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

TEST(Jwt, IsNotNestedDeeply) {
  const auto holding = [](const std::string& before, std::size_t depth) {
    return before + R"(,"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  const std::string header = R"({"alg":"HS256")";
  const std::string claims = R"({"exp":1795178071)";
  EXPECT_EQ(WhyRefused(Signed(holding(header, 15), holding(claims, 15))), "");
  for (const std::size_t depth : {16U, 410U, 700U}) {
    EXPECT_EQ(WhyRefused(Signed(holding(header, depth), claims + "}")),
              "the JWT has a header that is no base64url of a JSON object");
    EXPECT_EQ(WhyRefused(Signed(header + "}", holding(claims, depth))),
              "the JWT has a payload that is no base64url of a JSON object");
    const std::string nested = std::string(depth, '[') + std::string(depth, ']');
    EXPECT_EQ(WhyRefused(EncodeBase64Url(R"({"alg":)" + nested + "}") + ".e30."),
              "the JWT has a header that is no base64url of a JSON object");
  }
}

}  // namespace
}  // namespace keymeter::query_api
