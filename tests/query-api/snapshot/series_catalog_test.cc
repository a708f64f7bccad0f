#include "query-api/snapshot/series_catalog.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(CatalogBuilder, NumbersEntitiesAndModelsInTheOrderOfTheirFirstSeries) {
  CatalogBuilder builder;
  builder.AddSeries(1, "api_key", "k1", "opus");
  builder.AddSeries(2, "account", "a1", "sonnet");
  builder.AddSeries(4, "api_key", "k1", "sonnet");
  const auto catalog = builder.Publish();
  ASSERT_EQ(catalog->entries().size(), 5U);
  EXPECT_EQ(catalog->entries()[3].kind, SeriesCatalog::Kind::kNone) << "there is no such series";
  EXPECT_EQ(catalog->entries()[4].entity, 0U);
  EXPECT_EQ(*catalog->models()[catalog->entries()[4].model], "sonnet");
  EXPECT_EQ(catalog->keys().size(), 1U);
  EXPECT_EQ(*catalog->accounts()[0], "a1");
}

TEST(CatalogBuilder, SkipsWhatItKnows) {
  CatalogBuilder builder;
  builder.AddSeries(1, "api_key", "k1", "opus");
  builder.AddSeries(1, "api_key", "other", "opus");
  EXPECT_EQ(builder.next_id(), 2U);
  EXPECT_EQ(*builder.Publish()->keys()[0], "k1");
}

TEST(CatalogBuilder, KeysOfOneOwnerShareANumber) {
  CatalogBuilder builder;
  builder.AddSeries(1, "api_key", "k1", "opus");
  builder.AddSeries(2, "api_key", "k2", "opus");
  builder.AddSeries(3, "api_key", "k3", "opus");
  builder.SetOwners({{"k1", "ann"}, {"k3", "ann"}}, 7);
  const auto catalog = builder.Publish();
  EXPECT_EQ(catalog->owners()[0], catalog->owners()[2]);
  EXPECT_NE(catalog->owners()[0], catalog->owners()[1]);
  EXPECT_EQ(catalog->owner_count(), 2U);
  EXPECT_EQ(catalog->owners_version(), 7);
}

TEST(CatalogBuilder, WhatIsPublishedStaysAsItIs) {
  CatalogBuilder builder;
  builder.AddSeries(1, "api_key", "k1", "opus");
  const auto first = builder.Publish();
  builder.AddSeries(2, "api_key", "k2", "opus");
  EXPECT_EQ(builder.Publish()->keys().size(), 2U);
  EXPECT_EQ(first->keys().size(), 1U);
}

}  // namespace
}  // namespace keymeter::query_api
