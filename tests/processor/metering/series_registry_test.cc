#include "processor/metering/series_registry.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

TEST(SeriesRegistry, NumbersSeriesFromOne) {
  SeriesRegistry registry;
  EXPECT_EQ(registry.Intern(EntityKind::kApiKey, "k", "m"), 1U);
  EXPECT_EQ(registry.Intern(EntityKind::kApiKey, "k", "n"), 2U);
  EXPECT_EQ(registry.size(), 2U);
}

TEST(SeriesRegistry, KnowsASeriesAgain) {
  SeriesRegistry registry;
  EXPECT_EQ(registry.Find(EntityKind::kApiKey, "k", "m"), SeriesRegistry::kNone);
  const SeriesId id = registry.Intern(EntityKind::kApiKey, "k", "m");
  EXPECT_EQ(registry.Intern(EntityKind::kApiKey, "k", "m"), id);
  EXPECT_EQ(registry.Find(EntityKind::kApiKey, "k", "m"), id);
  EXPECT_EQ(registry[id].entity, "k");
  EXPECT_EQ(registry[id].model, "m");
}

TEST(SeriesRegistry, TellsKindsEntitiesAndModelsApart) {
  SeriesRegistry registry;
  const SeriesId key = registry.Intern(EntityKind::kApiKey, "ab", "c");
  EXPECT_NE(registry.Intern(EntityKind::kAccount, "ab", "c"), key);
  EXPECT_NE(registry.Intern(EntityKind::kApiKey, "a", "bc"), key);
  EXPECT_NE(registry.Intern(EntityKind::kApiKey, "abc", ""), key);
}

TEST(SeriesRegistry, KeepsItsOwnCopyOfTheTexts) {
  SeriesRegistry registry;
  std::string text = "short";
  const SeriesId id = registry.Intern(EntityKind::kApiKey, text, text);
  text = "other";
  EXPECT_EQ(registry[id].entity, "short");
  EXPECT_EQ(registry.Find(EntityKind::kApiKey, "short", "short"), id);
}

TEST(SeriesRegistry, FindsEveryOneOfManySeries) {
  SeriesRegistry registry;
  constexpr SeriesId kMany = 20'000;
  for (SeriesId i = 1; i <= kMany; ++i)
    ASSERT_EQ(registry.Intern(EntityKind::kApiKey, std::to_string(i), "m"), i);
  for (SeriesId i = 1; i <= kMany; ++i)
    ASSERT_EQ(registry.Find(EntityKind::kApiKey, std::to_string(i), "m"), i);
}

TEST(SeriesRegistry, GoesOnCountingBehindWhatTheFileKnows) {
  SeriesRegistry registry;
  registry.Restore({EntityKind::kAccount, "a", "m"});
  registry.Restore({EntityKind::kApiKey, "k", "m"});
  EXPECT_EQ(registry.Find(EntityKind::kApiKey, "k", "m"), 2U);
  EXPECT_EQ(registry.Intern(EntityKind::kApiKey, "k", "n"), 3U);
}

}  // namespace

}  // namespace keymeter::processor
