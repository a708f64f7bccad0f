#include "processor/source/known_entities.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

using Table = EntityRow::Table;
using Ids = std::vector<std::string>;

constexpr std::size_t kKeys = 0;
constexpr std::size_t kClaude = 1;  ///< two kinds of accounts; Claude's stands first
constexpr std::size_t kOpenai = 2;

Profile TwoKindsOfAccounts() {
  Profile profile;
  profile.entities.resize(3);
  profile.entities[kClaude].kind = EntityKind::kAccount;
  profile.entities[kOpenai].kind = EntityKind::kAccount;
  profile.groups.emplace();
  return profile;
}

class KnownEntitiesTest : public ::testing::Test {
 protected:
  void Find(std::size_t spec, const std::string& id, const std::string& name,
            std::vector<Binding> bindings = {}) {
    known_.OnFound({spec, id}, {{"name", name}}, std::move(bindings));
  }
  bool Miss(std::size_t spec, const std::string& id) { return known_.OnNotFound({spec, id}); }
  void FindGroup(const std::string& id) { Find(EntityPlace::kGroups, id, "group " + id); }

  /// What is written next: "id=name" or "id gone" of each row, "g:a,b" of members, "k→target" of bindings.
  Ids Written() {
    batch_ = {};
    known_.Drain(batch_);
    Ids shown;
    for (const EntityRow& row : batch_.entities)
      shown.push_back(row.is_gone ? row.id + " gone" : row.id + "=" + row.attributes.at(0).second);
    for (const ApiKeyBindings& bindings : batch_.bindings) {
      std::string line = bindings.api_key + "→";
      for (const Binding& binding : bindings.bindings) line += binding.target;
      shown.push_back(line);
    }
    for (const GroupMembers& members : batch_.members) {
      std::string line = members.group_id + ":";
      for (const std::string& account : members.accounts) line += account;
      shown.push_back(line);
    }
    return shown;
  }

  [[nodiscard]] Ids Places() const {
    Ids shown;
    for (const EntityPlace& place : known_.Places())
      shown.push_back(place.spec == EntityPlace::kGroups ? "g " + place.id
                                                         : fmt::format("{} {}", place.spec, place.id));
    return shown;
  }

  const Profile profile_ = TwoKindsOfAccounts();
  KnownEntities known_{profile_};
  WriteBatch batch_;
};

TEST_F(KnownEntitiesTest, WriteWhatIsNewAndNothingElse) {
  Find(kClaude, "a", "A");
  EXPECT_EQ(Written(), (Ids{"a=A"}));
  Find(kClaude, "a", "A");
  EXPECT_EQ(Written(), Ids{});
  Find(kClaude, "a", "B");
  EXPECT_EQ(Written(), (Ids{"a=B"}));
}

TEST_F(KnownEntitiesTest, GoAndComeAgain) {
  Find(kClaude, "a", "A");
  (void)Written();
  EXPECT_TRUE(Miss(kClaude, "a"));
  EXPECT_EQ(Written(), (Ids{"a gone"}));
  EXPECT_FALSE(Miss(kClaude, "a"));
  EXPECT_EQ(Written(), Ids{});
  Find(kClaude, "a", "A");
  EXPECT_EQ(Written(), (Ids{"a=A"}));
}

TEST_F(KnownEntitiesTest, AreNotGoneFromAPlaceThatNeverHeldThem) {
  Find(kClaude, "a", "A");
  (void)Written();
  EXPECT_FALSE(Miss(kOpenai, "a"));
  EXPECT_EQ(Written(), Ids{});
}

TEST_F(KnownEntitiesTest, TakeTheFirstKindOfAccountInTheProfileForAnIdOfTwo) {
  Find(kOpenai, "a", "of openai");
  Find(kClaude, "a", "of claude");
  Find(kOpenai, "a", "of openai");
  EXPECT_EQ(Written(), (Ids{"a=of claude"}));
  EXPECT_TRUE(Miss(kClaude, "a"));  // the other kind is looked up once more
  Find(kOpenai, "a", "of openai");
  EXPECT_EQ(Written(), (Ids{"a=of openai"}));
}

TEST_F(KnownEntitiesTest, TakeAKeyWithoutAHashForDeletedButNotAnAccount) {
  EXPECT_FALSE(Miss(kKeys, "k"));
  EXPECT_FALSE(Miss(kClaude, "a"));
  EXPECT_FALSE(Miss(EntityPlace::kGroups, "g"));
  EXPECT_EQ(Written(), (Ids{"k gone"}));
}

TEST_F(KnownEntitiesTest, LookForAccountsThatOnlyUsageShowsInTurns) {
  for (const char* account : {"a", "b", "c"}) known_.Miss(account);
  EXPECT_EQ(known_.TakeMissing(2), (Ids{"a", "b"}));
  EXPECT_EQ(known_.TakeMissing(2), (Ids{"c", "a"}));
  EXPECT_EQ(known_.TakeMissing(9), (Ids{"b", "c", "a"}));
  Find(kClaude, "b", "B");
  known_.Miss("b");
  EXPECT_EQ(known_.TakeMissing(9), (Ids{"c", "a"}));
}

