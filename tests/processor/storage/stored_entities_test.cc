#include "processor/storage/stored_entities.h"

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

using Table = EntityRow::Table;
using Ids = std::vector<std::string>;

TEST(StoredEntities, AreThoseThatTheFileHoldsAsThere) {
  const testing::TempDir directory;
  auto writer = WindowWriter::Open(directory.File("keymeter.db"));
  ASSERT_TRUE(writer);
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kAccount, "bare", "m"}}, {2, {EntityKind::kApiKey, "used", "m"}}};
  batch.entities = {
      {Table::kApiKey, "k", false, {{"name", "K"}}, ""},      {Table::kApiKey, "k gone", true, {}, ""},
      {Table::kAccount, "a", false, {{"platform", "x"}}, ""}, {Table::kAccount, "a gone", true, {}, ""},
      {Table::kGroup, "g", false, {{"name", "G"}}, ""},       {Table::kGroup, "g gone", true, {}, ""}};
  ASSERT_TRUE(writer->Write(batch));
  const auto stored = LoadEntities(writer->database());
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->api_keys, (Ids{"k", "used"}));
  EXPECT_EQ(stored->accounts, (Ids{"a"}));
  EXPECT_EQ(stored->bare_accounts, (Ids{"bare"}));
  EXPECT_EQ(stored->groups, (Ids{"g"}));
}

}  // namespace

}  // namespace keymeter::processor
