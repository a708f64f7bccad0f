#include "processor/storage/odd_names.h"

#include <gtest/gtest.h>

#include "processor/storage/stored_entities.h"
#include "processor/storage/stored_state.h"
#include "processor/storage/window_writer.h"
#include "schema/shown_name.h"
#include "tests/processor/metering/values.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

/// Names that cannot be shown as they are, written as the relay's and read back.
class OddNamesTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Text(const std::string& sql) {
    auto row = writer_.database().Prepare(sql);
    EXPECT_TRUE(row);
    return *row->Step() ? std::string(row->Text(0)) : "no row";
  }

  testing::TempDir directory_;
  WindowWriter writer_ = WindowWriter::Open(directory_.File("keymeter.db")).value();
};

TEST_F(OddNamesTest, OfSeriesAreShownAndKnownAgain) {
  const std::string tab("k\t1");
  const std::string long_model(5000, 'm');
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kApiKey, tab, long_model}},
                      {2, {EntityKind::kAccount, kEmptyName, kEmptyName}},
                      {3, {EntityKind::kAccount, "a", ""}},
                      {4, {EntityKind::kAccount, "a", "(none)"}}};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Text("SELECT entity FROM series WHERE id = 1"), ShownName(tab));
  EXPECT_EQ(Text("SELECT id FROM api_key"), ShownName(tab));
  EXPECT_EQ(Text("SELECT model FROM series WHERE id = 2"), "(none)");
  EXPECT_EQ(Text("SELECT model FROM series WHERE id = 3"), "") << "all models, not a model without a name";
  SeriesRegistry registry;
  CounterTable counters;
  LostAmounts lost;
  ASSERT_TRUE(LoadState(writer_.database(), registry, counters, lost));
  EXPECT_EQ(registry.Find(EntityKind::kApiKey, tab, long_model), 1U);
  EXPECT_EQ(registry.Find(EntityKind::kAccount, kEmptyName, kEmptyName), 2U);
  EXPECT_EQ(registry.Find(EntityKind::kAccount, "a", ""), 3U);
  EXPECT_EQ(registry.Find(EntityKind::kAccount, "a", "(none)"), 4U);
}

TEST_F(OddNamesTest, OfEntitiesAreShownAndKnownAgain) {
  const std::string nul("a\0b", 3);
  WriteBatch batch;
  batch.entities = {{EntityRow::Table::kApiKey, nul, false, {{"name", std::string("n\xff\0m", 4)}}, ""},
                    {EntityRow::Table::kGroup, "g\n", false, {{"name", "group"}}, ""}};
  batch.members = {{"g\n", {"a\xff", "a\xfe"}}};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Text("SELECT id FROM api_key"), ShownName(nul));
  EXPECT_EQ(Text("SELECT name FROM api_key"), "n\xEF\xBF\xBD\xEF\xBF\xBDm");
  EXPECT_EQ(Text("SELECT count(*) FROM group_member WHERE group_id = '" + ShownName("g\n") + "'"), "2");
  const auto stored = LoadEntities(writer_.database());
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->api_keys, std::vector{nul});
  EXPECT_EQ(stored->groups, std::vector<std::string>{"g\n"});
}

}  // namespace

}  // namespace keymeter::processor
