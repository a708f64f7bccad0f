#pragma once

#include <string>

#include <gtest/gtest.h>

#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

/// A file of ours with `series` rows of series: some hundred pages for ten thousand. It stays open.
inline Database MakeUsageDatabase(const std::string& path, int series) {
  auto database = Database::Open(path, Database::Mode::kReadWrite).value();
  EXPECT_TRUE(Migrate(database));
  EXPECT_TRUE(database.Execute(
      fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                  "INSERT INTO series SELECT i, 'account', printf('account-%08d', i), 'claude-opus-4' FROM n",
                  series)));
  EXPECT_TRUE(database.Checkpoint());
  return database;
}

/// Writes over pages (4 KiB) of a file that nobody has open.
inline void SpoilPages(const std::string& path, std::size_t first, std::size_t count) {
  constexpr std::size_t kPage = 4096;
  std::string bytes = testing::ReadFile(path);
  ASSERT_LE((first + count) * kPage, bytes.size());
  bytes.replace(first * kPage, count * kPage, count * kPage, 'x');
  testing::WriteFile(path, bytes);
}

}  // namespace keymeter::processor
