#include "query-api/usage/series_selection.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/usage/display_names.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using Scope = SeriesFilter::Scope;

class SeriesSelectionTest : public ::testing::Test {
 protected:
  SeriesSelectionTest() {
    file_.Key("k1", "one", "user_id = 'ann'").Key("k2", "two", "user_id = 'ann'");
    file_.Account("a1", "platform = 'claude'").Account("a2");
    file_.Group("g1", "group one", {"a1"}).Group("g2", "group two", {"a1", "a2"});
    for (const char* model : {"opus", "sonnet"}) {
      file_.Minute(kMinuteNow, {.entity = "k1", .model = model});
      file_.Minute(kMinuteNow, {.kind = "account", .entity = "a1", .model = model});
    }
    file_.Minute(kMinuteNow, {.entity = "k2", .model = "opus"});
    file_.Minute(kMinuteNow, {.kind = "account", .entity = "a2", .model = "opus"});
  }

  SeriesSelection Select(const SeriesFilter& filter, GroupBy by) {
    Snapshot snapshot = std::move(*Snapshot::Take(pool_, clock_));
    return SeriesSelection::Make(snapshot, catalogs_, filter, by).value();
  }
  /// Each name with the number of series that count under it, sorted.
  std::vector<std::string> NamesWithCounts(GroupBy by, const SeriesFilter& filter = {}) {
    const SeriesSelection selection = Select(filter, by);
    std::vector<std::string> names;
    for (std::size_t name = 0; name < selection.names().size(); ++name) {
      int count = 0;
      for (const std::uint32_t series : selection.series())
        for (const std::uint32_t each : selection.NamesOf(series)) count += each == name ? 1 : 0;
      names.push_back(fmt::format("{}:{}", selection.names()[name], count));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  using Names = std::vector<std::string>;
  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), 1};
  CatalogCache catalogs_;
};

TEST_F(SeriesSelectionTest, FiltersByEntityGroupAndModel) {
  EXPECT_EQ(Select({}, GroupBy::kNothing).series().size(), 3U) << "all keys";
  EXPECT_EQ(Select({Scope::kKey, "k1", {}}, GroupBy::kNothing).series().size(), 2U);
  EXPECT_EQ(Select({Scope::kKey, "k1", "opus"}, GroupBy::kNothing).series().size(), 1U);
  EXPECT_EQ(Select({Scope::kAccount, "a1", {}}, GroupBy::kNothing).series().size(), 2U);
  EXPECT_EQ(Select({Scope::kGroup, "g2", {}}, GroupBy::kNothing).series().size(), 3U);
  EXPECT_TRUE(Select({Scope::kKey, "nobody", {}}, GroupBy::kNothing).series().empty());
}

TEST_F(SeriesSelectionTest, GroupsByNames) {
  EXPECT_EQ(NamesWithCounts(GroupBy::kNothing), (Names{":3"}));
  EXPECT_EQ(NamesWithCounts(GroupBy::kModel), (Names{"opus:2", "sonnet:1"}));
  EXPECT_EQ(NamesWithCounts(GroupBy::kApiKey), (Names{"k1:2", "k2:1"}));
  EXPECT_EQ(NamesWithCounts(GroupBy::kAccount), (Names{"a1:2", "a2:1"}));
  EXPECT_EQ(NamesWithCounts(GroupBy::kPlatform), (Names{":1", "claude:2"}));
}

TEST_F(SeriesSelectionTest, AMemberOfTwoGroupsCountsUnderBoth) {
  EXPECT_EQ(NamesWithCounts(GroupBy::kGroup), (Names{"g1:2", "g2:3"}));
}

