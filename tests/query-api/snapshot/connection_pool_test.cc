#include "query-api/snapshot/connection_pool.h"

#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"
#include "tests/support/wait_for.h"

namespace keymeter::query_api {
namespace {

std::int64_t CountKeys(ConnectionPool& pool) {
  auto lease = pool.Take();
  EXPECT_TRUE(lease);
  auto query = lease->Prepare("SELECT count(*) FROM api_key");
  EXPECT_TRUE(query);
  EXPECT_TRUE(*(*query)->Step());
  return (*query)->Int(0);
}

TEST(ConnectionPool, OpensWhenNeededAndKeeps) {
  UsageFile file;
  ConnectionPool pool(file.path(), 2);
  EXPECT_EQ(pool.open_connections(), 0U);
  EXPECT_EQ(CountKeys(pool), 0);
  file.Key("k1");
  EXPECT_EQ(CountKeys(pool), 1);
  EXPECT_EQ(pool.open_connections(), 1U);
}

TEST(ConnectionPool, RefusesMoreThanItsCapacity) {
  UsageFile file;
  ConnectionPool pool(file.path(), 1);
  const auto first = pool.Take();
  ASSERT_TRUE(first);
  const auto second = pool.Take();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST(ConnectionPool, WhoComesFirstIsServedFirst) {
  UsageFile file;
  ConnectionPool pool(file.path(), 1, keymeter::testing::kPatience);
  std::optional<Lease> lease(*pool.Take());
  std::mutex mutex;
  std::vector<int> served;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      const auto mine = pool.Take();
      EXPECT_TRUE(mine);
      const std::lock_guard lock(mutex);
      served.push_back(i);
    });
    EXPECT_TRUE(
        keymeter::testing::WaitFor([&] { return pool.waiting() == static_cast<std::size_t>(i) + 1; }));
  }
  lease.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(pool.open_connections(), 1U);
}

TEST(ConnectionPool, WaitingHasAnEnd) {
  UsageFile file;
  ConnectionPool pool(file.path(), 1, std::chrono::milliseconds(1));
  std::optional<Lease> lease(*pool.Take());
  const auto refused = pool.Take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(pool.waiting(), 0U);
  lease.reset();
  EXPECT_TRUE(pool.Take());
}

TEST(ConnectionPool, AFileThatComesLaterIsFound) {
  UsageFile file;
  file.Key("k1").Sql("PRAGMA wal_checkpoint(TRUNCATE)");
  const keymeter::testing::TempDir directory;
  ConnectionPool pool(directory.File("later.db"), 1);
  EXPECT_FALSE(pool.Take());
  std::filesystem::copy_file(file.path(), directory.File("later.db"));
  EXPECT_EQ(CountKeys(pool), 1);
}

TEST(ConnectionPool, AReplacedFileIsOpenedAnew) {
  UsageFile old_file;
  UsageFile new_file;
  new_file.Key("k1").Key("k2").Sql("PRAGMA wal_checkpoint(TRUNCATE)");
  ConnectionPool pool(old_file.path(), 1);
  EXPECT_EQ(CountKeys(pool), 0);
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(old_file.path() + suffix);
  std::filesystem::copy_file(new_file.path(), old_file.path() + ".new");
  std::filesystem::rename(old_file.path() + ".new", old_file.path());
  EXPECT_EQ(CountKeys(pool), 2);
}

TEST(ConnectionPool, WhatIsNoUsageFileIsRefusedWithoutItsPath) {
  const keymeter::testing::TempDir directory;
  keymeter::testing::WriteFile(directory.File("text.db"), std::string(5000, 'x'));
  keymeter::testing::WriteFile(directory.File("empty.db"), "");
  for (const char* name : {"text.db", "empty.db", "missing.db"}) {
    ConnectionPool pool(directory.File(name), 1);
    const auto lease = pool.Take();
    ASSERT_FALSE(lease) << name;
    EXPECT_EQ(lease.error().code, ErrorCode::kUnavailable) << name;
    EXPECT_EQ(lease.error().message.find(name), std::string::npos) << lease.error().message;
  }
}

TEST(Lease, SeesOneMoment) {
  UsageFile file;
  ConnectionPool pool(file.path(), 1);
  auto lease = pool.Take();
  const auto count = [&] {
    auto query = lease->Prepare("SELECT count(*) FROM api_key");
    EXPECT_TRUE(*(*query)->Step());
    return (*query)->Int(0);
  };
  EXPECT_EQ(count(), 0);
  file.Key("k1");
  EXPECT_EQ(count(), 0);
}

}  // namespace
}  // namespace keymeter::query_api
