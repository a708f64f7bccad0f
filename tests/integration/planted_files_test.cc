// FIFOs, links and devices in the places of files that the program reads, writes or locks.

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

namespace fs = std::filesystem;

class PlantedFiles : public ::testing::Test {
 protected:
  PlantedFiles() { Fifo("fifo"); }

  [[nodiscard]] std::string Path(const std::string& name) const { return directory_.File(name); }
  void Fifo(const std::string& name) const {
    fs::remove(Path(name));
    ASSERT_EQ(::mkfifo(Path(name).c_str(), 0600), 0);
  }
  /// A link to a file of somebody else, which must stay as it is.
  void LinkToTheirs(const std::string& name) const {
    WriteFile(Path("theirs"), "theirs");
    fs::remove(Path(name));
    fs::create_symlink(Path("theirs"), Path(name));
  }
  void ExpectTheirsUntouched() const { EXPECT_EQ(ReadFile(Path("theirs")), "theirs"); }

  const TempDir directory_;
  RedisServer redis_;
};

TEST_F(PlantedFiles, AFifoIsNamedAtOnceWhateverIsReadFromIt) {
  const std::string fifo = Path("fifo");
  const std::vector<std::vector<std::string>> commands = {
      {"run", "--config", fifo},
      {"run", "--profile", fifo},
      {"run", "--prices", fifo},
      {"run", "--redis-password-file", fifo},
      {"run", "--listen", "tls://127.0.0.1:0", "--tls-cert", fifo, "--tls-key", fifo},
      {"run", "--jwt-secret-file", fifo},
      {"run", "--token-file", fifo},
      {"run", "--db", fifo},
      {"status", "--db", fifo},
      {"status", "--config", fifo},
      {"backup", Path("copy.db"), "--db", fifo}};
  for (std::vector<std::string> command : commands) {
    const std::string shown = command[0] + " " + command[1];
    const auto has = [&](const std::string& flag) {
      return std::find(command.begin(), command.end(), flag) != command.end();
    };
    if (!has("--db")) command.insert(command.end(), {"--db", Path("k.db")});
    if (command[0] == "run" && !has("--listen")) command.insert(command.end(), {"--listen", "127.0.0.1:0"});
    if (command[0] == "run")
      command.insert(command.end(), {"--probe-listen", "127.0.0.1:0", "--redis", redis_.url()});
    const Ended ended = RunKeymeter(command);
    EXPECT_TRUE(ended.exit_code == 1 || ended.exit_code == 2) << shown << ": " << ended.exit_code;
    EXPECT_NE(ended.error.find("is no regular file"), std::string::npos) << shown << ": " << ended.error;
  }
}

TEST_F(PlantedFiles, AFifoInThePlaceOfTheFileHoldsUpNoRequest) {
  Program program("serve", {"--db", Path("fifo")});
  EXPECT_EQ(HttpGet(program.Api("/api/apikeys")).status, 503);
  program.process().Signal(SIGTERM);
  EXPECT_EQ(program.process().Wait(), 0);
}

TEST_F(PlantedFiles, CheckNamesAFifoAndEnds) {
  for (const char* flag : {"--prices", "--profile", "--config", "--redis-password-file"}) {
    const Ended ended =
        RunKeymeter({"check", "--redis", redis_.url(), "--db", Path("k.db"), flag, Path("fifo")});
    EXPECT_GT(ended.exit_code, 0) << flag;
    EXPECT_NE((ended.out + ended.error).find("is no regular"), std::string::npos)
        << flag << ": " << ended.out << ended.error;
  }
  const Ended ended = RunKeymeter({"check", "--redis", redis_.url(), "--db", Path("fifo")});
  EXPECT_GT(ended.exit_code, 0) << ended.out << ended.error;
}

TEST_F(PlantedFiles, PricesThatBecomeAFifoHoldUpNeitherTheLoopNorTheEnd) {
  WriteFile(Path("prices.json"), R"({"gpt-5": {"input_cost_per_token": 2e-06}})");
  Program program("run", {"--redis", redis_.url(), "--db", Path("k.db"), "--prices", Path("prices.json")});
  program.AwaitLine("msg=\"baseline read\"");
  Fifo("prices.json");
  program.process().Signal(SIGHUP);
  program.AwaitLine("is no regular file");
  program.process().Signal(SIGTERM);
  EXPECT_EQ(program.process().Wait(), 0);
}

TEST_F(PlantedFiles, ALinkInThePlaceOfTheLockIsNotFollowed) {
  LinkToTheirs("k.db.lock");
  const Ended ended = RunKeymeter(
      {"process", "--redis", redis_.url(), "--db", Path("k.db"), "--probe-listen", "127.0.0.1:0"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_NE(ended.error.find("is a symbolic link, which is not followed"), std::string::npos) << ended.error;
  ExpectTheirsUntouched();
}

TEST_F(PlantedFiles, ABackupReplacesRegularFilesOnly) {
  {
    Program program("process", {"--redis", redis_.url(), "--db", Path("k.db")});
    program.AwaitLine("msg=\"baseline read\"");
  }
  const auto backup = [this](const std::string& target) {
    return RunKeymeter({"backup", Path(target), "--db", Path("k.db"), "--force"});
  };
  LinkToTheirs("out.db.partial");
  EXPECT_EQ(backup("out.db").exit_code, 1);
  EXPECT_FALSE(fs::exists(Path("out.db")));
  LinkToTheirs("link.db");
  EXPECT_EQ(backup("link.db").exit_code, 1);
  EXPECT_TRUE(fs::is_symlink(Path("link.db")));
  ExpectTheirsUntouched();
  EXPECT_EQ(backup("fifo").exit_code, 1);
  EXPECT_TRUE(fs::is_fifo(Path("fifo")));
  WriteFile(Path("old.db"), "old");
  const Ended replaced = backup("old.db");
  EXPECT_EQ(replaced.exit_code, 0) << replaced.error;
  EXPECT_GT(fs::file_size(Path("old.db")), 3U);
}

}  // namespace
}  // namespace keymeter::testing
