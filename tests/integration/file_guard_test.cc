// The file under a running processor: one writer, a file that is deleted, replaced or damaged, and one made
// anew.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>

#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

namespace fs = std::filesystem;

/// A signal to stop takes its time; "4711 (keymeter) T …" says that it has arrived.
bool IsStopped(pid_t pid) {
  return ReadFile("/proc/" + std::to_string(pid) + "/stat").find(") T ") != std::string::npos;
}

/// A relay and a file of its usage.
class InodeWatchTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> Arguments() const {
    return {"--redis", redis_.url(), "--db", db_, "--flush-interval", "200ms"};
  }
  [[nodiscard]] std::unique_ptr<Program> Start() const {
    auto program = std::make_unique<Program>("process", Arguments());
    program->AwaitLine("msg=\"baseline read\"");
    return program;
  }
  [[nodiscard]] Ended Keymeter(const std::string& command, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {command, "--redis",      redis_.url(), "--db",
                                          db_,     "--utc-offset", "+08:00"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunKeymeter(arguments);
  }
  /// What a processor says that ends by itself.
  static std::string EndOf(Program& program) {
    EXPECT_EQ(program.process().Wait(), 1) << program.process().StandardError();
    return program.process().StandardError();
  }
  nlohmann::json Use(int requests) const {
    return RunRelayLoad(redis_, {"--rps", "0", "--requests", std::to_string(requests), "--keys", "200"});
  }
  [[nodiscard]] static bool Holds(const std::string& path, const nlohmann::json& report) {
    return Differences(ReportedSums(report), DatabaseRows(path).SumLevel(Level::kHour)).empty();
  }
  /// Files beside the database whose names say why they are there.
  [[nodiscard]] std::vector<std::string> Aside(const std::string& why) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory_.path()))
      if (entry.path().string().find("." + why + "-") != std::string::npos)
        found.push_back(entry.path().string());
    std::sort(found.begin(), found.end());
    return found;
  }
  /// A file of two hundred series that nobody writes, with bytes in its midst that are no page.
  nlohmann::json PlantDamage() const {
    auto report = Use(600);
    {
      auto program = Start();
      EXPECT_TRUE(WaitFor([&] { return Holds(db_, report); }));
      program->process().Signal(SIGTERM);
      EXPECT_EQ(program->process().Wait(), 0);
    }
    std::string bytes = ReadFile(db_);
    constexpr std::size_t kFivePages = 20'480;
    bytes.replace(bytes.size() / 2, kFivePages, kFivePages, 'x');
    WriteFile(db_, bytes);
    return report;
  }

  const TempDir directory_;
  const std::string db_ = directory_.File("keymeter.db");
  RedisServer redis_;
};

TEST_F(InodeWatchTest, ASecondWriterIsRefusedAndTheFirstNamed) {
  auto first = Start();
  const Ended second =
      RunKeymeter({"process", "--redis", redis_.url(), "--db", db_, "--probe-listen", "127.0.0.1:0"});
  EXPECT_EQ(second.exit_code, 1);
  for (const std::string& word : {"keymeter process " + std::to_string(first->process().pid()) + " since 20",
                                  std::string("stop it first"), db_})
    EXPECT_NE(second.error.find(word), std::string::npos) << second.error;
  EXPECT_TRUE(first->process().IsRunning());
}

TEST_F(InodeWatchTest, AHolderThatWasKilledIsNotInTheWay) {
  Start()->process().Kill();
  EXPECT_TRUE(fs::exists(db_ + ".lock"));
  const auto next = Start();
  const auto report = Use(10);
  EXPECT_TRUE(WaitFor([&] { return Holds(db_, report); }));
}

