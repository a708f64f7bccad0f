#include "processor/options.h"

#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "processor/version.h"

namespace keymeter::processor {

namespace {

/// A command line and an environment: what is set is unset at the end of the test.
class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    for (const char* name :
         {"KEYMETER_REDIS", "KEYMETER_REDIS_PASSWORD", "KEYMETER_DB", "KEYMETER_LISTEN",
          "KEYMETER_PROBE_LISTEN", "KEYMETER_UTC_OFFSET", "KEYMETER_PROFILE", "KEYMETER_FLUSH_INTERVAL",
          "KEYMETER_LOG_LEVEL", "KEYMETER_LOG_FORMAT", "KEYMETER_NO_AUTH"})
      SetEnvironment(name, nullptr);
  }
  ~OptionsTest() override {
    for (const auto& [name, value] : before_) Put(name, value ? value->c_str() : nullptr);
  }

  void SetEnvironment(const std::string& name, const char* value) {
    const char* before = std::getenv(name.c_str());
    before_.try_emplace(name, before == nullptr ? std::nullopt : std::optional<std::string>(before));
    Put(name, value);
  }

  static Invocation Parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "keymeter");
    return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
  }
  static Options Taken(const std::vector<const char*>& arguments) {
    Invocation invocation = Parse(arguments);
    EXPECT_EQ(invocation.text, "");
    EXPECT_EQ(invocation.exit_code, 0);
    return std::move(invocation.options);
  }

 private:
  static void Put(const std::string& name, const char* value) {
    value == nullptr ? unsetenv(name.c_str()) : setenv(name.c_str(), value, 1);
  }
  std::map<std::string, std::optional<std::string>> before_;
};

TEST_F(OptionsTest, HaveDefaults) {
  const Options options = Taken({"run"});
  EXPECT_TRUE(options.Processes());
  EXPECT_TRUE(options.Serves());
  EXPECT_EQ(options.redis.url.Display(), "redis://127.0.0.1:6379/0");
  EXPECT_EQ(options.db_path, "keymeter.db");
  EXPECT_EQ(options.listen, "127.0.0.1:8787");
  EXPECT_EQ(options.probe_listen, "127.0.0.1:8788");
  EXPECT_FALSE(options.utc_offset_s);
  EXPECT_EQ(options.profile.name, "claude-relay-service");
  EXPECT_EQ(options.flush_interval_ms, 1000);
  EXPECT_EQ(options.log_level, log::Severity::kInfo);
  EXPECT_EQ(options.log_format, log::Format::kLogfmt);
  EXPECT_FALSE(options.no_auth);
}

TEST_F(OptionsTest, TakeEveryFlag) {
  const Options options = Taken({"run",
                                 "--redis",
                                 "redis://:pw@h:1/2",
                                 "--db",
                                 "x.db",
                                 "--listen",
                                 "[::1]:0",
                                 "--probe-listen",
                                 "h:0",
                                 "--utc-offset",
                                 "+08:00",
                                 "--profile",
                                 "claude-relay-service",
                                 "--flush-interval",
                                 "500ms",
                                 "--log-level",
                                 "debug",
                                 "--log-format",
                                 "json",
                                 "--no-auth"});
  EXPECT_EQ(options.redis.url.Display(), "redis://h:1/2");
  EXPECT_EQ(options.redis.url.password, "pw");
  EXPECT_EQ(options.db_path, "x.db");
  EXPECT_EQ(options.listen, "[::1]:0");
  EXPECT_EQ(options.probe_listen, "h:0");
  EXPECT_EQ(options.utc_offset_s, 28800);
  EXPECT_EQ(options.flush_interval_ms, 500);
  EXPECT_EQ(options.log_level, log::Severity::kDebug);
  EXPECT_EQ(options.log_format, log::Format::kJson);
  EXPECT_TRUE(options.no_auth);
}

TEST_F(OptionsTest, TakeTheEnvironmentBeforeADefault) {
  SetEnvironment("KEYMETER_REDIS", "redis://h:1/2");
  SetEnvironment("KEYMETER_DB", "env.db");
  SetEnvironment("KEYMETER_LISTEN", "127.0.0.1:1");
  SetEnvironment("KEYMETER_PROBE_LISTEN", "127.0.0.1:2");
  SetEnvironment("KEYMETER_UTC_OFFSET", "-03:00");
  SetEnvironment("KEYMETER_FLUSH_INTERVAL", "2s");
  SetEnvironment("KEYMETER_LOG_LEVEL", "warn");
  SetEnvironment("KEYMETER_LOG_FORMAT", "json");
  SetEnvironment("KEYMETER_NO_AUTH", "true");
  const Options options = Taken({"run"});
  EXPECT_EQ(options.redis.url.Display(), "redis://h:1/2");
  EXPECT_EQ(options.db_path, "env.db");
  EXPECT_EQ(options.listen, "127.0.0.1:1");
  EXPECT_EQ(options.probe_listen, "127.0.0.1:2");
  EXPECT_EQ(options.utc_offset_s, -3 * 3600);
  EXPECT_EQ(options.flush_interval_ms, 2000);
  EXPECT_EQ(options.log_level, log::Severity::kWarn);
  EXPECT_EQ(options.log_format, log::Format::kJson);
  EXPECT_TRUE(options.no_auth);
}

