// `keymeter backup` beside a processor that writes.

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/database_rows.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

namespace fs = std::filesystem;

class BackupTest : public ::testing::Test {
 protected:
  [[nodiscard]] Ended Backup(const std::string& target, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"backup", target, "--db", db_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunKeymeter(arguments);
  }
  /// Under a limit of so many blocks of 1024 bytes a file.
  [[nodiscard]] Ended BackupWithin(int blocks) const {
    ChildProcess shell(
        {"/bin/bash", "-c",
         "trap '' XFSZ; ulimit -f " + std::to_string(blocks) + "; exec \"$0\" backup \"$1\" --db \"$2\"",
         KEYMETER_BINARY, copy_, db_});
    const int exit_code = shell.Wait().value_or(-1);
    return {exit_code, shell.StandardOutput(), shell.StandardError()};
  }
  [[nodiscard]] bool IsNothingLeft() const {
    for (const auto& entry : fs::directory_iterator(directory_.path()))
      if (entry.path().string().starts_with(copy_)) return false;
    return true;
  }
  /// Keys and accounts of every hour and day agree.
  static void ExpectNested(const DatabaseRows& rows) {
    EXPECT_EQ(Differences(rows.SumLevel(Level::kDay), rows.SumLevel(Level::kHour)), "");
    EXPECT_EQ(Differences(rows.SumLevel(Level::kHour), rows.SumLevel(Level::kDay)), "");
    EXPECT_EQ(rows.Value("SELECT count(*) FROM series") == "0", false);
  }

  const TempDir directory_;
  const std::string db_ = directory_.File("keymeter.db");
  const std::string copy_ = directory_.File("copy.db");
  RedisServer redis_;
  Program program_{"process", {"--redis", redis_.url(), "--db", db_, "--flush-interval", "100ms"}};
};

TEST_F(BackupTest, UnderLoadIsWholeSoundAndInOneFile) {
  program_.AwaitLine("msg=\"baseline read\"");
  ChildProcess load({RELAY_LOAD_BINARY, "--redis", redis_.url(), "--report", directory_.File("report"),
                     "--rps", "400", "--seconds", "60", "--keys", "300"});
  const auto requests = [](const std::string& path) {
    return std::stoll(DatabaseRows(path).Value("SELECT coalesce(sum(requests), 0) FROM api_key_usage_hour"));
  };
  ASSERT_TRUE(WaitFor([&] { return requests(db_) > 300; }));
  for (int i = 0; i < 5; ++i) {
    const std::int64_t before = requests(db_);
    const Ended backup = Backup(copy_, {"--force"});
    ASSERT_EQ(backup.exit_code, 0) << backup.error;
    EXPECT_NE(backup.error.find("copied 100 %"), std::string::npos) << backup.error;
    EXPECT_NE(backup.out.find(copy_ + ": "), std::string::npos) << backup.out;
    for (const char* suffix : {"-wal", "-shm", ".partial"})
      EXPECT_FALSE(fs::exists(copy_ + suffix)) << suffix;
    fs::permissions(copy_, fs::perms::owner_read);
    const DatabaseRows rows(copy_);
    EXPECT_EQ(rows.Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");
    EXPECT_EQ(rows.Value("SELECT journal_mode FROM pragma_journal_mode"), "delete");
    EXPECT_GE(requests(copy_), before);
    ExpectNested(rows);
  }
  EXPECT_TRUE(load.IsRunning()) << "the copies were to be made while it wrote";
  EXPECT_EQ(program_.process().StandardError().find("cannot write"), std::string::npos);
  ASSERT_TRUE(WaitFor([&] { return requests(db_) > requests(copy_); })) << "the writer goes on";
}

TEST_F(BackupTest, OfAFileWithoutAProcessorIsTheSame) {
  program_.AwaitLine("msg=\"baseline read\"");
  const auto report = RunRelayLoad(redis_, {"--rps", "0", "--requests", "200"});
  program_.process().Signal(SIGTERM);
  ASSERT_EQ(program_.process().Wait(), 0);
  ASSERT_EQ(Backup(copy_).exit_code, 0);
  EXPECT_EQ(Differences(ReportedSums(report), DatabaseRows(copy_).SumLevel(Level::kHour)), "");
  // And metering can go on from it.
  Program restored("process", {"--redis", redis_.url(), "--db", copy_});
  restored.AwaitLine("msg=\"baseline read\"");
}

TEST_F(BackupTest, ThatDoesNotFitLeavesNothing) {
  program_.AwaitLine("msg=\"baseline read\"");
  const Ended full = BackupWithin(64);
  EXPECT_EQ(full.exit_code, 1) << full.out;
  EXPECT_NE(full.error.find("copy to " + copy_), std::string::npos) << full.error;
  EXPECT_TRUE(IsNothingLeft());
}

TEST_F(BackupTest, IsRefusedWhereItCannotBeMeant) {
  program_.AwaitLine("msg=\"baseline read\"");
  fs::create_symlink(db_, directory_.File("link.db"));
  for (const std::string& itself : {db_, db_ + "-wal", db_ + ".lock", directory_.File("link.db")})
    EXPECT_EQ(Backup(itself, {"--force"}).exit_code, 2) << itself;
  EXPECT_EQ(Backup(directory_.path().string()).exit_code, 2);
  WriteFile(copy_, "mine");
  const Ended there = Backup(copy_);
  EXPECT_EQ(there.exit_code, 1);
  EXPECT_NE(there.error.find("--force"), std::string::npos) << there.error;
  EXPECT_EQ(ReadFile(copy_), "mine");
  EXPECT_EQ(Backup(directory_.File("nowhere/copy.db")).exit_code, 1);
  EXPECT_EQ(RunKeymeter({"backup", directory_.File("b.db"), "--db", directory_.File("no.db")}).exit_code, 1);
  EXPECT_FALSE(fs::exists(directory_.File("b.db.partial")));
  EXPECT_EQ(RunKeymeter({"backup"}).exit_code, 2);
}

}  // namespace
}  // namespace keymeter::testing
