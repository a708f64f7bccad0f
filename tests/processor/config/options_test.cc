#include "processor/config/options.h"

#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "processor/config/setting_bindings.h"
#include "processor/config/settings.h"
#include "tests/processor/config/options_fixture.h"

namespace keymeter::processor {
namespace {

void ExpectDefaults(const Options& options) {
  EXPECT_TRUE(options.Processes());
  EXPECT_TRUE(options.Serves());
  EXPECT_EQ(options.processor.redis.url.Display(), "redis://127.0.0.1:6379/0");
  EXPECT_TRUE(options.processor.redis.subscribe);
  EXPECT_TRUE(options.processor.redis.tls.verify);
  EXPECT_EQ(options.processor.redis.timeouts.connect_ms, 5000);
  EXPECT_EQ(options.processor.redis.timeouts.command_ms, 5000);
  EXPECT_EQ(options.processor.redis.timeouts.silence_ms, 5000);
  EXPECT_EQ(options.processor.db_path, "keymeter.db");
  EXPECT_EQ(options.api.listen, std::vector<std::string>{"127.0.0.1:8787"});
  EXPECT_EQ(options.api.tls_cert, "");
  EXPECT_EQ(options.api.tls_key, "");
  EXPECT_EQ(options.api.probe_listen, "127.0.0.1:8788");
  EXPECT_FALSE(options.processor.utc_offset_s);
  EXPECT_EQ(options.profile, "auto");
  EXPECT_EQ(options.processor.prices_path, "");
  EXPECT_EQ(options.processor.flush_interval_ms, 1000);
  EXPECT_EQ(options.processor.poll_ms, 0);
  EXPECT_EQ(options.processor.audit_interval_ms, 3'600'000);
  EXPECT_EQ(options.processor.import_max_load, 0.1);
  EXPECT_EQ(options.processor.file.keep.minutes, 14 * kDaySeconds);
  EXPECT_EQ(options.processor.file.keep.hours, 400 * kDaySeconds);
  EXPECT_EQ(options.processor.file.keep.days, Retention::kForever);
  EXPECT_EQ(options.processor.file.max_wal_bytes, 256 << 20);
  EXPECT_EQ(options.log.level, log::Severity::kInfo);
  EXPECT_EQ(options.log.format, log::Format::kLogfmt);
  EXPECT_FALSE(options.api.access.is_open);
  EXPECT_TRUE(options.api.access.allowed_hosts.empty());
  EXPECT_EQ(options.api.access.token_file, "");
  EXPECT_EQ(options.api.access.jwt_secret_file, "");
  EXPECT_TRUE(options.api.access.trusted_proxies.empty());
  EXPECT_TRUE(options.api.access.cors_origins.empty());
  EXPECT_EQ(options.api.access.rate_limit.per_second, 100);
  EXPECT_EQ(options.api.access.rate_limit.burst, 200);
  EXPECT_EQ(options.api.access_log, AccessLogging::kAll);
  EXPECT_EQ(options.api.max_connections, 4096);
  EXPECT_EQ(options.api.connections_per_address, 64);
  EXPECT_EQ(options.api.max_websockets, 64);
  EXPECT_EQ(options.api.answer_cache_bytes, 32 << 20);
  EXPECT_EQ(options.api.spool_dir, "");
  EXPECT_TRUE(options.warnings.empty());
}

/// What the table of settings shows as defaults, and --help with it, is what the option structs have.
TEST_F(OptionsTest, HaveTheDefaultsOfTheirStructs) {
  ExpectDefaults(Options{});
  ExpectDefaults(Taken({"run"}));
}

/// A text for each setting that is not its default.
std::map<std::string, std::string> OtherTexts() {
  return {{"redis", "rediss://h:1/2"},
          {"redis_user", "bob"},
          {"redis_password", "sesame"},
          {"redis_ca", "ca.pem"},
          {"redis_cert", "cert.pem"},
          {"redis_key", "key.pem"},
          {"redis_server_name", "relay"},
          {"redis_tls_no_verify", "true"},
          {"redis_connect_timeout", "1s"},
          {"redis_command_timeout", "2s"},
          {"redis_silence_timeout", "3s"},
          {"db", "x.db"},
          {"keep_minutes", "36h"},
          {"keep_hours", "forever"},
          {"keep_days", "forever"},
          {"max_wal", "1GiB"},
          {"profile", "claude-relay-service"},
          {"prices", "prices.json"},
          {"utc_offset", "+08:00"},
          {"flush_interval", "500ms"},
          {"poll", "30"},
          {"audit_interval", "30m"},
          {"import_max_load", "2.5%"},
          {"listen", "127.0.0.1:1,tls://[::1]:3"},
          {"tls_cert", "cert.pem"},
          {"tls_key", "key.pem"},
          {"probe_listen", "127.0.0.1:2"},
          {"no_auth", "true"},
          {"allowed_hosts", "a.example,b.example"},
          {"token_file", "tokens.json"},
          {"jwt_secret_file", "secret"},
          {"trusted_proxy", "127.0.0.1,10.0.0.0/8"},
          {"rate_limit", "20/s:50"},
          {"cors_origin", "https://a.example,https://b.example"},
          {"access_log", "errors"},
          {"max_connections", "100"},
          {"max_connections_per_address", "off"},
          {"max_websockets", "0"},
          {"answer_cache", "off"},
          {"spool_dir", "/spool"},
          {"log_level", "debug"},
          {"log_format", "json"}};
}

void ExpectOtherOptions(const Options& options) {
  EXPECT_EQ(options.processor.redis.url.Display(), "rediss://h:1/2");
  EXPECT_EQ(options.processor.redis.url.user, "bob");
  EXPECT_EQ(options.processor.redis.url.password, "sesame");
  EXPECT_EQ(options.processor.redis.tls.ca_file, "ca.pem");
  EXPECT_EQ(options.processor.redis.tls.certificate_file, "cert.pem");
  EXPECT_EQ(options.processor.redis.tls.key_file, "key.pem");
  EXPECT_EQ(options.processor.redis.tls.server_name, "relay");
  EXPECT_FALSE(options.processor.redis.tls.verify);
  EXPECT_EQ(options.processor.redis.timeouts.connect_ms, 1000);
  EXPECT_EQ(options.processor.redis.timeouts.command_ms, 2000);
  EXPECT_EQ(options.processor.redis.timeouts.silence_ms, 3000);
  EXPECT_FALSE(options.processor.redis.subscribe);
  EXPECT_EQ(options.processor.poll_ms, 30'000);
  EXPECT_EQ(options.processor.audit_interval_ms, 1'800'000);
  EXPECT_EQ(options.processor.import_max_load, 0.025);
  EXPECT_EQ(options.processor.db_path, "x.db");
  EXPECT_EQ(options.processor.file.keep.minutes, 36 * kHourSeconds);
  EXPECT_EQ(options.processor.file.keep.hours, Retention::kForever);
  EXPECT_EQ(options.processor.file.max_wal_bytes, std::int64_t{1} << 30);
  EXPECT_EQ(options.profile, "claude-relay-service");
  EXPECT_EQ(options.processor.prices_path, "prices.json");
  EXPECT_EQ(options.processor.utc_offset_s, 28'800);
  EXPECT_EQ(options.processor.flush_interval_ms, 500);
  EXPECT_EQ(options.api.listen, (std::vector<std::string>{"127.0.0.1:1", "tls://[::1]:3"}));
  EXPECT_EQ(options.api.tls_cert, "cert.pem");
  EXPECT_EQ(options.api.tls_key, "key.pem");
  EXPECT_EQ(options.api.probe_listen, "127.0.0.1:2");
  EXPECT_TRUE(options.api.access.is_open);
  EXPECT_EQ(options.api.access.allowed_hosts, (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(options.api.access.token_file, "tokens.json");
  EXPECT_EQ(options.api.access.jwt_secret_file, "secret");
  EXPECT_EQ(options.api.access.trusted_proxies, (std::vector<std::string>{"127.0.0.1", "10.0.0.0/8"}));
  EXPECT_EQ(options.api.access.rate_limit.per_second, 20);
  EXPECT_EQ(options.api.access.rate_limit.burst, 50);
  EXPECT_EQ(options.api.access.cors_origins,
            (std::vector<std::string>{"https://a.example", "https://b.example"}));
  EXPECT_EQ(options.api.access_log, AccessLogging::kErrors);
  EXPECT_EQ(options.api.max_connections, 100);
  EXPECT_EQ(options.api.connections_per_address, 0);
  EXPECT_EQ(options.api.max_websockets, 0);
  EXPECT_EQ(options.api.answer_cache_bytes, 0);
  EXPECT_EQ(options.api.spool_dir, "/spool");
  EXPECT_EQ(options.log.level, log::Severity::kDebug);
  EXPECT_EQ(options.log.format, log::Format::kJson);
}

TEST_F(OptionsTest, TakeEverySettingAsAFlag) {
  std::vector<std::string> texts;
  for (const auto& [name, text] : OtherTexts()) {
    const Setting& setting = *FindSetting(name);
    if (name == "redis_password") continue;
    texts.push_back(setting.kind == Setting::Kind::kSwitch ? setting.Flag() : setting.Flag() + "=" + text);
  }
  texts.push_back("--redis-password-file=" + Written("password", "sesame\n"));
  std::vector<const char*> arguments = {"run"};
  for (const std::string& text : texts) arguments.push_back(text.c_str());
  ExpectOtherOptions(Taken(arguments));
}

TEST_F(OptionsTest, TakeEverySettingFromTheEnvironment) {
  for (const auto& [name, text] : OtherTexts()) environment_[FindSetting(name)->Variable()] = text;
  ExpectOtherOptions(Taken({"run"}));
}

TEST_F(OptionsTest, TakeEverySettingFromAFile) {
  nlohmann::json json;
  for (const auto& [name, text] : OtherTexts()) {
    const bool is_switch = FindSetting(name)->kind == Setting::Kind::kSwitch;
    json[name] = is_switch ? nlohmann::json(true) : nlohmann::json(text);
  }
  environment_["KEYMETER_CONFIG"] = Written("k.json", json.dump());
  ExpectOtherOptions(Taken({"run"}));
}

TEST_F(OptionsTest, OfEverySettingAreTestedHere) {
  auto texts = OtherTexts();
  texts["redis_password_file"] = texts["config"] = "";
  for (const Setting& setting : AllSettings())
    EXPECT_TRUE(texts.contains(std::string(setting.name))) << setting.name;
}

/// Without a binding: what depends on other settings.
TEST_F(OptionsTest, HaveAPlaceForEverySettingInTheOrderOfTheTable) {
  std::vector<std::string_view> with_place;
  for (const Setting& setting : AllSettings())
    if (!std::set<std::string_view>{"redis_user", "redis_password", "redis_password_file", "config"}.contains(
            setting.name))
      with_place.push_back(setting.name);
  std::vector<std::string_view> bound;
  for (const SettingBinding& binding : AllBindings()) bound.push_back(binding.name);
  EXPECT_EQ(bound, with_place);
}

}  // namespace
}  // namespace keymeter::processor