TEST_F(OptionsTest, TakeAFlagBeforeTheEnvironment) {
  SetEnvironment("KEYMETER_DB", "env.db");
  SetEnvironment("KEYMETER_REDIS", "not a URL");
  const Options options = Taken({"process", "--db", "flag.db", "--redis", "redis://h"});
  EXPECT_EQ(options.db_path, "flag.db");
  EXPECT_EQ(options.redis.url.host, "h");
}

TEST_F(OptionsTest, TakeThePasswordOutOfTheEnvironmentUnlessTheUrlHasOne) {
  SetEnvironment("KEYMETER_REDIS_PASSWORD", "from the environment");
  EXPECT_EQ(Taken({"process", "--redis", "redis://h"}).redis.url.password, "from the environment");
  EXPECT_EQ(Taken({"process", "--redis", "redis://:url@h"}).redis.url.password, "url");
}

TEST_F(OptionsTest, TakeNoAuthIsFalseForNo) {
  SetEnvironment("KEYMETER_NO_AUTH", "false");
  EXPECT_FALSE(Taken({"serve"}).no_auth);
}

TEST_F(OptionsTest, KnowWhatEachCommandDoes) {
  EXPECT_FALSE(Taken({"process"}).Serves());
  EXPECT_TRUE(Taken({"process"}).Processes());
  EXPECT_TRUE(Taken({"serve"}).Serves());
  EXPECT_FALSE(Taken({"serve"}).Processes());
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
  for (const char* word :
       {"run", "process", "serve", "--version", "KEYMETER_REDIS_PASSWORD", "sqlite3 -readonly"})
    EXPECT_NE(general.text.find(word), std::string::npos) << word;
  const Invocation run = Parse({"run", "--help"});
  EXPECT_EQ(run.exit_code, 0);
  for (const char* flag : {"--redis", "--db", "--listen", "--probe-listen", "--utc-offset", "--profile",
                           "--flush-interval", "--log-level", "--log-format", "--no-auth"})
    EXPECT_NE(run.text.find(flag), std::string::npos) << flag;
}

TEST_F(OptionsTest, ShowNoPasswordOfTheEnvironmentInTheirHelp) {
  SetEnvironment("KEYMETER_REDIS", "redis://:sesame@h");
  SetEnvironment("KEYMETER_REDIS_PASSWORD", "sesame");
  for (const char* command : {"run", "process"})
    EXPECT_EQ(Parse({command, "--help"}).text.find("sesame"), std::string::npos);
}

struct WrongCase {
  std::vector<const char*> arguments;
  std::vector<const char*> expected;  ///< all of them are in the text
};

TEST_F(OptionsTest, AreWrongWithTheFlagTheValueAndTheRemedy) {
  const WrongCase cases[] = {
      {{"run", "--log-level", "loud"}, {"--log-level", "loud", "debug", "error"}},
      {{"run", "--log-format", "xml"}, {"--log-format", "xml", "logfmt", "json"}},
      {{"run", "--flush-interval", "never"}, {"--flush-interval", "never", "500ms"}},
      {{"run", "--flush-interval", "99ms"}, {"--flush-interval", "99ms", "100ms"}},
      {{"run", "--utc-offset", "+08:30"}, {"--utc-offset", "+08:30"}},
      {{"run", "--utc-offset", "Berlin"}, {"--utc-offset", "Berlin"}},
      {{"run", "--profile", "/no/such.json"}, {"--profile", "/no/such.json"}},
      {{"run", "--redis", "http://h"}, {"--redis", "redis://[[user]:password@]host[:port][/database]"}},
      {{"run", "--no-such-flag"}, {"--no-such-flag"}},
      {{"run", "--db"}, {"--db"}},
      {{"fly"}, {"'fly'", "run, process, serve"}},
      {{"run", "--redis", "redis://name@h"}, {"--redis", "KEYMETER_REDIS_PASSWORD"}},
      {{}, {"subcommand", "--help"}},
      {{"process", "--listen", "h:1"}, {"--listen"}},
      {{"serve", "--redis", "redis://h"}, {"--redis"}},
  };
  for (const WrongCase& c : cases) {
    const Invocation invocation = Parse(c.arguments);
    EXPECT_EQ(invocation.exit_code, 2) << invocation.text;
    EXPECT_TRUE(invocation.is_error) << invocation.text;
    for (const char* word : c.expected)
      EXPECT_NE(invocation.text.find(word), std::string::npos) << invocation.text;
  }
}

TEST_F(OptionsTest, NeverRepeatAPassword) {
  for (const char* url : {"http://:sesame@h", "redis://:sesame@h:x", "redis://:sesame@h/x"})
    EXPECT_EQ(Parse({"run", "--redis", url}).text.find("sesame"), std::string::npos) << url;
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

}  // namespace

}  // namespace keymeter::processor