TEST_F(KnownEntitiesTest, AreReadWhereTheyStoodAndWhenThatIsUnknownEverywhere) {
  known_.Restore({.api_keys = {"k"}, .accounts = {"a"}, .bare_accounts = {"b"}, .groups = {"g"}});
  EXPECT_EQ(Places(), (Ids{"0 k", "1 a", "2 a", "g g"}));
  Find(kOpenai, "a", "A");
  EXPECT_EQ(Places(), (Ids{"0 k", "2 a", "g g"}));
  Miss(kKeys, "k");
  EXPECT_EQ(Places(), (Ids{"2 a", "g g"}));
  EXPECT_EQ(known_.TakeMissing(9), (Ids{"b"}));
}

TEST_F(KnownEntitiesTest, FindWhatWentWhileNobodyWatched) {
  known_.Restore({.api_keys = {"k"}, .accounts = {"a", "c"}, .bare_accounts = {}, .groups = {"g"}});
  Miss(kKeys, "k");
  Miss(kClaude, "a");
  EXPECT_EQ(Written(), (Ids{"k gone"}));  // an account may still be of the other kind
  Miss(kOpenai, "a");
  Find(kClaude, "c", "C");
  Miss(kOpenai, "c");
  Miss(EntityPlace::kGroups, "g");
  EXPECT_EQ(Written(), (Ids{"a gone", "c=C", "g gone"}));
}

TEST_F(KnownEntitiesTest, AreNotGoneWhenTheyCannotBeRead) {
  known_.Restore({.api_keys = {}, .accounts = {"a"}, .bare_accounts = {}, .groups = {}});
  known_.OnUnreadable({kClaude, "a"});
  Miss(kOpenai, "a");
  EXPECT_EQ(Written(), Ids{});
  Find(kOpenai, "a", "A");  // it was of the kind that can be read
  EXPECT_EQ(Written(), Ids{"a=A"});
  Miss(kOpenai, "a");
  EXPECT_EQ(Written(), Ids{"a gone"});
}

TEST_F(KnownEntitiesTest, WriteMembersWhenTheyChangeAndForgetThoseOfAGroupThatIsGone) {
  known_.OnMembers({"g", {"a"}});  // its hash was not read yet
  FindGroup("g");
  known_.OnMembers({"g", {"b", "a", "b"}});
  EXPECT_EQ(Written(), (Ids{"g=group g", "g:ab"}));
  known_.OnMembers({"g", {"a", "b"}});
  EXPECT_EQ(Written(), Ids{});
  known_.OnMembers({"g", {"c"}});
  Miss(EntityPlace::kGroups, "g");
  EXPECT_EQ(Written(), (Ids{"g gone"}));
  FindGroup("g");
  known_.OnMembers({"g", {"c"}});
  EXPECT_EQ(Written(), (Ids{"g=group g", "g:c"}));
}

TEST_F(KnownEntitiesTest, WriteBindingsWhenTheyChange) {
  const Binding account{"openai", BindingKind::kAccount, "a"};
  const Binding group{"claude", BindingKind::kGroup, "g"};
  Find(kKeys, "k", "K", {account, group});
  EXPECT_EQ(Written(), (Ids{"k=K", "k→ag"}));
  EXPECT_EQ(batch_.entities.at(0).group_id, "g");
  Find(kKeys, "k", "renamed", {account, group});
  EXPECT_EQ(Written(), (Ids{"k=renamed"}));
  Find(kKeys, "k", "renamed", {account});
  EXPECT_EQ(Written(), (Ids{"k=renamed", "k→a"}));
  EXPECT_EQ(batch_.entities.at(0).group_id, "");
}

TEST_F(KnownEntitiesTest, TakeBackWhatTheFileRefused) {
  Find(kKeys, "k", "old", {{"claude", BindingKind::kGroup, "g"}});
  Find(kClaude, "a", "A");
  FindGroup("g");
  known_.OnMembers({"g", {"a"}});
  (void)Written();
  const WriteBatch refused = std::move(batch_);
  Find(kKeys, "k", "new", {{"claude", BindingKind::kGroup, "h"}});
  Miss(EntityPlace::kGroups, "g");
  known_.Undrain(refused);
  EXPECT_EQ(Written(), (Ids{"k=new", "g gone", "a=A", "k→h"}));
}

TEST(KnownEntities, AreSoManyAndNoMore) {
  const Profile profile = TwoKindsOfAccounts();
  KnownEntities known(profile, 3);
  for (int i = 0; i < 10; ++i) known.OnFound({kKeys, std::to_string(i)}, {{"name", "first"}});
  (void)known.OnNotFound({kKeys, "gone"});
  for (int i = 0; i < 10; ++i) known.Miss("account " + std::to_string(i));
  EXPECT_TRUE(known.IsFull());
  EXPECT_EQ(known.unwritten(), 3U);
  EXPECT_EQ(known.Places().size(), 3U);
  EXPECT_EQ(known.TakeMissing(100).size(), 3U);
  known.OnFound({kKeys, "1"}, {{"name", "renamed"}});
  WriteBatch batch;
  known.Drain(batch);
  EXPECT_EQ(batch.entities[1].attributes[0].second, "renamed") << "of those that are known it goes on";
}

}  // namespace

}  // namespace keymeter::processor
