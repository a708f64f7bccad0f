// `keymeter status` and `keymeter healthcheck` beside a real run.

#include <csignal>
#include <sstream>

#include <gtest/gtest.h>

#include "processor/commands/terminal_text.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/terminal_process.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

/// A relay, a run that has read its baseline, and what is asked about them.
class StatusTest : public ::testing::Test {
 protected:
  StatusTest() : program_("run", {"--redis", redis_.url(), "--db", db_, "--flush-interval", "200ms"}) {
    program_.AwaitLine("msg=\"baseline read\"");
  }

  [[nodiscard]] Ended Status(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"status", "--db", db_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunKeymeter(arguments);
  }
  [[nodiscard]] nlohmann::json Json() const { return nlohmann::json::parse(Status({"--json"}).out); }
  [[nodiscard]] Ended Healthcheck(std::vector<std::string> more = {}) const {
    const std::string address = program_.Probe("").substr(7);
    std::vector<std::string> arguments = {"healthcheck", "--probe-listen", address};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunKeymeter(arguments);
  }
  void Requests(int count) {
    RunRelayLoad(redis_, {"--rps", "0", "--requests", std::to_string(count), "--keys", "3", "--skew", "0"});
  }
  void Stop() {
    program_.process().Signal(SIGTERM);
    EXPECT_EQ(program_.process().Wait(), 0);
  }

  const TempDir directory_;
  const std::string db_ = directory_.File("keymeter.db");
  RedisServer redis_;
  Program program_;
};

TEST_F(StatusTest, OfARunningOneIsWellAndHasItsRates) {
  ASSERT_TRUE(WaitFor([this] { return Status().exit_code == 0; })) << Status().out;
  Requests(60);
  ASSERT_TRUE(WaitFor([this] { return Json().at("rpm") > 0; })) << Json();
  const auto json = Json();
  EXPECT_EQ(json.at("state"), "running");
  EXPECT_EQ(json.at("ok"), true) << json;
  EXPECT_EQ(json.at("connected"), true);
  EXPECT_EQ(json.at("pid"), program_.process().pid());
  EXPECT_EQ(json.at("profile"), "claude-relay-service");
  EXPECT_FALSE(json.at("busiest").empty());
  EXPECT_GT(json.at("file").at("walBytes"), 0);
  const std::string text = Status().out;
  for (const char* word : {"running, pid ", "connected, claude-relay-service", "requests/min", db_.c_str()})
    EXPECT_NE(text.find(word), std::string::npos) << word << " is not in\n" << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "colours, and no terminal";
}

TEST_F(StatusTest, OfAStoppedOneSaysSince) {
  Stop();
  const Ended status = Status();
  EXPECT_EQ(status.exit_code, 1);
  EXPECT_NE(status.out.find("stopped 20"), std::string::npos) << status.out;
  EXPECT_EQ(Json().at("state"), "stopped");
}

TEST_F(StatusTest, WithoutRedisNamesTheProblem) {
  redis_.Stop();
  ASSERT_TRUE(WaitFor([this] { return Status().exit_code == 1; }));
  ASSERT_TRUE(WaitFor([this] { return Status().out.find("! not connected: ") != std::string::npos; }))
      << Status().out;
  ASSERT_TRUE(WaitFor([this] { return Healthcheck().exit_code == 1; }));
  EXPECT_NE(Healthcheck().out.find("not healthy\n- not connected"), std::string::npos) << Healthcheck().out;
  EXPECT_EQ(Healthcheck({"--live"}).exit_code, 0);
}

TEST_F(StatusTest, HealthcheckIsWellWhenTheProbesAre) {
  ASSERT_TRUE(WaitFor([this] { return Healthcheck().exit_code == 0; })) << Healthcheck().out;
  EXPECT_EQ(Healthcheck().out, "healthy\n");
  EXPECT_EQ(Healthcheck({"--ready"}).exit_code, 0);
  Stop();
  EXPECT_EQ(Healthcheck().exit_code, 1);
}

TEST_F(StatusTest, WatchedWithoutATerminalIsOneBlockEachTime) {
  ChildProcess watch({KEYMETER_BINARY, "status", "--db", db_, "--watch", "100ms", "--json"});
  ASSERT_TRUE(WaitFor([&watch] { return watch.Lines().size() >= 3; }));
  watch.Signal(SIGINT);
  EXPECT_TRUE(watch.Wait().has_value());
  EXPECT_EQ(watch.StandardOutput().find('\x1b'), std::string::npos);
  for (const std::string& line : watch.Lines()) EXPECT_TRUE(nlohmann::json::parse(line).contains("state"));
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The row of all keys: "all   155   1,507,011".
std::string RowOfAll(const std::string& frame) {
  for (const std::string& line : LinesOf(frame))
    if (line.find(" all ") != std::string::npos) return line;
  return "";
}

TEST_F(StatusTest, WatchedOnATerminalChangesInPlaceAndRestoresIt) {
  TerminalProcess watch({KEYMETER_BINARY, "status", "--db", db_, "--watch", "100ms"}, 24, 80);
  ASSERT_TRUE(WaitFor([&watch] { return !RowOfAll(watch.Frame()).empty(); })) << watch.Written();
  EXPECT_TRUE(watch.Written().starts_with("\x1b[?1049h\x1b[?25l")) << "the other screen, without a cursor";
  const std::string before = RowOfAll(watch.Frame());
  Requests(40);
  ASSERT_TRUE(WaitFor([&] { return RowOfAll(watch.Frame()) != before; })) << watch.Frame();

  watch.Resize(6, 30);
  ASSERT_TRUE(WaitFor([&watch] { return LinesOf(watch.Frame()).size() == 6; })) << watch.Frame();
  for (const std::string& line : LinesOf(watch.Frame()))
    EXPECT_LE(processor::DisplayWidth(line), 30U) << line;

  watch.Type("\x03");
  EXPECT_EQ(watch.Wait(), 0);
  EXPECT_TRUE(watch.Written().ends_with("\x1b[?25h\x1b[?1049l"));
}

TEST_F(StatusTest, WatchedOnATerminalIsRestoredAfterSigtermToo) {
  TerminalProcess watch({KEYMETER_BINARY, "status", "--db", db_, "--watch"}, 24, 80);
  ASSERT_TRUE(WaitFor([&watch] { return !watch.Frame().empty(); }));
  watch.Signal(SIGTERM);
  ASSERT_TRUE(watch.Wait().has_value());
  EXPECT_TRUE(watch.Written().ends_with("\x1b[?25h\x1b[?1049l"));
}

TEST(StatusOfNoFile, NamesItAndTheFlag) {
  const Ended status = RunKeymeter({"status", "--db", "/nowhere/k.db"});
  EXPECT_EQ(status.exit_code, 1);
  EXPECT_NE(status.error.find("/nowhere/k.db"), std::string::npos) << status.error;
  EXPECT_NE(status.error.find("--db"), std::string::npos) << status.error;
}

TEST(HealthcheckOfNobody, IsNotHealthy) {
  const Ended health = RunKeymeter({"healthcheck", "--probe-listen", "127.0.0.1:1"});
  EXPECT_EQ(health.exit_code, 1);
  EXPECT_NE(health.error.find("127.0.0.1:1"), std::string::npos) << health.error;
  EXPECT_EQ(RunKeymeter({"healthcheck", "--probe-listen", "nonsense"}).exit_code, 2);
}

}  // namespace
}  // namespace keymeter::testing
