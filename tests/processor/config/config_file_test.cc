#include "processor/config/config_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

namespace keymeter::processor {
namespace {

using testing::TempDir;
using testing::WriteFile;

std::map<std::string, std::string> Texts(const SettingTexts& settings) {
  std::map<std::string, std::string> texts;
  for (const auto& [setting, text] : settings) texts[std::string(setting->name)] = text;
  return texts;
}

std::map<std::string, std::string> Parsed(std::string_view json) {
  const auto settings = ParseConfig(json);
  EXPECT_TRUE(settings) << settings.error().message;
  return settings ? Texts(*settings) : std::map<std::string, std::string>();
}

class ConfigFile : public ::testing::Test {
 protected:
  std::string Written(std::string_view json, mode_t mode) {
    std::string path = directory_.File("keymeter.json");
    WriteFile(path, json);
    ::chmod(path.c_str(), mode);
    return path;
  }
  const TempDir directory_;
};

TEST_F(ConfigFile, HoldsTextsSwitchesTimesAndListsAmongComments) {
  const std::map<std::string, std::string> expected = {{"db", "a.db"},
                                                       {"no_auth", "true"},
                                                       {"flush_interval", "0.5"},
                                                       {"poll", "off"},
                                                       {"allowed_hosts", "a.example,b.example"},
                                                       {"redis_connect_timeout", "500ms"}};
  EXPECT_EQ(Parsed(R"(// at the top
    {"db": "a.db", /* a file */ "no_auth": true, "flush_interval": 0.5, "poll": "off",
     "allowed_hosts": ["a.example", "b.example"], // names
     "redis_connect_timeout": "500ms"})"),
            expected);
  EXPECT_TRUE(Parsed("{}").empty());
}

TEST_F(ConfigFile, IsWrongWithKeyValueAndWhatItTakes) {
  const struct {
    const char* json;
    std::vector<const char*> words;
  } cases[] = {
      {R"({"flush_intervall": 1})", {"flush_intervall", "did you mean flush_interval"}},
      {R"({"flush-interval": 1})", {"flush-interval", "did you mean flush_interval"}},
      {R"({"config": "other.json"})", {"config", "no setting"}},
      {R"({"xyzzy": 1})", {"xyzzy", "no setting"}},
      {R"({"db": 3})", {"db", "3", "text in quotes"}},
      {R"({"db": null})", {"db", "null"}},
      {R"({"no_auth": "yes"})", {"no_auth", "yes", "true or false"}},
      {R"({"flush_interval": true})", {"flush_interval", "true", "500ms"}},
      {R"({"allowed_hosts": [1]})", {"allowed_hosts", "list of texts"}},
      {R"({"allowed_hosts": {"a": 1}})", {"allowed_hosts", "object"}},
      {R"({"db": "a", "db": "b"})", {"db", "twice"}},
      {R"(["db"])", {"no JSON object"}},
      {"{\n  \"db\": \"a\",\n  oops\n}", {"line 3, column 3"}},
      {"", {"line 1, column 1"}},
      {"{\"db\": \"\xff\"}", {"line 1"}},
  };
  for (const auto& c : cases) {
    const auto settings = ParseConfig(c.json);
    ASSERT_FALSE(settings) << c.json;
    for (const char* word : c.words)
      EXPECT_NE(settings.error().message.find(word), std::string::npos) << settings.error().message;
  }
}

TEST_F(ConfigFile, IsNotNestedDeeply) {
  const auto refusal = [](std::size_t depth) {
    const auto settings = ParseConfig(R"({ // [
          "db": )" + std::string(depth, '[') +
                                      std::string(depth, ']') + "}");
    return settings ? "" : settings.error().message;
  };
  EXPECT_NE(refusal(15).find("db: array does not fit"), std::string::npos);
  for (const std::size_t depth : {16U, 100'000U}) EXPECT_EQ(refusal(depth), "is nested deeper than 16");
}

TEST_F(ConfigFile, NeverRepeatsASecret) {
  for (const char* json : {R"({"redis_password": ["sesame"]})", R"({"redis_password": sesame})",
                           R"({"redis": ["redis://:sesame@h"]})", R"({"redis_password": "sesame)"}) {
    const auto settings = ParseConfig(json);
    ASSERT_FALSE(settings) << json;
    EXPECT_EQ(settings.error().message.find("sesame"), std::string::npos) << settings.error().message;
  }
}

TEST_F(ConfigFile, WithAPasswordMustNotBeReadableByEverybody) {
  for (const char* json : {R"({"redis_password": "sesame"})", R"({"redis": "redis://:sesame@h"})"}) {
    const auto refused = ReadConfigFile(Written(json, 0644));
    ASSERT_FALSE(refused) << json;
    for (const char* word : {"keymeter.json", "chmod 640", "redis_password_file"})
      EXPECT_NE(refused.error().message.find(word), std::string::npos) << refused.error().message;
    EXPECT_TRUE(ReadConfigFile(Written(json, 0640)));
  }
  EXPECT_TRUE(ReadConfigFile(Written(R"({"redis": "redis://h", "redis_password": ""})", 0644)));
}

TEST_F(ConfigFile, ThatCannotBeReadIsNamed) {
  for (const std::string& path : {directory_.File("missing.json"), directory_.path().string()}) {
    const auto settings = ReadConfigFile(path);
    ASSERT_FALSE(settings);
    EXPECT_NE(settings.error().message.find(path), std::string::npos) << settings.error().message;
  }
  const auto too_long = ReadConfigFile(Written(std::string((1 << 20) + 1, ' '), 0644));
  ASSERT_FALSE(too_long);
  EXPECT_NE(too_long.error().message.find("longer"), std::string::npos) << too_long.error().message;
}

TEST_F(ConfigFile, OfDeployHasEverySettingWithItsDefault) {
  const auto example = ReadConfigFile(KEYMETER_EXAMPLE_CONFIG);
  ASSERT_TRUE(example) << example.error().message;
  std::map<std::string, std::string> defaults;
  for (const Setting& setting : AllSettings())
    if ((setting.places & Setting::kFile) != 0)
      defaults[std::string(setting.name)] = std::string(setting.default_text);
  EXPECT_EQ(Texts(*example), defaults);
}

}  // namespace
}  // namespace keymeter::processor