TEST_F(SeriesSelectionTest, AKeyWithTwoTagsCountsUnderBothWithANumberInEach) {
  file_.Sql(
      R"(UPDATE api_key SET tags = '["b","a","a"]' WHERE id = 'k1'; UPDATE api_key SET tags = '["b"]' WHERE id = 'k2')");
  EXPECT_EQ(NamesWithCounts(GroupBy::kTag), (Names{"a:2", "b:3"}));
  const SeriesSelection selection = Select({}, GroupBy::kTag);
  const std::uint32_t series = selection.series().front();
  const auto names = selection.NamesOf(series);
  ASSERT_EQ(names.size(), 2U);
  EXPECT_NE(selection.MemberOf(series, names[0]).entity, selection.MemberOf(series, names[1]).entity);
  EXPECT_NE(selection.MemberOf(series, names[0]).owner, selection.MemberOf(series, names[1]).owner);
}

TEST_F(SeriesSelectionTest, AnOwnerHasAllItsKeysAndNobodyTheRest) {
  file_.Sql("UPDATE api_key SET user_id = '', user_username = '' WHERE id = 'k2'");
  const Names names = NamesWithCounts(GroupBy::kOwner);
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[0], ":1");
  EXPECT_EQ(names[1].substr(names[1].find(':')), ":2");
}

TEST_F(SeriesSelectionTest, APlatformIsOneOfAccounts) {
  SeriesFilter claude;
  claude.platform = "claude";
  EXPECT_FALSE(claude.IsOfKeys());
  EXPECT_EQ(Select(claude, GroupBy::kNothing).series().size(), 2U);
  claude.scope = Scope::kAccount;
  claude.id = "a2";
  EXPECT_EQ(Select(claude, GroupBy::kNothing).series().size(), 0U);
}

TEST_F(SeriesSelectionTest, KeysOfOneOwnerShareItsNumber) {
  const SeriesSelection all = Select({}, GroupBy::kNothing);
  const Member first = all.MemberOf(all.series().front(), 0);
  const Member last = all.MemberOf(all.series().back(), 0);
  EXPECT_NE(first.entity, last.entity);
  EXPECT_EQ(first.owner, last.owner);
  const SeriesSelection by_key = Select({}, GroupBy::kApiKey);
  EXPECT_NE(by_key.MemberOf(all.series().front(), 0).owner, by_key.MemberOf(all.series().back(), 0).owner)
      << "under different names they differ";
}

TEST_F(SeriesSelectionTest, NamesAreShownAsPeopleKnowThem) {
  file_.Key("k3", "", "user_username = 'bob'")
      .Sql("UPDATE api_key SET user_username = 'Ann' WHERE id = 'k2'");
  Snapshot snapshot = std::move(*Snapshot::Take(pool_, clock_));
  const auto name_of = [&](GroupBy by, const std::string& id) {
    return DisplayNames::Read(snapshot, by)->Of(snapshot, id).value();
  };
  EXPECT_EQ(name_of(GroupBy::kApiKey, "k1"), "one");
  EXPECT_EQ(name_of(GroupBy::kGroup, "g2"), "group two");
  EXPECT_EQ(name_of(GroupBy::kAccount, "gone"), "gone");
  EXPECT_EQ(name_of(GroupBy::kPlatform, ""), "unknown");
  const auto owners = DisplayNames::Read(snapshot, GroupBy::kOwner);
  EXPECT_EQ(owners->Of(snapshot, "ann").value(), "Ann") << "the name that one of his keys says";
  EXPECT_EQ(owners->Of(snapshot, "bob").value(), "bob");
  EXPECT_EQ(owners->Of(snapshot, "gone").value(), "gone");
  EXPECT_EQ(owners->Of(snapshot, "").value(), "(none)");
}

TEST_F(SeriesSelectionTest, OnlyTheAccountsThatAreNamedAreMeant) {
  const SeriesFilter filter{.scope = Scope::kAccounts, .ids = {"a2", "a1", "nobody"}};
  EXPECT_FALSE(filter.IsOfKeys());
  EXPECT_EQ(Select(filter, GroupBy::kAccount).names().size(), 2U);
  EXPECT_EQ(Select({.scope = Scope::kAccounts, .ids = {"a2"}}, GroupBy::kAccount).names(),
            (std::vector<std::string>{"a2"}));
  EXPECT_EQ(Select({.scope = Scope::kAccounts}, GroupBy::kAccount).series().size(), 0U);
}

}  // namespace
}  // namespace keymeter::query_api
