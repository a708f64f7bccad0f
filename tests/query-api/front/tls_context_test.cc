#include "query-api/front/tls_context.h"

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

class TlsContextTest : public ::testing::Test {
 protected:
  static std::string ErrorOf(const TlsFiles& files) {
    const auto loaded = TlsContext::Load(files);
    return loaded ? "none" : loaded.error().Text();
  }

  testing::TempDir directory_;
  testing::CertificateAuthority authority_{directory_.path().string(), "authority"};
  testing::CertificateFiles one_ = authority_.Issue({.name = "one"});
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

TEST_F(TlsContextTest, ErrorsNameTheFlagAndTheFile) {
  const std::string nothing = directory_.File("nothing.pem");
  EXPECT_EQ(ErrorOf({nothing, one_.key}).find("--tls-cert: " + nothing), 0U) << ErrorOf({nothing, one_.key});
  EXPECT_EQ(ErrorOf({one_.certificate, nothing}).find("--tls-key: " + nothing), 0U);
  EXPECT_NE(ErrorOf({one_.certificate, two_.key}).find("--tls-key"), std::string::npos);
  testing::WriteFile(nothing, "no certificate");
  EXPECT_NE(ErrorOf({nothing, one_.key}).find("PEM"), std::string::npos);
  EXPECT_EQ(ErrorOf({one_.certificate, one_.key}), "none");
}

}  // namespace
}  // namespace keymeter::query_api