TEST_F(InodeWatchTest, ADeletedFileIsRescuedAndTheNextStartMakesANewOne) {
  auto program = Start();
  const auto report = Use(300);
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(db_ + suffix);
  const std::string said = EndOf(*program);
  EXPECT_NE(said.find("was deleted or moved away"), std::string::npos) << said;
  const auto rescued = Aside("rescued");
  ASSERT_EQ(rescued.size(), 1U) << said;
  EXPECT_NE(said.find(rescued.front()), std::string::npos) << said;
  EXPECT_TRUE(Holds(rescued.front(), report)) << "also what no flush had written";
  EXPECT_EQ(DatabaseRows(rescued.front()).Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");

  const auto next = Start();
  EXPECT_TRUE(WaitFor([&] { return Holds(db_, report); }));
}

TEST_F(InodeWatchTest, AFileThatIsReplacedIsLeftToTheOneInItsPlace) {
  const std::string other = directory_.File("other.db");
  const auto before = Use(50);
  {
    auto program = Start();
    EXPECT_TRUE(WaitFor([&] { return Holds(db_, before); }));
    ASSERT_EQ(RunKeymeter({"backup", other, "--db", db_}).exit_code, 0);
  }
  auto program = Start();
  const auto more = Use(70);
  ASSERT_TRUE(WaitFor(
      [&] { return DatabaseRows(db_).Value("SELECT sum(requests) FROM api_key_usage_hour") == "120"; }));
  fs::rename(other, db_);
  const std::string said = EndOf(*program);
  EXPECT_NE(said.find("was replaced by another file"), std::string::npos) << said;
  ASSERT_EQ(Aside("rescued").size(), 1U) << said;
  const auto requests = [](const std::string& path) {
    return DatabaseRows(path).Value("SELECT sum(requests) FROM api_key_usage_hour");
  };
  EXPECT_EQ(requests(Aside("rescued").front()), "120");
  EXPECT_EQ(requests(db_), "50") << "nothing of the lost file's WAL was applied to it";

  const auto next = Start();
  EXPECT_TRUE(WaitFor([&] { return requests(db_) == "120"; }));
  EXPECT_EQ(DatabaseRows(db_).Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");
}

TEST_F(InodeWatchTest, ADamagedFileIsRefusedAndMadeAnewFromTheRelay) {
  const auto report = PlantDamage();
  const std::string damaged = ReadFile(db_);
  const Ended refused = Keymeter("process", {"--probe-listen", "127.0.0.1:0"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.error.find(db_ + " is damaged"), std::string::npos) << refused.error;
  EXPECT_NE(refused.error.find("keymeter rebuild --db " + db_), std::string::npos) << refused.error;

  const Ended planned = Keymeter("rebuild", {"--dry-run"});
  EXPECT_EQ(planned.exit_code, 0) << planned.error;
  EXPECT_NE(planned.out.find("nothing was touched"), std::string::npos) << planned.out;
  EXPECT_EQ(ReadFile(db_), damaged);

  const Ended rebuilt = Keymeter("rebuild");
  EXPECT_EQ(rebuilt.exit_code, 0) << rebuilt.out << rebuilt.error;
  EXPECT_TRUE(Holds(db_, report));
  EXPECT_EQ(DatabaseRows(db_).Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");
  for (const char* word : {"hours", "days", "months", "Not recovered: minutes"})
    EXPECT_NE(rebuilt.out.find(word), std::string::npos) << rebuilt.out;
  ASSERT_FALSE(Aside("damaged").empty());
  EXPECT_EQ(ReadFile(Aside("damaged").front()), damaged) << "it is kept as it was";
  EXPECT_FALSE(fs::exists(db_ + ".rebuilding"));
  EXPECT_FALSE(fs::exists(db_ + ".rebuilding.lock"));

  const auto next = Start();
  const auto more = Use(10);
  EXPECT_TRUE(WaitFor([&] {
    return DatabaseRows(db_).Value("SELECT sum(requests) FROM api_key_usage_hour") == "610";
  })) << more;
}

TEST_F(InodeWatchTest, ASoundFileIsRebuiltOnlyByForceAndNeverUnderAWriter) {
  const auto report = Use(50);
  {
    auto program = Start();
    const Ended refused = Keymeter("rebuild", {"--force"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.error.find("is written by keymeter process"), std::string::npos) << refused.error;
  }
  const Ended sound = Keymeter("rebuild");
  EXPECT_EQ(sound.exit_code, 1);
  EXPECT_NE(sound.error.find("is sound"), std::string::npos) << sound.error;
  const Ended forced = Keymeter("rebuild", {"--force"});
  EXPECT_EQ(forced.exit_code, 0) << forced.error;
  EXPECT_TRUE(Holds(db_, report));
  EXPECT_FALSE(Aside("damaged").empty());
}

TEST_F(InodeWatchTest, ARebuildThatIsInterruptedChangesNothing) {
  PlantDamage();
  const std::string damaged = ReadFile(db_);
  redis_.Stop();
  ChildProcess rebuild({KEYMETER_BINARY, "rebuild", "--redis", redis_.url(), "--db", db_});
  ASSERT_TRUE(WaitFor([&] { return fs::exists(db_ + ".rebuilding-wal"); }));
  ASSERT_TRUE(rebuild.WaitForLine("refused"));
  rebuild.Signal(SIGINT);
  EXPECT_EQ(rebuild.Wait(), 1) << rebuild.StandardError();
  EXPECT_NE(rebuild.StandardError().find("nothing was changed"), std::string::npos)
      << rebuild.StandardError();
  EXPECT_EQ(ReadFile(db_), damaged);
  EXPECT_TRUE(Aside("damaged").empty());
  EXPECT_FALSE(fs::exists(db_ + ".rebuilding"));
}

TEST_F(InodeWatchTest, ARelayThatKeepsNothingIsNoHistory) {
  PlantDamage();
  const std::string damaged = ReadFile(db_);
  redis_.Connect().Must({"FLUSHALL"});
  const Ended rebuilt = Keymeter("rebuild");
  EXPECT_EQ(rebuilt.exit_code, 1);
  EXPECT_NE(rebuilt.error.find("keeps no usage"), std::string::npos) << rebuilt.error;
  EXPECT_EQ(ReadFile(db_), damaged);
  EXPECT_FALSE(fs::exists(db_ + ".rebuilding"));
}

TEST_F(InodeWatchTest, DamageThatARunningOneMeetsEndsIt) {
  auto program = Start();
  const auto report = Use(50);
  ASSERT_TRUE(WaitFor([&] { return Holds(db_, report); }));
  // It is stopped in no transaction, and the WAL is empty: from here on it reads the file's own pages again.
  ASSERT_TRUE(WaitFor([&] {
    program->process().Signal(SIGSTOP);
    if (!WaitFor([&] { return IsStopped(program->process().pid()); })) return false;
    auto database = Database::Open(db_, Database::Mode::kReadWrite).value();
    // A connection that has read nothing knows no WAL.
    if (database.QueryInt("SELECT count(*) FROM series") && database.Checkpoint()) return true;
    program->process().Signal(SIGCONT);
    return false;
  }));
  // Written over in its place: it stays the same file.
  std::fstream(db_, std::ios::in | std::ios::out | std::ios::binary) << std::string(fs::file_size(db_), 'x');
  program->process().Signal(SIGCONT);
  const std::string said = EndOf(*program);
  EXPECT_NE(said.find("keymeter rebuild --db " + db_), std::string::npos) << said;
}

}  // namespace
}  // namespace keymeter::testing
