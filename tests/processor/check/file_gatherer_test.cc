#include "processor/check/file_gatherer.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "processor/storage/metric_sql.h"
#include "schema/civil_time.h"
#include "schema/clock.h"
#include "schema/migrations.h"
#include "schema/profile_loader.h"
#include "schema/sqlite.h"
#include "tests/support/temp_dir.h"

namespace keymeter::check {
namespace {

using testing::ReadFile;
using testing::WriteFile;

/// Somebody without any right, where the tests run as root; else they are such a user already.
class AsNobody {
 public:
  AsNobody() : was_root_(::geteuid() == 0 && ::seteuid(65534) == 0) {}
  ~AsNobody() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  bool was_root_;
};

class FileGatherer : public ::testing::Test {
 protected:
  FileGatherer() {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0555));
    options_.processor.db_path = directory_.File("keymeter.db");
  }
  ~FileGatherer() override { std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755)); }

  void MakeWritable() const { std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755)); }
  [[nodiscard]] Database Create() const {
    MakeWritable();
    auto database = Database::Open(options_.processor.db_path, Database::Mode::kReadWrite).value();
    EXPECT_TRUE(Migrate(database).has_value());
    return database;
  }
  [[nodiscard]] FileFacts Gather() const { return GatherFile(options_, clock_); }

  testing::TempDir directory_;
  processor::Options options_;
  ManualClock clock_{1'795'176'000'000};  ///< 2026-11-20T12:00:00Z
};

TEST_F(FileGatherer, ADirectoryThatWeMayNotWriteIsSeen) {
  const AsNobody nobody;
  const FileFacts facts = Gather();
  EXPECT_TRUE(facts.is_directory_there);
  EXPECT_FALSE(facts.is_directory_writable);
  EXPECT_FALSE(facts.is_there);
}

TEST_F(FileGatherer, AFreshFileIsReadAndNothingOfItChanges) {
  (void)Create();
  const std::string before = ReadFile(options_.processor.db_path);
  const FileFacts facts = Gather();
  EXPECT_TRUE(facts.is_there);
  EXPECT_FALSE(facts.unusable.has_value());
  EXPECT_FALSE(facts.is_older);
  EXPECT_TRUE(facts.was_damage_looked_for);
  EXPECT_EQ(facts.damage, "");
  EXPECT_FALSE(facts.writer.has_processor);
  EXPECT_GT(facts.free_bytes, 0);
  EXPECT_EQ(ReadFile(options_.processor.db_path), before);
}

TEST_F(FileGatherer, WhatIsInTheFileIsRead) {
  Database database = Create();
  ASSERT_TRUE(
      database
          .Execute("UPDATE source_state SET version = '0', pid = 7, started_ms = 1000, connected = 1, "
                   "baseline_read = 1, redis_version = '7', last_flush_ms = 2000, flush_interval_ms = 500, "
                   "lag_ms = 0, problem = '';"
                   "UPDATE source_state SET utc_offset_s = 28800;"
                   "INSERT INTO profile_use VALUES (0, 'claude-relay-service', 5);"
                   "INSERT INTO series VALUES (1, 'account', 'a', 'gpt-5'), (2, 'api_key', 'k', 'o3');")
          .has_value());
  const FileFacts facts = Gather();
  EXPECT_TRUE(facts.writer.has_processor);
  EXPECT_EQ(facts.writer.last_flush_ms, 2000);
  EXPECT_EQ(facts.writer_pid, 7);
  EXPECT_EQ(facts.utc_offset_s, 28800);
  ASSERT_EQ(facts.profile_uses.size(), 1U);
  EXPECT_EQ(facts.account_models, std::set<std::string>{"gpt-5"});
}

