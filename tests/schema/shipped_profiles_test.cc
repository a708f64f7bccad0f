#include "schema/shipped_profiles.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schema/profile_parser.h"

namespace keymeter {

namespace {

/// Every field of every hash that the profile reads.
std::set<std::string> FieldsOf(const Profile& profile) {
  std::set<std::string> fields;
  for (const CounterSpec& counter : profile.counters)
    for (const auto& [metric, field] : counter.fields) fields.insert(field);
  for (const EntitySpec& entity : profile.entities) {
    for (const auto& [attribute, field] : entity.fields) fields.insert(field);
    for (const auto& [platform, field] : entity.bindings.fields) fields.insert(field);
  }
  if (profile.groups)
    for (const auto& [attribute, field] : profile.groups->fields) fields.insert(field);
  return fields;
}

Profile Shipped(const std::string& name) {
  const auto text = ShippedProfile(name);
  return ParseProfile(text.value()).value();
}

TEST(ShippedProfiles, AreAllValidAndFoundByTheirName) {
  ASSERT_FALSE(ShippedProfileNames().empty());
  for (const std::string& name : ShippedProfileNames()) EXPECT_EQ(Shipped(name).name, name);
  EXPECT_FALSE(ShippedProfile("another"));
}

TEST(ShippedProfiles, ListNoFieldThatHoldsASecret) {
  for (const std::string& name : ShippedProfileNames()) {
    const std::set<std::string> fields = FieldsOf(Shipped(name));
    for (const char* secret :
         {"accessToken", "refreshToken", "claudeAiOauth", "openaiOauth", "geminiOauth", "apiKey", "apiKeys",
          "idToken", "clientSecret", "password", "proxy", "awsCredentials", "bearerToken"})
      EXPECT_EQ(fields.count(secret), 0U) << name << ": " << secret;
  }
}

TEST(ShippedProfiles, TakeNoSetOfIdsForAnEntity) {
  for (const std::string& name : ShippedProfileNames()) {
    const std::vector<EntitySpec> entities = Shipped(name).entities;
    for (const EntitySpec& listed : entities)
      for (const EntitySpec& entity : entities) {
        KeyParts parts;
        if (!entity.key.Match(listed.index, parts)) continue;
        EXPECT_EQ(std::ranges::count(entity.exclude, parts.id), 1)
            << listed.index << " as " << entity.key.text();
      }
  }
}

TEST(ShippedProfiles, MeterKeysAndAccountsOfTheFirstRelay) {
  const Profile profile = Shipped("claude-relay-service");
  ASSERT_EQ(profile.counters.size(), 2U);
  KeyParts parts;
  EXPECT_TRUE(profile.counters[0].key.Match("usage:k:model:hourly:deepseek/r1:free:2026-11-20:20", parts));
  EXPECT_EQ(profile.counters[0].fields.size(), kMetricCount);
  EXPECT_TRUE(profile.counters[1].key.Match("account_usage:model:hourly:a:gpt-5:2026-11-20:20", parts));
  EXPECT_EQ(profile.counters[1].kind, EntityKind::kAccount);
}

}  // namespace

}  // namespace keymeter
