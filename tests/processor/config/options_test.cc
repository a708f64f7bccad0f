#include "processor/config/options.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "processor/config/command_line.h"
#include "schema/version.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

using testing::TempDir;
using testing::WriteFile;

/// A command line, an environment of its own and files.
class OptionsTest : public ::testing::Test {
 protected:
  [[nodiscard]] Invocation Parse(std::vector<const char*> arguments) const {
    arguments.insert(arguments.begin(), "keymeter");
    return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data(), environment_);
  }
  [[nodiscard]] Options Taken(const std::vector<const char*>& arguments) const {
    Invocation invocation = Parse(arguments);
    EXPECT_EQ(invocation.text, "");
    EXPECT_EQ(invocation.exit_code, 0);
    return std::move(invocation.options);
  }
  void ExpectRefused(const std::vector<const char*>& arguments, const std::vector<std::string>& words) const {
    const Invocation invocation = Parse(arguments);
    EXPECT_EQ(invocation.exit_code, 2) << invocation.text;
    EXPECT_TRUE(invocation.is_error) << invocation.text;
    for (const std::string& word : words)
      EXPECT_NE(invocation.text.find(word), std::string::npos) << word << " is not in\n" << invocation.text;
  }
  std::string Written(const char* name, std::string_view content, mode_t mode = 0600) {
    std::string path = directory_.File(name);
    WriteFile(path, content);
    ::chmod(path.c_str(), mode);
    return path;
  }

  Environment environment_;
  const TempDir directory_;
};

TEST_F(OptionsTest, HaveDefaults) {
  const Options options = Taken({"run"});
  EXPECT_TRUE(options.Processes());
  EXPECT_TRUE(options.Serves());
  EXPECT_EQ(options.redis.url.Display(), "redis://127.0.0.1:6379/0");
  EXPECT_TRUE(options.redis.subscribe);
  EXPECT_TRUE(options.redis.tls.verify);
  EXPECT_EQ(options.redis.timeouts.connect_ms, 5000);
  EXPECT_EQ(options.redis.timeouts.command_ms, 5000);
  EXPECT_EQ(options.redis.timeouts.silence_ms, 5000);
  EXPECT_EQ(options.db_path, "keymeter.db");
  EXPECT_EQ(options.listen, "127.0.0.1:8787");
  EXPECT_EQ(options.probe_listen, "127.0.0.1:8788");
  EXPECT_FALSE(options.utc_offset_s);
  EXPECT_EQ(options.profile_text, "auto");
  EXPECT_EQ(options.prices_path, "");
  EXPECT_EQ(options.flush_interval_ms, 1000);
  EXPECT_EQ(options.poll_ms, 0);
  EXPECT_EQ(options.audit_interval_ms, 3'600'000);
  EXPECT_EQ(options.import_max_load, 0.1);
  EXPECT_EQ(options.log_level, log::Severity::kInfo);
  EXPECT_EQ(options.log_format, log::Format::kLogfmt);
  EXPECT_FALSE(options.no_auth);
  EXPECT_TRUE(options.allowed_hosts.empty());
  EXPECT_EQ(options.token_file, "");
  EXPECT_EQ(options.jwt_secret_file, "");
  EXPECT_TRUE(options.trusted_proxies.empty());
  EXPECT_TRUE(options.cors_origins.empty());
  EXPECT_EQ(options.rate_limit_per_second, 100);
  EXPECT_EQ(options.rate_limit_burst, 200);
  EXPECT_EQ(options.access_log, "on");
  EXPECT_EQ(options.max_connections, 512);
  EXPECT_EQ(options.connections_per_address, 64);
  EXPECT_EQ(options.max_websockets, 64);
  EXPECT_EQ(options.answer_cache_bytes, 32 << 20);
  EXPECT_TRUE(options.warnings.empty());
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
          {"listen", "127.0.0.1:1"},
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
          {"log_level", "debug"},
          {"log_format", "json"}};
}

