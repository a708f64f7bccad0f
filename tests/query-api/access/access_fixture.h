#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/access/access.h"
#include "query-api/access/base64url.h"
#include "query-api/access/digest.h"
#include "schema/clock.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {

inline int StatusFor(const Access& access, std::vector<Header> headers, const char* peer = "127.0.0.1") {
  const auto caller = access.Check({"GET", "/", "", std::move(headers), peer});
  return caller ? 200 : caller.error().status;
}

/// Access by options that a test sets, at a moment that it moves.
class AccessTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Access> Made(const char* listen = "127.0.0.1:8787") const {
    return MadeOn({listen});
  }
  [[nodiscard]] std::unique_ptr<Access> MadeOn(const std::vector<std::string>& listen) const {
    auto access = Access::Make(*ParseListenAddresses(listen, "--listen"), options_, clock_);
    EXPECT_TRUE(access) << access.error().Text();
    return std::move(*access);
  }
  [[nodiscard]] std::string Refusal(const char* listen = "127.0.0.1:8787") const {
    return RefusalOn({listen});
  }
  [[nodiscard]] std::string RefusalOn(const std::vector<std::string>& listen) const {
    const auto access = Access::Make(*ParseListenAddresses(listen, "--listen"), options_, clock_);
    return access ? "" : access.error().Text();
  }
  /// A token file with one token of that role.
  std::string SetUpToken(Role role = Role::kViewer, std::optional<std::int64_t> expires_s = {}) {
    std::string token = MakeToken();
    tokens_.push_back({fmt::format("{:08x}", tokens_.size()), fmt::format("token-{}", tokens_.size()), role,
                       kNowS, expires_s, Sha256(token)});
    WriteTokens();
    return token;
  }
  void WriteTokens() {
    options_.token_file = directory_.File("tokens.json");
    keymeter::testing::WriteFile(options_.token_file, TokenFileText(tokens_));
  }
  void SetUpSecret() {
    options_.jwt_secret_file = directory_.File("secret");
    keymeter::testing::WriteFile(options_.jwt_secret_file, std::string(kSecret) + "\n");
  }
  static std::string Jwt(const std::string& claims) {
    const std::string text =
        EncodeBase64Url(R"({"alg":"HS256","typ":"JWT"})") + "." + EncodeBase64Url(claims);
    return text + "." + EncodeBase64Url(HmacSha256(kSecret, text));
  }
  static Header Bearer(const std::string& token) { return {"Authorization", "Bearer " + token}; }

  static constexpr std::int64_t kNowS = 1'795'178'070;
  static constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
  const Header local_{"Host", "localhost"};
  const keymeter::testing::TempDir directory_;
  ManualClock clock_{kNowS * 1000};
  AccessOptions options_;
  StoredTokens tokens_;
};

}  // namespace keymeter::query_api
