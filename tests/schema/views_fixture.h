#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"
#include "tests/support/view_rows.h"

namespace keymeter {

/// A file in which series 1 is key "k" with model "m", and series 2 account "a" with model "m".
class ViewsTest : public ::testing::Test {
 protected:
  using Row = testing::Row;

  static constexpr std::int64_t kPlus8 = 8 * kHourSeconds;

  ViewsTest() {
    EXPECT_TRUE(Migrate(writer_));
    Run(testing::kViewRowTriggers);
    Run("INSERT INTO series VALUES (1, 'api_key', 'k', 'm'), (2, 'account', 'a', 'm')");
    Run("INSERT INTO api_key (id, name, is_active) VALUES ('k', 'Key', 1)");
    Run("INSERT INTO account (id, name, platform, is_active) VALUES ('a', 'Account', 'claude', 1)");
  }

  /// Epoch seconds of an RFC 3339 text.
  static std::int64_t At(std::string_view text) { return ParseRfc3339(text).value() / 1000; }

  void Run(const std::string& sql) {
    const Status run = writer_.Execute(sql);
    ASSERT_TRUE(run) << sql << ": " << run.error().message;
  }

  /// A row of a table of usage. Each metric gets a number of its own, so that no two can be confused.
  void Put(const std::string& table, std::int64_t bucket, std::int64_t requests, int series = 1) {
    Run(fmt::format("INSERT OR REPLACE INTO usage_{} VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
                    table, bucket, series, requests, requests * 10, requests * 20, requests * 30,
                    requests * 40, requests * 5, requests * 6, requests * 1000, requests * 2000));
  }

  void PutUntimed(const std::string& level, std::int64_t bucket, std::int64_t requests) {
    Run(fmt::format("INSERT INTO usage_untimed VALUES ('{}', {}, 1, {}, 0, 0, 0, 0, 0, 0, 0, 0)", level,
                    bucket, requests));
  }

  void SetOffset(std::int64_t seconds) {
    Run(fmt::format("UPDATE source_state SET utc_offset_s = {}", seconds));
  }
  void SetRolledUntil(std::int64_t bucket) {
    Run(fmt::format("UPDATE source_state SET rolled_until = {}", bucket));
  }

  /// "time=requests …" of a view of keys, oldest first.
  [[nodiscard]] std::string Requests(const std::string& view) const {
    std::string text;
    for (const Row& row : rows_.Query(fmt::format("SELECT time, requests FROM {} ORDER BY bucket", view)))
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", row.at("time"), row.at("requests"));
    return text;
  }

  [[nodiscard]] Row Only(const std::string& sql) const {
    const std::vector<Row> rows = rows_.Query(sql);
    EXPECT_EQ(rows.size(), 1U) << sql;
    return rows.empty() ? Row() : rows.front();
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  Database writer_ = Database::Open(path_, Database::Mode::kReadWrite).value();
  testing::DatabaseRows rows_{path_};
};

}  // namespace keymeter
