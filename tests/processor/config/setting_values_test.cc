#include "processor/config/setting_values.h"

#include <algorithm>

#include "tests/processor/config/options_fixture.h"

namespace keymeter::processor {
namespace {

class SettingValuesTest : public OptionsTest {};

TEST_F(SettingValuesTest, TakeFlagsBeforeTheEnvironmentBeforeTheFile) {
  const std::string file =
      Written("k.json", R"({"db": "file.db", "listen": "file:1", "log_level": "error"})");
  environment_ = {{"KEYMETER_DB", "env.db"}, {"KEYMETER_LISTEN", "env:1"}, {"KEYMETER_REDIS", "not a URL"}};
  const Options options = Taken({"run", "--db", "flag.db", "--redis", "redis://h", "--config", file.c_str()});
  EXPECT_EQ(options.processor.db_path, "flag.db");
  EXPECT_EQ(options.processor.redis.url.host, "h");
  EXPECT_EQ(options.api.listen, std::vector<std::string>{"env:1"});
  EXPECT_EQ(options.log.level, log::Severity::kError);
}

TEST_F(SettingValuesTest, LeaveOtherCommandsSettingsAlone) {
  environment_ = {{"KEYMETER_REDIS", "not a URL"}, {"KEYMETER_FLUSH_INTERVAL", "never"}};
  EXPECT_EQ(Taken({"serve", "--db", "x.db"}).processor.db_path, "x.db");
  EXPECT_EQ(Taken({"status"}).processor.db_path, "keymeter.db");
}

TEST_F(SettingValuesTest, TakeAnEmptyVariableForNone) {
  environment_["KEYMETER_DB"] = "";
  EXPECT_EQ(Taken({"serve"}).processor.db_path, "keymeter.db");
}

TEST_F(SettingValuesTest, LeaveOutWhatKubernetesSaysOfAServiceOfThatName) {
  environment_ = {{"KEYMETER_SERVICE_HOST", "10.0.0.1"},
                  {"KEYMETER_SERVICE_PORT_PROBE", "8788"},
                  {"KEYMETER_PORT", "tcp://10.0.0.1:8787"},
                  {"KEYMETER_PORT_8787_TCP_ADDR", "10.0.0.1"},
                  {"KEYMETER_API_PORT", "tcp://10.0.0.1:8787"}};
  EXPECT_EQ(Taken({"serve"}).processor.db_path, "keymeter.db");
}

TEST_F(SettingValuesTest, TakeASwitchThatIsOffForOff) {
  for (const char* off : {"0", "false", "no", "off"}) {
    environment_["KEYMETER_REDIS_TLS_NO_VERIFY"] = off;
    EXPECT_TRUE(Taken({"process"}).processor.redis.tls.verify) << off;
  }
}

TEST_F(SettingValuesTest, PrintWhatTheyAreAndWhereFromWithoutSecrets) {
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

TEST_F(SettingValuesTest, PrintNothingButTheErrorWhenTheyAreWrong) {
  ExpectRefused({"run", "--log-level", "loud", "--print-config"}, {"--log-level"});
}

TEST_F(SettingValuesTest, AreWrongWithTheVariable) {
  environment_ = {{"KEYMETER_FLUSH_INTERVAL", "never"}};
  ExpectRefused({"run"}, {"KEYMETER_FLUSH_INTERVAL: ", "never"});
  environment_ = {{"KEYMETER_FLUSH_INTERVALL", "1s"}};
  ExpectRefused({"run"}, {"KEYMETER_FLUSH_INTERVALL", "did you mean KEYMETER_FLUSH_INTERVAL?"});
  environment_ = {{"KEYMETER_TOKEN", "x"}};
  EXPECT_EQ(Parse({"run"}).text, "keymeter: KEYMETER_TOKEN: is no setting\n");
}

TEST_F(SettingValuesTest, AreWrongWithFileAndKey) {
  const std::string file = Written("k.json", R"({"flush_interval": "never"})");
  ExpectRefused({"run", "--config", file.c_str()}, {file + ": flush_interval: ", "never"});
}

TEST_F(SettingValuesTest, AreWrongWhereTextsAreNone) {
  ExpectRefused({"run", "--db", ""}, {"--db: is empty; name a file"});
  const std::string file = Written("k.json", R"({"db": "a\u0000b"})");
  ExpectRefused({"run", "--config", file.c_str()}, {file + ": db: holds a control character"});
}

/// Hooks of tests are taken by an executable of their own: see tests/support/test_hooks.h.
TEST_F(SettingValuesTest, KnowNothingOfWhatTestsTellTheirProgram) {
  environment_["KEYMETER_TEST_CRASH_AT"] = "flush.growth:3";
  ExpectRefused({"serve"}, {"KEYMETER_TEST_CRASH_AT: is no setting"});
}

}  // namespace
}  // namespace keymeter::processor
