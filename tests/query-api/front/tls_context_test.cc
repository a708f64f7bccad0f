#include "query-api/front/tls_context.h"

#include <ctime>

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

/// Made by: openssl genpkey -algorithm ed25519 -aes256 -pass pass:sesame
constexpr const char* kWithPassphrase = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi60ldy4QY43wICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEO84mXkgroV9kF/PmOkKW8UEQAHi
SEQJSF5JHGWEB7Jzca4D77iOHi9LWhVFDDA5jfjmXdVHeNUKtV0Y3x5cOjMSvFgP
5XC79YklutfX9fVGCq8=
-----END ENCRYPTED PRIVATE KEY-----)";

/// Made by: openssl req -x509 -newkey rsa:1024 -nodes -days 36500 -subj /CN=weak
constexpr const char* kWeak = R"(-----BEGIN CERTIFICATE-----
MIIB/DCCAWWgAwIBAgIUHK37eE4/ga2Zz9kCqkRx5qyYRNkwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMzAwNTM4NDRaGA8yMTI2MTEwNjA1
Mzg0NFowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC
gYEA4pK+aL3o/hpDGz+R+ufeqTzBYGanHJZOE6AHkVO83gfkOUdBRM57dhmzDuuF
ZhSkb04CmJnyGNt2MQPAQ88YqZ1u8XrERC2usXFVSwz5/DSHaB9GSWZ/swbU5VaU
lu8khyOa2x0DjB8+XbOW2mDUSxQg5QmZY8/SgnGUqvErELMCAwEAAaNTMFEwHQYD
VR0OBBYEFFztXx/m0Mvk5mmzC4LfM2OrcXyDMB8GA1UdIwQYMBaAFFztXx/m0Mvk
5mmzC4LfM2OrcXyDMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEA
O6CDXoZVQHB2m8TS/sxN/WiX1ZwvSGsBbqpMMkvnl7oJ1+e7aR/ye6cykooAKXG7
ElrjlK6JIhbdJVC8KUohyqUXsf1kKq0EppsV/AXRyHcATsutDdCn5nh/vL/oFYJr
74Cte/8Ivq2cM0YcRL/vA1pHqq5ohHEJF2aZc9c7dKI=
-----END CERTIFICATE-----)";

class TlsContextTest : public ::testing::Test {
 protected:
  static std::string Refusal(const std::string& certificate, const std::string& key) {
    const auto loaded = TlsContext::Load({certificate, key});
    return loaded ? "" : loaded.error().Text();
  }

  testing::TempDir directory_;
  testing::CertificateAuthority authority_{directory_.path().string(), "authority"};
  testing::CertificateFiles one_ = authority_.Issue({.name = "one", .begins_s = -3600, .ends_s = 7200});
  testing::CertificateFiles two_ = authority_.Issue({.name = "two"});
};

TEST_F(TlsContextTest, ACertificateAndItsKeyMakeConnections) {
  const auto loaded = TlsContext::Load({one_.certificate, one_.key});
  ASSERT_TRUE(loaded) << loaded.error().Text();
  SSL* const connection = loaded->NewConnection();
  ASSERT_NE(connection, nullptr);
  EXPECT_GE(SSL_get_min_proto_version(connection), TLS1_2_VERSION);
  SSL_free(connection);
}

TEST_F(TlsContextTest, TellsWhenItHolds) {
  const std::int64_t now_s = std::time(nullptr);
  const auto loaded = TlsContext::Load({one_.certificate, one_.key});
  ASSERT_TRUE(loaded);
  const auto [begins_ms, ends_ms] = loaded->validity();
  EXPECT_NEAR(static_cast<double>(begins_ms), static_cast<double>(now_s - 3600) * 1000, 60'000);
  EXPECT_EQ(ends_ms - begins_ms, 10'800'000);
}

TEST_F(TlsContextTest, RefusesWhatIsNoPair) {
  EXPECT_EQ(Refusal(one_.certificate, two_.key).find("--tls-key " + two_.key + ": it is not the key of"), 0U);
}

TEST_F(TlsContextTest, RefusesFilesThatAreMissingOrOfAnotherKind) {
  const std::string none = directory_.File("none.pem");
  EXPECT_EQ(Refusal(none, one_.key).find("--tls-cert: " + none), 0U) << Refusal(none, one_.key);
  EXPECT_EQ(Refusal(one_.certificate, none).find("--tls-key: " + none), 0U);
  EXPECT_NE(Refusal(one_.key, one_.key).find("no certificate is in it"), std::string::npos);
  EXPECT_NE(Refusal(one_.certificate, one_.certificate).find("no private key"), std::string::npos);
}

TEST_F(TlsContextTest, SaysWhyACertificateCannotBeUsed) {
  const std::string weak = directory_.File("weak.pem");
  testing::WriteFile(weak, kWeak);
  EXPECT_NE(Refusal(weak, one_.key).find("--tls-cert " + weak + ": ee key too small"), std::string::npos)
      << Refusal(weak, one_.key);
}

TEST_F(TlsContextTest, RefusesAChainThatItsClientsCouldNotFollow) {
  const std::string chain = directory_.File("chain.pem");
  const std::string own = testing::ReadFile(one_.certificate);
  const std::string signer = testing::ReadFile(authority_.file());
  testing::WriteFile(chain, own + signer);
  EXPECT_EQ(Refusal(chain, one_.key), "");
  testing::WriteFile(chain, own + kWeak);
  EXPECT_NE(Refusal(chain, one_.key).find("a certificate of its chain cannot be used"), std::string::npos);
  testing::WriteFile(chain, own + signer.substr(0, signer.size() / 2));
  EXPECT_NE(Refusal(chain, one_.key).find("a certificate of its chain cannot be read"), std::string::npos);
}

TEST_F(TlsContextTest, RefusesAKeyWithAPassphraseWithoutAskingForIt) {
  const std::string key = directory_.File("locked.pem");
  testing::WriteFile(key, kWithPassphrase);
  EXPECT_NE(Refusal(one_.certificate, key).find("without a passphrase"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::query_api
