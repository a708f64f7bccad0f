#include "tests/integration/faults/imported_usage.h"

#include <gtest/gtest.h>

#include "benchmarks/relay_load/relay_import.h"
#include "processor/storage/window_writer.h"
#include "tests/integration/faults/invariants.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

/// An import that a relay holds, and a file that holds the same.
class ImportedRows : public ::testing::Test {
 protected:
  static constexpr std::int64_t kStart = 1'795'177'800;  ///< 2026-11-20T20:30:00+08:00

  ImportedRows() {
    relay_load::RespWriter script(relay_load::Counting::kIncrement);
    relay_load::AppendEnhancedImport(script, imported_.exported(), ImportedUsage::KeyIds());
    (void)relay_.Pipe(script.Bytes());
    Hold(imported_.By(Level::kDay), 1);
    LevelSums months = imported_.By(Level::kMonth);  // beyond their days
    for (const auto& [day, usage] : imported_.By(Level::kDay))
      for (const auto& [series, amounts] : usage) {
        Amounts& rest = months[BucketOf(Level::kMonth, day, kRelayOffset)][series];
        rest = rest - amounts;
      }
    for (const auto& [month, usage] : months) Grow(Level::kMonth, month, usage);
  }

  void Hold(const LevelSums& days, int times) {
    for (int i = 0; i < times; ++i)
      for (const auto& [day, usage] : days) Grow(Level::kDay, day, usage);
  }
  void Grow(Level level, std::int64_t bucket, const UsageSums& usage) {
    processor::WriteBatch batch;
    batch.utc_offset_s = kRelayOffset;
    for (const auto& [series, amounts] : usage) {
      const auto [known, is_new] =
          series_.try_emplace(series, static_cast<std::uint32_t>(series_.size() + 1));
      if (is_new)
        batch.new_series.push_back({known->second, {EntityKind::kApiKey, series.entity, series.model}});
      batch.growth.push_back({level, bucket, known->second, amounts});
    }
    ASSERT_TRUE(writer_.Write(batch).has_value());
  }
  [[nodiscard]] std::string Wrong() {
    return ImportDifferences(DatabaseRows(directory_.File("keymeter.db")), relay_, imported_);
  }
  [[nodiscard]] std::int64_t FirstDay() const { return imported_.By(Level::kDay).begin()->first; }

  const ImportedUsage imported_{kStart * 1000};
  TempDir directory_;
  RedisServer redis_;
  RedisClient relay_ = redis_.Connect();
  processor::WindowWriter writer_ = processor::WindowWriter::Open(directory_.File("keymeter.db")).value();
  std::map<UsageId, std::uint32_t> series_;
};

TEST_F(ImportedRows, AreWhatTheRelayHolds) {
  EXPECT_EQ(RelayDays(relay_), imported_.By(Level::kDay));
  EXPECT_EQ(RelayMonths(relay_), imported_.By(Level::kMonth));
  EXPECT_EQ(Wrong(), "");
}

TEST_F(ImportedRows, MayBeMoreThanTheRelayStillHoldsButNeverTwice) {
  relay_.Must({"FLUSHALL"});
  EXPECT_EQ(Wrong(), "");
  Hold({*imported_.By(Level::kDay).begin()}, 1);
  EXPECT_NE(Wrong().find("more than was imported, day"), std::string::npos) << Wrong();
}

TEST_F(ImportedRows, MayNotMissWhatTheRelayHolds) {
  relay_.Must({"HINCRBY", NamesOf({"api_key", "key-1", "gpt-5"}, FirstDay() * 1000).daily, "requests", "1"});
  EXPECT_NE(Wrong().find("imported day"), std::string::npos) << Wrong();
}

TEST_F(ImportedRows, HaveAModelWhereTheRelayHasItsOwnTraffic) {
  Grow(Level::kDay, BucketOf(Level::kDay, kStart, kRelayOffset), {{{"api_key", "key-1", ""}, {}}});
  EXPECT_EQ(Wrong(), "");
  Amounts one;
  one[Metric::kRequests] = 1;
  Grow(Level::kDay, BucketOf(Level::kDay, kStart, kRelayOffset), {{{"api_key", "key-1", ""}, one}});
  EXPECT_NE(Wrong().find("without a model, day"), std::string::npos) << Wrong();
}

}  // namespace
}  // namespace keymeter::testing