/// The relay keeps days for 32 days; what is older, no start reads.
TEST_F(FileGatherer, DaysAreThoseThatAStartReads) {
  constexpr std::int64_t kOffset = 8 * kHourSeconds;
  const std::int64_t today = *ParseDate("2026-11-20") - kOffset;
  Database database = Create();
  ASSERT_TRUE(
      database.Execute("UPDATE source_state SET utc_offset_s = 28800;"
                       "INSERT INTO series VALUES (1, 'api_key', 'k', 'm')"));
  for (const std::int64_t days : {-45, -33, -32, 0, 20})
    ASSERT_TRUE(database.Execute(fmt::format("INSERT INTO usage_day (bucket, series, {}) VALUES ({}, 1, {})",
                                             kMetricColumns, today + days * kDaySeconds,
                                             processor::ForEachMetric("1"))));
  const auto days_read = [this] {
    std::string days;
    for (const auto& [place, requests] : Gather().days) days += FormatDate(place.second, 0) + " ";
    return days;
  };
  options_.processor.profiles = LoadProfiles("auto").value();
  EXPECT_EQ(days_read(), "2026-10-19 2026-11-20 2026-12-10 ");
  EXPECT_EQ(Gather().first_day_read, today - 32 * kDaySeconds);
  for (CounterSpec& counter : options_.processor.profiles.front().counters)
    for (CoarseSpec& coarse : counter.coarser) coarse.keep_days = 90;
  EXPECT_EQ(days_read(), "2026-10-06 2026-10-18 2026-10-19 2026-11-20 2026-12-10 ");
}

TEST_F(FileGatherer, CountersWithoutAPeriodAreSeen) {
  const auto put = [](std::string_view table, std::int64_t bucket) {
    return fmt::format("INSERT INTO {} (bucket, series, read_ms, {}) VALUES ({}, 1, 1, {})", table,
                       kMetricColumns, bucket, processor::ForEachMetric("1"));
  };
  Database database = Create();
  ASSERT_TRUE(database.Execute("INSERT INTO series VALUES (1, 'api_key', 'k', 'm')"));
  ASSERT_TRUE(database.Execute(put("reading", kHourSeconds)));
  EXPECT_FALSE(Gather().has_undated_counters);
  ASSERT_TRUE(database.Execute(put("reading_recent", 0)));
  EXPECT_TRUE(Gather().has_undated_counters);
}

TEST_F(FileGatherer, AnOlderVersionIsNotBroughtUp) {
  {
    Database database = Create();
    ASSERT_TRUE(database.Execute("PRAGMA user_version = 1").has_value());
  }
  EXPECT_TRUE(Gather().is_older);
  auto database = Database::Open(options_.processor.db_path, Database::Mode::kReadOnly).value();
  EXPECT_EQ(database.QueryInt("PRAGMA user_version").value(), 1);
}

TEST_F(FileGatherer, NewerForeignAndBrokenFilesAreUnusable) {
  {
    Database database = Create();
    ASSERT_TRUE(database.Execute("PRAGMA user_version = 999").has_value());
  }
  EXPECT_NE(Gather().unusable.value_or(Error{}).remedy.find("run the newer keymeter"), std::string::npos);
  options_.processor.db_path = directory_.File("text.db");
  WriteFile(options_.processor.db_path, std::string(5000, 'x'));
  EXPECT_EQ(Gather().unusable.value_or(Error{}).code, ErrorCode::kCorrupt);
  options_.processor.db_path = directory_.path().string();
  EXPECT_NE(Gather().unusable.value_or(Error{}).message.find("is a directory"), std::string::npos);
}

TEST_F(FileGatherer, DamageInsideIsFound) {
  {
    Database database = Create();
    ASSERT_TRUE(database
                    .Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                             "INSERT INTO series SELECT i, 'account', i, 'm' FROM n")
                    .has_value());
    ASSERT_TRUE(database.Checkpoint().has_value());
  }
  std::string bytes = ReadFile(options_.processor.db_path);
  constexpr std::size_t kPage = 4096;
  for (std::size_t at = bytes.size() - kPage; at < bytes.size(); ++at) bytes[at] = 'x';
  WriteFile(options_.processor.db_path, bytes);
  EXPECT_NE(Gather().damage, "");
}

TEST_F(FileGatherer, PartsThatAreNotOursAreSeen) {
  (void)Create();
  std::filesystem::permissions(options_.processor.db_path, std::filesystem::perms(0644));
  const AsNobody nobody;
  const FileFacts facts = Gather();
  EXPECT_TRUE(facts.is_for_everybody);
  if (::getuid() == 0) {
    EXPECT_FALSE(facts.unwritable.empty());
  }
}

}  // namespace
}  // namespace keymeter::check
