// `keymeter serve` alone: on a file that a processor elsewhere writes, on one whose processor is down, on
// copies that nobody writes and beside which nothing can be made.

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

namespace fs = std::filesystem;

/// A file with one key, and what a test turns it into.
class ServeTest : public ::testing::Test {
 protected:
  ServeTest() {
    auto database = Database::Open(db_, Database::Mode::kReadWrite);
    Must(database);
    Must(Migrate(*database));
    Must(database->Execute("INSERT INTO api_key (id, name) VALUES ('k1', 'one')"));
    Must(database->Checkpoint());
  }
  ~ServeTest() override { fs::permissions(fs::path(db_).parent_path(), fs::perms::owner_all); }

  template <typename T>
  static void Must(const T& result) {
    if (!result) throw std::runtime_error(result.error().message);
  }

  /// Nothing can be made or changed there by whom `Reader` makes the program.
  void CloseDirectory() {
    fs::permissions(db_, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    const auto look =
        fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec;
    fs::permissions(fs::path(db_).parent_path(), look);
    fs::permissions(directory_.path(), look | fs::perms::owner_write);
  }
  void RemoveSideFiles() {
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(db_ + suffix);
  }
  /// Root may write anywhere, so it becomes nobody.
  [[nodiscard]] static std::vector<std::string> Reader() {
    if (::geteuid() != 0) return {};
    return {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  }
  static void ExpectAnswers(const Program& server) {
    const HttpResponse key = HttpGet(server.Api("/api/apikeys/k1"));
    EXPECT_EQ(key.status, 200) << key.body;
    EXPECT_FALSE(HttpGet(server.Api("/api/realtime/system-metrics")).Json().at("asOf").is_null());
    EXPECT_EQ(HttpGet(server.Probe("/readyz")).status, 200);
    const HttpResponse health = HttpGet(server.Probe("/healthz"));
    EXPECT_EQ(health.status, 503);
    EXPECT_NE(health.body.find("no processor"), std::string::npos) << health.body;
  }

  TempDir directory_;
  // A name that would be something else in a URI.
  const std::string db_ = [this] {
    fs::create_directory(directory_.File("shared"));
    return directory_.File("shared/key?meter#%41.db");
  }();
};

TEST_F(ServeTest, AnswersFromACopyWhereNothingCanBeWritten) {
  RemoveSideFiles();
  CloseDirectory();
  ExpectAnswers(Program("serve", {"--db", db_}, {}, Reader()));
}

TEST_F(ServeTest, AnswersFromABackupWhereNothingCanBeWritten) {
  const std::string backup = directory_.File("shared/backup.db");
  ASSERT_EQ(RunKeymeter({"backup", "--db", db_, backup}).exit_code, 0);
  fs::permissions(backup, fs::perms::others_read, fs::perm_options::add);
  CloseDirectory();
  ExpectAnswers(Program("serve", {"--db", backup}, {}, Reader()));
}

TEST_F(ServeTest, SeesWhatIsWrittenOnceAFileThatStoodStillIsWrittenAgain) {
  RemoveSideFiles();
  CloseDirectory();
  const Program server("serve", {"--db", db_}, {}, Reader());
  ExpectAnswers(server);
  fs::permissions(fs::path(db_).parent_path(), fs::perms::owner_write, fs::perm_options::add);
  fs::permissions(db_, fs::perms::owner_write, fs::perm_options::add);
  auto database = Database::Open(db_, Database::Mode::kReadWrite);
  Must(database);
  Must(database->Execute("INSERT INTO api_key (id) VALUES ('k2')"));
  for (const char* suffix : {"-wal", "-shm"})
    fs::permissions(db_ + suffix, fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(HttpGet(server.Api("/api/apikeys/k2")).status, 200);
}

TEST_F(ServeTest, AnswersWhileAProcessorElsewhereWritesAndWhenItIsGone) {
  RedisServer redis;
  Program processor("process", {"--redis", redis.url(), "--db", db_, "--flush-interval", "100ms"});
  const Program server("serve", {"--db", db_});
  EXPECT_TRUE(WaitFor([&] { return HttpGet(server.Probe("/healthz")).status == 200; }));
  processor.process().Kill();
  EXPECT_TRUE(WaitFor([&] { return HttpGet(server.Probe("/healthz")).status == 503; }));
  EXPECT_EQ(HttpGet(server.Probe("/readyz")).status, 200);
  const HttpResponse metrics = HttpGet(server.Api("/api/realtime/system-metrics"));
  EXPECT_EQ(metrics.status, 200);
  EXPECT_FALSE(metrics.Json().at("processor").at("connected"));
}

}  // namespace
}  // namespace keymeter::testing
