// A file that cannot be written for a while: what the relay counted meanwhile is in it afterwards, once.

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

namespace fs = std::filesystem;

/// The program, metering what the generator writes into a Redis.
class SqliteStress : public ::testing::Test {
 protected:
  SqliteStress() { program_.AwaitLine("msg=\"baseline read\""); }

  /// The relay serves so many requests.
  void Use(int requests) {
    const auto report = RunRelayLoad(redis_, {"--rps", "0", "--requests", std::to_string(requests), "--force",
                                              "--seed", std::to_string(++runs_)});
    for (const auto& [id, amounts] : ReportedSums(report)) written_[id] += amounts;
  }
  void ExpectAllOfIt() {
    for (Level level : {Level::kHour, Level::kDay, Level::kMonth}) {
      std::string differences;
      EXPECT_TRUE(WaitFor([&] {
        return (differences = Differences(written_, DatabaseRows(db_).SumLevel(level))).empty();
      })) << LevelName(level)
          << "\n"
          << differences;
    }
    EXPECT_EQ(DatabaseRows(db_).Value("SELECT count(*) FROM adjustments"), "0");
    EXPECT_EQ(DatabaseRows(db_).Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");
  }
  [[nodiscard]] double Metric(const std::string& name) const {
    const std::string page = HttpGet(program_.Probe("/metrics")).body;
    const std::size_t at = page.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(page.substr(at + 1 + name.size()));
  }
  [[nodiscard]] bool Fails(int times) const {
    const double before = Metric("keymeter_failed_flushes_total");
    return WaitFor([&] { return Metric("keymeter_failed_flushes_total") >= before + times; });
  }
  [[nodiscard]] std::string Health() const { return HttpGet(program_.Probe("/healthz")).body; }
  [[nodiscard]] bool IsWell() const {
    return WaitFor([&] { return HttpGet(program_.Probe("/healthz")).status == 200; });
  }
  void LimitFileSize(rlim_t bytes) {
    rlimit limit{};
    ASSERT_EQ(::prlimit(program_.process().pid(), RLIMIT_FSIZE, nullptr, &limit), 0);
    limit.rlim_cur = bytes;
    ASSERT_EQ(::prlimit(program_.process().pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  }

  TempDir directory_;
  std::string db_ = directory_.File("keymeter.db");
  RedisServer redis_;
  Program program_{"process",
                   {"--redis", redis_.url(), "--db", db_, "--flush-interval", "100ms", "--max-wal", "1MiB"}};
  UsageSums written_;
  int runs_ = 0;
};

TEST_F(SqliteStress, AFileThatMayNotGrowIsWrittenOnceItMay) {
  Use(300);
  ExpectAllOfIt();
  LimitFileSize(2048);
  Use(300);
  EXPECT_TRUE(Fails(3));
  program_.AwaitLine("msg=\"cannot write\"");
  EXPECT_TRUE(WaitFor([&] { return Health().find("the last flush failed") != std::string::npos; }))
      << Health();
  EXPECT_TRUE(program_.process().IsRunning()) << "SIGXFSZ";
  Use(300);
  LimitFileSize(RLIM_INFINITY);
  program_.AwaitLine("msg=\"writing again\"");
  ExpectAllOfIt();
  EXPECT_TRUE(IsWell()) << Health();
}

TEST_F(SqliteStress, AnotherWritersLockIsOutlived) {
  Use(300);
  ExpectAllOfIt();
  auto other = Database::Open(db_, Database::Mode::kReadWrite);
  ASSERT_TRUE(other);
  ASSERT_TRUE(WaitFor([&] { return other->Execute("BEGIN IMMEDIATE").has_value(); }));
  Use(300);
  EXPECT_TRUE(Fails(2)) << "longer than the busy timeout";
  program_.AwaitLine("reason=\"database is locked\"");
  Use(300);
  ASSERT_TRUE(other->Execute("ROLLBACK"));
  program_.AwaitLine("msg=\"writing again\"");
  ExpectAllOfIt();
}

TEST_F(SqliteStress, AReaderThatPinsTheWalIsOutlivedAndTheWalIsBounded) {
  constexpr std::uintmax_t kLargest = 4 << 20;  // the limit, and one flush
  Use(300);
  ExpectAllOfIt();
  {
    auto reader = Database::Open(db_, Database::Mode::kReadOnly);
    ASSERT_TRUE(reader);
    ASSERT_TRUE(reader->Execute("BEGIN"));
    const auto seen = reader->QueryInt("SELECT sum(requests) FROM usage_minute");
    ASSERT_TRUE(seen);
    for (int i = 0; i < 100 && Metric("keymeter_wal_held") < 1; ++i) Use(300);
    ASSERT_EQ(Metric("keymeter_wal_held"), 1);
    EXPECT_NE(Health().find("a reader's transaction keeps the WAL of "), std::string::npos) << Health();
    const auto held = fs::file_size(db_ + "-wal");
    EXPECT_LT(held, kLargest);
    Use(300);
    EXPECT_TRUE(Fails(3));
    EXPECT_EQ(fs::file_size(db_ + "-wal"), held);
    EXPECT_EQ(reader->QueryInt("SELECT sum(requests) FROM usage_minute").value(), *seen);
  }
  program_.AwaitLine("msg=\"writing again\"");
  ExpectAllOfIt();
  EXPECT_TRUE(IsWell()) << Health();
  EXPECT_LT(fs::file_size(db_ + "-wal"), kLargest);
  EXPECT_EQ(Metric("keymeter_wal_held"), 0);
}

}  // namespace
}  // namespace keymeter::testing
