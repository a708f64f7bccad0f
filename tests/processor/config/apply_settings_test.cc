#include "processor/config/apply_settings.h"

#include <map>

#include <gtest/gtest.h>

#include "processor/config/settings.h"

namespace keymeter::processor {

namespace {

/// What `keymeter run` makes of these flags: the error, or "".
std::string Refusal(const std::map<std::string, std::string>& flags) {
  SettingTexts texts;
  for (const auto& [name, text] : flags) texts[FindSetting(name)] = text;
  const auto values = SettingValues::Collect(Command::kRun, texts, {});
  if (!values) return values.error().message;
  Options options;
  const Status applied = ApplySettings(*values, options);
  return applied ? "" : applied.error().message;
}

TEST(ApplySettings, RefuseToKeepALevelShorterThanAFinerOne) {
  EXPECT_EQ(Refusal({{"keep_hours", "10d"}}), "--keep-hours 10d: is shorter than --keep-minutes 14d");
  EXPECT_EQ(Refusal({{"keep_minutes", "forever"}}),
            "--keep-hours 400d: is shorter than --keep-minutes forever");
  EXPECT_EQ(Refusal({{"keep_days", "300d"}}), "--keep-days 300d: is shorter than --keep-hours 400d");
  EXPECT_EQ(Refusal({{"keep_minutes", "2h"}, {"keep_hours", "8d"}, {"keep_days", "40d"}}), "");
}

TEST(ApplySettings, RefuseToKeepLessThanMeteringNeeds) {
  EXPECT_EQ(Refusal({{"keep_minutes", "1h"}}), "--keep-minutes: minutes are kept for 2h at least");
  EXPECT_NE(Refusal({{"keep_hours", "30d"}, {"keep_days", "39d"}}).find("days are kept for 40d at least"),
            std::string::npos);
  EXPECT_NE(Refusal({{"keep_minutes", "2h"}, {"keep_hours", "7d"}}).find("hours are kept for 8d at least"),
            std::string::npos);
}

TEST(ApplySettings, RefuseHttpsWithoutACertificateAndACertificateWithoutHttps) {
  EXPECT_EQ(Refusal({{"tls_cert", "c.pem"}}), "--tls-cert: tls_cert and tls_key go together");
  EXPECT_EQ(Refusal({{"tls_key", "k.pem"}}), "--tls-key: tls_cert and tls_key go together");
  EXPECT_EQ(Refusal({{"listen", "127.0.0.1:1,tls://[::]:2"}}),
            "--listen tls://[::]:2: HTTPS needs a certificate");
  EXPECT_EQ(Refusal({{"tls_cert", "c.pem"}, {"tls_key", "k.pem"}}),
            "--tls-cert: no listen address speaks HTTPS");
  EXPECT_EQ(Refusal({{"listen", "tls://[::]:2"}, {"tls_cert", "c.pem"}, {"tls_key", "k.pem"}}), "");
}

}  // namespace

}  // namespace keymeter::processor
