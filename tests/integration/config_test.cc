// The binary with a configuration file, an environment and flags.

#include <csignal>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/program.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

class ConfigTest : public ::testing::Test {
 protected:
  std::string Written(const std::string& name, const std::string& content, mode_t mode = 0600) {
    std::string path = directory_.File(name);
    WriteFile(path, content);
    ::chmod(path.c_str(), mode);
    return path;
  }
  const TempDir directory_;
};

TEST_F(ConfigTest, OfDeployIsTakenAsItStands) {
  const Ended printed =
      RunKeymeter({"run", "--config", KEYMETER_SOURCE_DIR "/deploy/keymeter.json", "--print-config"});
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  EXPECT_NE(printed.out.find("flush_interval = 1s "), std::string::npos) << printed.out;
  EXPECT_NE(printed.out.find("# file " KEYMETER_SOURCE_DIR "/deploy/keymeter.json"), std::string::npos);
}

TEST_F(ConfigTest, PrintedIsRefusedWhereAStartIsRefused) {
  const std::vector<std::vector<std::string>> refused = {{"--listen", "0.0.0.0:8787"},
                                                         {"--probe-listen", "nowhere"},
                                                         {"--prices", directory_.File("missing.json")},
                                                         {"--token-file", directory_.File("missing.json")}};
  for (const auto& flags : refused) {
    std::vector<std::string> start = {"run", "--db", directory_.File("k.db"), flags[0], flags[1]};
    const Ended started = RunKeymeter(start);
    start.emplace_back("--print-config");
    const Ended printed = RunKeymeter(start);
    EXPECT_EQ(started.exit_code, 2) << flags[0];
    EXPECT_EQ(printed.exit_code, 2) << flags[0];
    EXPECT_NE(printed.out.find("flush_interval = "), std::string::npos) << printed.out;
    EXPECT_NE(printed.error.find(flags[1]), std::string::npos) << printed.error;
  }
}

TEST_F(ConfigTest, IsWhatTheProgramRunsWith) {
  RedisServer::Options options;
  options.password = "sesame";
  RedisServer redis(options);
  const std::string password = Written("password", "sesame\n");
  const std::string db = directory_.File("from_the_file.db");
  const nlohmann::json settings = {{"redis", "redis://127.0.0.1:" + std::to_string(redis.port())},
                                   {"redis_password_file", password},
                                   {"db", db},
                                   {"log_format", "json"},
                                   {"flush_interval", 0.2}};
  const std::string config = Written("keymeter.json", "// ours\n" + settings.dump());
  Program program("run", {"--config", config, "--log-format", "logfmt"});
  program.AwaitLine("msg=\"baseline read\"");
  EXPECT_FALSE(ReadFile(db).empty());
  EXPECT_EQ(program.process().StandardError().find("sesame"), std::string::npos);
}

TEST_F(ConfigTest, WarnsOfAPasswordInTheListOfProcessesButDoesNotLogIt) {
  RedisServer::Options options;
  options.password = "sesame";
  RedisServer redis(options);
  Program program("process", {"--redis", redis.url(), "--db", directory_.File("k.db")});
  program.AwaitLine("level=warn");
  program.AwaitLine("msg=\"baseline read\"");
  const std::string log = program.process().StandardError();
  EXPECT_NE(log.find("KEYMETER_REDIS_PASSWORD"), std::string::npos) << log;
  EXPECT_EQ(log.find("sesame"), std::string::npos) << log;
}

TEST_F(ConfigTest, ThatIsWrongEndsTheProgramWithItsPlace) {
  const struct {
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;
    std::string says;
  } cases[] = {
      {{"run", "--config", Written("a.json", R"({"flush_intervall": 1})")},
       {},
       "did you mean flush_interval?"},
      {{"run", "--config", Written("b.json", "{\"db\": \"a\",\n oops}")}, {}, "line 2, column 2"},
      {{"serve", "--config", Written("c.json", R"({"redis_password": "sesame"})", 0644)}, {}, "chmod 640"},
      {{"run"}, {{"KEYMETER_LISTENN", "x"}}, "did you mean KEYMETER_LISTEN?"},
      {{"run"}, {{"KEYMETER_POLL", "fast"}}, "KEYMETER_POLL: 'fast'"},
      {{"run"}, {{"KEYMETER_CONFIG", "/nowhere.json"}}, "/nowhere.json"},
  };
  for (const auto& c : cases) {
    const Ended ended = RunKeymeter(c.arguments, c.environment);
    EXPECT_EQ(ended.exit_code, 2) << c.says;
    EXPECT_NE(ended.error.find(c.says), std::string::npos) << ended.error;
    EXPECT_EQ(ended.error.find("sesame"), std::string::npos);
  }
}

}  // namespace
}  // namespace keymeter::testing