void ExpectOtherOptions(const Options& options) {
  EXPECT_EQ(options.redis.url.Display(), "rediss://h:1/2");
  EXPECT_EQ(options.redis.url.user, "bob");
  EXPECT_EQ(options.redis.url.password, "sesame");
  EXPECT_EQ(options.redis.tls.ca_file, "ca.pem");
  EXPECT_EQ(options.redis.tls.certificate_file, "cert.pem");
  EXPECT_EQ(options.redis.tls.key_file, "key.pem");
  EXPECT_EQ(options.redis.tls.server_name, "relay");
  EXPECT_FALSE(options.redis.tls.verify);
  EXPECT_EQ(options.redis.timeouts.connect_ms, 1000);
  EXPECT_EQ(options.redis.timeouts.command_ms, 2000);
  EXPECT_EQ(options.redis.timeouts.silence_ms, 3000);
  EXPECT_FALSE(options.redis.subscribe);
  EXPECT_EQ(options.poll_ms, 30'000);
  EXPECT_EQ(options.audit_interval_ms, 1'800'000);
  EXPECT_EQ(options.import_max_load, 0.025);
  EXPECT_EQ(options.db_path, "x.db");
  EXPECT_EQ(options.file.keep.minutes, 36 * kHourSeconds);
  EXPECT_EQ(options.file.keep.hours, Retention::kForever);
  EXPECT_EQ(options.file.max_wal_bytes, std::int64_t{1} << 30);
  EXPECT_EQ(options.profile_text, "claude-relay-service");
  EXPECT_EQ(options.prices_path, "prices.json");
  EXPECT_EQ(options.utc_offset_s, 28'800);
  EXPECT_EQ(options.flush_interval_ms, 500);
  EXPECT_EQ(options.listen, "127.0.0.1:1");
  EXPECT_EQ(options.probe_listen, "127.0.0.1:2");
  EXPECT_TRUE(options.no_auth);
  EXPECT_EQ(options.allowed_hosts, (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(options.token_file, "tokens.json");
  EXPECT_EQ(options.jwt_secret_file, "secret");
  EXPECT_EQ(options.trusted_proxies, (std::vector<std::string>{"127.0.0.1", "10.0.0.0/8"}));
  EXPECT_EQ(options.rate_limit_per_second, 20);
  EXPECT_EQ(options.rate_limit_burst, 50);
  EXPECT_EQ(options.cors_origins, (std::vector<std::string>{"https://a.example", "https://b.example"}));
  EXPECT_EQ(options.access_log, "errors");
  EXPECT_EQ(options.max_connections, 100);
  EXPECT_EQ(options.connections_per_address, 0);
  EXPECT_EQ(options.max_websockets, 0);
  EXPECT_EQ(options.answer_cache_bytes, 0);
  EXPECT_EQ(options.log_level, log::Severity::kDebug);
  EXPECT_EQ(options.log_format, log::Format::kJson);
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

TEST_F(OptionsTest, TakeFlagsBeforeTheEnvironmentBeforeTheFile) {
  const std::string file =
      Written("k.json", R"({"db": "file.db", "listen": "file:1", "log_level": "error"})");
  environment_ = {{"KEYMETER_DB", "env.db"}, {"KEYMETER_LISTEN", "env:1"}, {"KEYMETER_REDIS", "not a URL"}};
  const Options options = Taken({"run", "--db", "flag.db", "--redis", "redis://h", "--config", file.c_str()});
  EXPECT_EQ(options.db_path, "flag.db");
  EXPECT_EQ(options.redis.url.host, "h");
  EXPECT_EQ(options.listen, "env:1");
  EXPECT_EQ(options.log_level, log::Severity::kError);
}

TEST_F(OptionsTest, LeaveOtherCommandsSettingsAlone) {
  environment_ = {{"KEYMETER_REDIS", "not a URL"}, {"KEYMETER_FLUSH_INTERVAL", "never"}};
  EXPECT_EQ(Taken({"serve", "--db", "x.db"}).db_path, "x.db");
  EXPECT_EQ(Taken({"status"}).db_path, "keymeter.db");
}

TEST_F(OptionsTest, TakeAnEmptyVariableForNone) {
  environment_["KEYMETER_DB"] = "";
  EXPECT_EQ(Taken({"serve"}).db_path, "keymeter.db");
}

TEST_F(OptionsTest, LeaveOutWhatTestsTellTheProgram) {
  environment_["KEYMETER_TEST_CRASH_AT"] = "flush.growth:3";
  EXPECT_EQ(Taken({"serve"}).db_path, "keymeter.db");
}

TEST_F(OptionsTest, LeaveOutWhatKubernetesSaysOfAServiceOfThatName) {
  environment_ = {{"KEYMETER_SERVICE_HOST", "10.0.0.1"},
                  {"KEYMETER_SERVICE_PORT_PROBE", "8788"},
                  {"KEYMETER_PORT", "tcp://10.0.0.1:8787"},
                  {"KEYMETER_PORT_8787_TCP_ADDR", "10.0.0.1"},
                  {"KEYMETER_API_PORT", "tcp://10.0.0.1:8787"}};
  EXPECT_EQ(Taken({"serve"}).db_path, "keymeter.db");
}

TEST_F(OptionsTest, TakeThePasswordFromTheUrlElseFromTheStrongerPlace) {
  const std::string file = Written("password", "from a file\r\nsecond line");
  environment_["KEYMETER_REDIS_PASSWORD"] = "from the environment";
  EXPECT_EQ(Taken({"process"}).redis.url.password, "from the environment");
  EXPECT_EQ(Taken({"process", "--redis", "redis://:url@h"}).redis.url.password, "url");
  EXPECT_EQ(Taken({"process", "--redis-password-file", file.c_str()}).redis.url.password, "from a file");
  environment_["KEYMETER_CONFIG"] = Written("k.json", R"({"redis_password_file": "unread"})");
  EXPECT_EQ(Taken({"process"}).redis.url.password, "from the environment");
  environment_["KEYMETER_REDIS_PASSWORD_FILE"] = file;
  ExpectRefused({"process"}, {"KEYMETER_REDIS_PASSWORD", "KEYMETER_REDIS_PASSWORD_FILE", "one of them"});
}

TEST_F(OptionsTest, TakeWhatIsSaidAtAStrongerPlaceThanTheUrl) {
  const std::string file = Written("password", "from a file");
  const std::string config = Written("k.json", R"({"redis": "redis://u:url@h"})");
  environment_["KEYMETER_CONFIG"] = config;
  EXPECT_EQ(Taken({"process"}).redis.url.password, "url");
  EXPECT_EQ(Taken({"process", "--redis-password-file", file.c_str()}).redis.url.password, "from a file");
  EXPECT_EQ(Taken({"process", "--redis-user", "name"}).redis.url.user, "name");
  environment_["KEYMETER_REDIS_PASSWORD"] = "from the environment";
  EXPECT_EQ(Taken({"process"}).redis.url.password, "from the environment");
  environment_["KEYMETER_REDIS"] = "redis://u:url@h";
  EXPECT_EQ(Taken({"process"}).redis.url.password, "url") << "equally strong";
}

TEST_F(OptionsTest, TakeASwitchThatIsOffForOff) {
  for (const char* off : {"0", "false", "no", "off"}) {
    environment_["KEYMETER_REDIS_TLS_NO_VERIFY"] = off;
    EXPECT_TRUE(Taken({"process"}).redis.tls.verify) << off;
  }
}

TEST_F(OptionsTest, AllowAUserWithoutAPassword) {
  EXPECT_EQ(Taken({"process", "--redis", "redis://name@h"}).redis.url.user, "name");
  EXPECT_EQ(Taken({"process", "--redis-user", "name"}).redis.url.user, "name");
  EXPECT_EQ(Taken({"process", "--redis", "redis://a:b@h", "--redis-user", "name"}).redis.url.user, "a");
}

TEST_F(OptionsTest, WarnAboutAPasswordThatOthersCanRead) {
  const auto warnings = Taken({"process", "--redis", "redis://:sesame@h"}).warnings;
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("KEYMETER_REDIS_PASSWORD"), std::string::npos) << warnings[0];
  EXPECT_EQ(warnings[0].find("sesame"), std::string::npos) << warnings[0];
  const std::string file = Written("password", "sesame", 0644);
  EXPECT_EQ(Taken({"process", "--redis-password-file", file.c_str()}).warnings.size(), 1U);
  environment_["KEYMETER_REDIS"] = "redis://:sesame@h";
  EXPECT_TRUE(Taken({"process"}).warnings.empty());
}

TEST_F(OptionsTest, WarnAboutCredentialsThatOthersCanRead) {
  const std::string open = Written("open", "x", 0644);
  const auto warnings =
      Taken({"serve", "--token-file", open.c_str(), "--jwt-secret-file", open.c_str()}).warnings;
  EXPECT_EQ(warnings.size(), 2U);
  const std::string closed = Written("closed", "x", 0640);
  EXPECT_TRUE(
      Taken({"serve", "--token-file", closed.c_str(), "--jwt-secret-file", closed.c_str()}).warnings.empty());
}

TEST_F(OptionsTest, KnowWhatATokenIsToBe) {
  environment_["KEYMETER_TOKEN_FILE"] = "tokens.json";
  const Options created = Taken({"token", "create", "--name", "ann"});
  EXPECT_EQ(created.command, Command::kTokenCreate);
  EXPECT_EQ(created.token_file, "tokens.json");
  EXPECT_EQ(created.token_name, "ann");
  EXPECT_EQ(created.token_role, "viewer");
  EXPECT_FALSE(created.token_lifetime_s);
  const Options other = Taken({"token", "create", "--name", "ann", "--role", "admin", "--expires", "90d"});
  EXPECT_EQ(other.token_role, "admin");
  EXPECT_EQ(other.token_lifetime_s, 90 * 86'400);
  EXPECT_EQ(Taken({"token", "revoke", "ann", "--token-file", "t"}).token, "ann");
  EXPECT_TRUE(Taken({"token", "list", "--json"}).json);
}

TEST_F(OptionsTest, KnowWhatEachCommandDoes) {
  EXPECT_FALSE(Taken({"process"}).Serves());
  EXPECT_TRUE(Taken({"process"}).Processes());
  EXPECT_TRUE(Taken({"serve"}).Serves());
  EXPECT_FALSE(Taken({"serve"}).Processes());
  EXPECT_EQ(Taken({"healthcheck"}).health_path, "/healthz");
  EXPECT_EQ(Taken({"healthcheck", "--live"}).health_path, "/livez");
  EXPECT_EQ(Taken({"healthcheck", "--ready"}).health_path, "/readyz");
  EXPECT_FALSE(Taken({"status"}).watch_ms);
  EXPECT_EQ(Taken({"status", "--watch"}).watch_ms, 1000);
  EXPECT_EQ(Taken({"status", "--watch", "5", "--db", "x"}).watch_ms, 5000);
  EXPECT_TRUE(Taken({"status", "--watch", "--json"}).json);
}

TEST_F(OptionsTest, ShowTheVersion) {
  const Invocation invocation = Parse({"--version"});
  EXPECT_EQ(invocation.exit_code, 0);
  EXPECT_FALSE(invocation.is_error);
  EXPECT_EQ(invocation.text, fmt::format("keymeter {}\n", kVersion));
}

TEST_F(OptionsTest, ExplainThemselves) {
  const Invocation general = Parse({"--help"});
  EXPECT_EQ(general.exit_code, 0);
  EXPECT_FALSE(general.is_error);
  for (const char* word : {"run", "process", "serve", "healthcheck", "status", "--version",
                           "KEYMETER_REDIS_PASSWORD", "sqlite3 -readonly"})
    EXPECT_NE(general.text.find(word), std::string::npos) << word;
  const Invocation run = Parse({"run", "--help"});
  EXPECT_EQ(run.exit_code, 0);
  for (const char* group : {"Redis:", "File:", "Metering:", "HTTP:", "Log:", "Configuration:"})
    EXPECT_NE(run.text.find(group), std::string::npos) << group;
  for (const Setting& setting : AllSettings())
    EXPECT_EQ(run.text.find("  " + setting.Flag() + " ") != std::string::npos,
              setting.name != "redis_password")
        << setting.name;
  for (const char* word : {"[127.0.0.1:8787]", "Exit codes"})
    EXPECT_NE(run.text.find(word), std::string::npos) << word;
}

TEST_F(OptionsTest, PrintWhatTheyAreAndWhereFromWithoutSecrets) {
  const std::string file = Written("k.json", R"({"flush_interval": "500ms", "redis_password": "sesame"})");
  environment_["KEYMETER_LOG_LEVEL"] = "warn";
  const Invocation printed =
      Parse({"run", "--config", file.c_str(), "--redis", "redis://bob:sesame@h", "--print-config"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_FALSE(printed.is_error);
  const auto line_of = [&printed](const std::string& name) {
    const std::size_t begin = printed.text.find(name + " = ");
    if (begin == std::string::npos) return std::string();
    std::string line = printed.text.substr(begin, printed.text.find('\n', begin) - begin);
    line.erase(std::unique(line.begin(), line.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
               line.end());
    return line;
  };
  EXPECT_EQ(line_of("flush_interval"), "flush_interval = 500ms # file " + file);
  EXPECT_EQ(line_of("redis_password"), "redis_password = *** # file " + file);
  EXPECT_EQ(line_of("redis"), "redis = redis://bob:***@h:6379/0 # flag --redis");
  EXPECT_EQ(line_of("log_level"), "log_level = warn # environment KEYMETER_LOG_LEVEL");
  EXPECT_EQ(line_of("db"), "db = keymeter.db # default");
  EXPECT_EQ(printed.text.find("sesame"), std::string::npos);
  for (const Setting& setting : AllSettings())
    EXPECT_NE(line_of(std::string(setting.name)), "") << setting.name;
}

TEST_F(OptionsTest, PrintNothingButTheErrorWhenTheyAreWrong) {
  ExpectRefused({"run", "--log-level", "loud", "--print-config"}, {"--log-level"});
}

TEST_F(OptionsTest, AreWrongWithTheFlagTheValueAndTheRemedy) {
  const struct {
    std::vector<const char*> arguments;
    std::vector<std::string> words;
  } cases[] = {
      {{"run", "--log-level", "loud"}, {"--log-level", "loud", "debug", "error"}},
      {{"run", "--log-format", "xml"}, {"--log-format", "xml", "logfmt", "json"}},
      {{"run", "--flush-interval", "never"}, {"--flush-interval", "never", "500ms"}},
      {{"run", "--flush-interval", "99ms"}, {"--flush-interval", "99ms", "100ms"}},
      {{"run", "--poll", "0.5"}, {"--poll", "0.5", "off", "1 to 3600"}},
      {{"run", "--audit-interval", "5x"}, {"--audit-interval", "5x", "off", "60m"}},
      {{"run", "--poll", "3601"}, {"--poll", "3601", "1 to 3600"}},
      {{"run", "--import-max-load", "0.5%"}, {"--import-max-load", "0.5%", "1% to 100%"}},
      {{"run", "--import-max-load", "101%"}, {"--import-max-load", "101%", "1% to 100%"}},
      {{"run", "--import-max-load", "0.1"}, {"--import-max-load", "0.1", "10%"}},
      {{"run", "--utc-offset", "+08:30"}, {"--utc-offset", "+08:30"}},
      {{"run", "--utc-offset", "Berlin"}, {"--utc-offset", "Berlin"}},
      {{"run", "--profile", "/no/such.json"}, {"--profile", "/no/such.json"}},
      {{"run", "--redis", "http://h"}, {"--redis", "redis://[[user]:password@]host[:port][/database]"}},
      {{"run", "--redis-ca", "ca.pem"}, {"--redis-ca", "rediss://"}},
      {{"run", "--redis-tls-no-verify"}, {"--redis-tls-no-verify", "rediss://"}},
      {{"run", "--redis", "rediss://h", "--redis-key", "k"}, {"--redis-key", "redis_cert"}},
      {{"run", "--redis-password-file", "/no/such"}, {"--redis-password-file", "/no/such"}},
      {{"run", "--redis-password", "x"}, {"--redis-password", "KEYMETER_REDIS_PASSWORD"}},
      {{"run", "--config", "/no/such.json"}, {"configuration file", "/no/such.json"}},
      {{"run", "--allowed-hosts", "a,,b"}, {"--allowed-hosts", "a,,b"}},
      {{"run", "--trusted-proxy", "10.0.0.1,,10.0.0.2"}, {"--trusted-proxy", "10.0.0.0/8"}},
      {{"run", "--cors-origin", "https://a, https://b"}, {"--cors-origin", "https://dash.example"}},
      {{"run", "--rate-limit", "50"}, {"--rate-limit", "'50'", "50/s:200"}},
      {{"run", "--access-log", "all"}, {"--access-log", "all", "on, errors, off"}},
      {{"token"}, {"create", "revoke"}},
      {{"token", "creat"}, {"'token creat'", "did you mean create?"}},
      {{"token", "create"}, {"--name"}},
      {{"token", "create", "--name", "a", "--role", "root"}, {"--role", "root", "viewer", "admin"}},
      {{"token", "create", "--name", "a", "--expires", "90"}, {"--expires", "90", "90d"}},
      {{"token", "create", "--name", "a", "--db", "x"}, {"--db", "token create"}},
      {{"token", "revoke"}, {"TOKEN"}},
      {{"run", "--max-connections", "7"}, {"--max-connections", "7", "8 to 4096"}},
      {{"run", "--max-connections", "8x"}, {"--max-connections", "8x", "8 to 4096"}},
      {{"run", "--max-connections-per-address", "0"}, {"--max-connections-per-address", "off", "1 to 4096"}},
      {{"run", "--no-auth=maybe"}, {"--no-auth", "maybe", "true"}},
      {{"run", "--no-such-flag"}, {"--no-such-flag"}},
      {{"run", "--flush-intervall", "1s"}, {"--flush-intervall", "did you mean --flush-interval?"}},
      {{"run", "--print-confg"}, {"did you mean --print-config?"}},
      {{"run", "--db"}, {"--db", "FILE"}},
      {{"run", "--db", "a", "--db", "b"}, {"--db"}},
      {{"run", "extra"}, {"flags only"}},
      {{"fly"}, {"'fly'", "run, process, serve"}},
      {{"staus"}, {"did you mean status?"}},
      {{}, {"subcommand", "--help"}},
      {{"process", "--listen", "h:1"}, {"--listen", "process"}},
      {{"serve", "--redis", "redis://h"}, {"--redis", "serve"}},
      {{"healthcheck", "--live", "--ready"}, {"--live", "--ready"}},
      {{"status", "--watch", "0"}, {"--watch", "0"}},
  };
  for (const auto& c : cases) ExpectRefused(c.arguments, c.words);
}

TEST_F(OptionsTest, AreWrongWithTheVariable) {
  environment_ = {{"KEYMETER_FLUSH_INTERVAL", "never"}};
  ExpectRefused({"run"}, {"KEYMETER_FLUSH_INTERVAL: ", "never"});
  environment_ = {{"KEYMETER_FLUSH_INTERVALL", "1s"}};
  ExpectRefused({"run"}, {"KEYMETER_FLUSH_INTERVALL", "did you mean KEYMETER_FLUSH_INTERVAL?"});
  environment_ = {{"KEYMETER_TOKEN", "x"}};
  EXPECT_EQ(Parse({"run"}).text, "keymeter: KEYMETER_TOKEN: is no setting\n");
}

TEST_F(OptionsTest, AreWrongWithFileAndKey) {
  const std::string file = Written("k.json", R"({"flush_interval": "never"})");
  ExpectRefused({"run", "--config", file.c_str()}, {file + ": flush_interval: ", "never"});
}

TEST_F(OptionsTest, AreWrongWhereTextsAreNone) {
  ExpectRefused({"run", "--db", ""}, {"--db: is empty; name a file"});
  const std::string file = Written("k.json", R"({"db": "a\u0000b"})");
  ExpectRefused({"run", "--config", file.c_str()}, {file + ": db: holds a control character"});
}

TEST_F(OptionsTest, NeverRepeatAPassword) {
  const std::vector<const char*> cases[] = {{"run", "--redis", "http://:sesame@h"},
                                            {"run", "--redis", "redis://:sesame@h:x"},
                                            {"run", "--redis", "redis://:sesame@h/x"},
                                            {"run", "redis://:sesame@h"},
                                            {"run", "--redis-pasword=sesame"},
                                            {"run", "--redis-password", "sesame"},
                                            {"--redis", "redis://:sesame@h", "run"},
                                            {"--redis=redis://:sesame@h", "run"},
                                            {"redis://:sesame@h", "run"},
                                            {"run", "--", "redis://:sesame@h"},
                                            {"redis://:sesame@h"}};
  for (const auto& arguments : cases)
    EXPECT_EQ(Parse(arguments).text.find("sesame"), std::string::npos) << arguments.back();
}

TEST(Duration, IsANumberWithOrWithoutAUnit) {
  EXPECT_EQ(ParseDurationMs("1s"), 1000);
  EXPECT_EQ(ParseDurationMs("500ms"), 500);
  EXPECT_EQ(ParseDurationMs("2"), 2000);
  EXPECT_EQ(ParseDurationMs("0.25s"), 250);
  EXPECT_EQ(ParseDurationMs("100ms"), 100);
  EXPECT_EQ(ParseDurationMs("60m"), 3'600'000);
}

TEST(Duration, IsNothingElse) {
  for (const char* text :
       {"", "s", "abc", "-1s", "0", "99ms", "61m", "1h", "1 s", "nan", "inf", "1e999", "1ss"})
    EXPECT_FALSE(ParseDurationMs(text)) << text;
}

TEST_F(OptionsTest, BackupTakesAFile) {
  const Options options = Taken({"backup", "copy.db", "--db", "k.db", "--force"});
  EXPECT_EQ(options.command, Command::kBackup);
  EXPECT_EQ(options.backup_path, "copy.db");
  EXPECT_EQ(options.db_path, "k.db");
  EXPECT_TRUE(options.force);
  EXPECT_FALSE(Taken({"backup", "--db", "k.db", "copy.db"}).force);
  ExpectRefused({"backup", "--db", "k.db"}, {"FILE"});
  ExpectRefused({"backup", "a.db", "b.db"}, {"backup: takes flags only"});
  ExpectRefused({"backup", "a.db", "--forse"}, {"did you mean --force?"});
}

TEST_F(OptionsTest, RebuildTakesWhatMeteringTakes) {
  const Options options = Taken({"rebuild", "--redis", "redis://h", "--utc-offset", "+08:00", "--dry-run"});
  EXPECT_EQ(options.command, Command::kRebuild);
  EXPECT_EQ(options.utc_offset_s, 28'800);
  EXPECT_FALSE(options.profiles.empty());
  EXPECT_TRUE(options.dry_run);
  EXPECT_FALSE(options.force);
  ExpectRefused({"rebuild", "--listen", "127.0.0.1:1"}, {"--listen: is no flag of rebuild"});
}

}  // namespace

}  // namespace keymeter::processor
