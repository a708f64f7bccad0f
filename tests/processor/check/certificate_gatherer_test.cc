#include "processor/check/certificate_gatherer.h"

#include <ctime>

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

namespace keymeter::check {
namespace {

using keymeter::testing::CertificateAuthority;
using keymeter::testing::TempDir;
using keymeter::testing::WriteFile;

/// Made by: openssl genpkey -algorithm ed25519 -aes256 -pass pass:sesame
constexpr const char* kWithPassphrase = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi60ldy4QY43wICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEO84mXkgroV9kF/PmOkKW8UEQAHi
SEQJSF5JHGWEB7Jzca4D77iOHi9LWhVFDDA5jfjmXdVHeNUKtV0Y3x5cOjMSvFgP
5XC79YklutfX9fVGCq8=
-----END ENCRYPTED PRIVATE KEY-----)";

class GatherCertificateTest : public ::testing::Test {
 protected:
  static std::string Refusal(const std::string& certificate, const std::string& key) {
    const CertificateFacts facts = GatherCertificate(certificate, key);
    return facts.invalid ? facts.invalid->Text() : "";
  }
  const TempDir directory_;
  const CertificateAuthority authority_{directory_.path().string(), "authority"};
};

TEST_F(GatherCertificateTest, TellsWhenItHolds) {
  const std::int64_t now_s = std::time(nullptr);
  const auto files = authority_.Issue({.name = "meter", .begins_s = -3600, .ends_s = 7200});
  const CertificateFacts facts = GatherCertificate(files.certificate, files.key);
  ASSERT_FALSE(facts.invalid) << facts.invalid->Text();
  EXPECT_NEAR(static_cast<double>(facts.begins_ms), static_cast<double>(now_s - 3600) * 1000, 60'000);
  EXPECT_EQ(facts.ends_ms - facts.begins_ms, 10'800'000);
}

TEST_F(GatherCertificateTest, RefusesWhatIsNoPair) {
  const auto first = authority_.Issue({.name = "first"});
  const auto second = authority_.Issue({.name = "second"});
  EXPECT_EQ(Refusal(first.certificate, second.key).find("--tls-key " + second.key + ": it is not the key of"),
            0U);
}

TEST_F(GatherCertificateTest, RefusesFilesThatAreMissingOrOfAnotherKind) {
  const auto files = authority_.Issue({.name = "meter"});
  const std::string none = directory_.File("none.pem");
  EXPECT_NE(Refusal(none, files.key).find("--tls-cert: " + none), std::string::npos)
      << Refusal(none, files.key);
  EXPECT_NE(Refusal(files.certificate, none).find("--tls-key: " + none), std::string::npos);
  EXPECT_NE(Refusal(files.key, files.key).find("no certificate is in it"), std::string::npos);
  EXPECT_NE(Refusal(files.certificate, files.certificate).find("no private key"), std::string::npos);
}

TEST_F(GatherCertificateTest, RefusesAKeyWithAPassphraseWithoutAskingForIt) {
  const auto files = authority_.Issue({.name = "meter"});
  const std::string key = directory_.File("locked.pem");
  WriteFile(key, kWithPassphrase);
  EXPECT_NE(Refusal(files.certificate, key).find("without a passphrase"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::check
