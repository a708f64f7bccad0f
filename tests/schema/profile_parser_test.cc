#include "schema/profile_parser.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "schema/profile_loader.h"

namespace keymeter {

namespace {

using ProfileJson = nlohmann::json;

ProfileJson SmallProfile() {
  return ProfileJson::parse(R"({
    "name": "small", "description": "for tests",
    "counters": [{
      "kind": "api_key", "key": "u:{id}:{model}:{date}:{hour}", "period": "hour", "keep_hours": 168,
      "index": {"key": "i:{date}:{hour}", "member": "{id}:{model}"},
      "fields": {"requests": "n", "input_tokens": "in"}
    }],
    "entities": [{
      "kind": "account", "type": "json", "key": "a:{id}", "exclude": ["map"], "index": "a:index",
      "defaults": {"platform": "small"}, "fields": {"name": "title"},
      "notes": [{"type": "json", "key": "down:{id}", "every_s": 2, "fields": {"unavailable_until": "until"}}]
    }, {
      "kind": "api_key", "key": "k:{id}", "fields": {"name": "name"},
      "bindings": {"fields": {"small": "account"}, "prefixes": {"team:": "group"}}
    }],
    "groups": {"key": "g:{id}", "index": "gs", "members": "gm:{id}", "fields": {"name": "name"}}
  })");
}

std::string ProfileError(const std::string& json) {
  const auto profile = ParseProfile(json);
  if (profile) return "";
  EXPECT_EQ(profile.error().code, ErrorCode::kInvalid);
  return profile.error().message;
}

/// The error of the small profile with one value changed.
std::string ErrorWith(const char* pointer, const ProfileJson& value) {
  ProfileJson profile = SmallProfile();
  profile[ProfileJson::json_pointer(pointer)] = value;
  return ProfileError(profile.dump());
}

std::string ErrorWithout(const char* parent, const char* name) {
  ProfileJson profile = SmallProfile();
  profile[ProfileJson::json_pointer(parent)].erase(name);
  return ProfileError(profile.dump());
}

TEST(ProfileParser, ReadsEveryMember) {
  const auto profile = ParseProfile(SmallProfile().dump());
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->name, "small");
  const CounterSpec& counter = profile->counters.at(0);
  EXPECT_EQ(counter.kind, EntityKind::kApiKey);
  EXPECT_EQ(counter.key.text(), "u:{id}:{model}:{date}:{hour}");
  EXPECT_EQ(counter.keep_hours, 168);
  ASSERT_TRUE(counter.index);
  EXPECT_EQ(counter.index->key.text(), "i:{date}:{hour}");
  EXPECT_EQ(counter.index->member.text(), "{id}:{model}");
  EXPECT_EQ(counter.fields.size(), 2U);
  const EntitySpec& entity = profile->entities.at(0);
  EXPECT_EQ(entity.kind, EntityKind::kAccount);
  EXPECT_EQ(entity.exclude, (std::vector<std::string>{"map", "index"})) << "its own set is no entity";
  EXPECT_EQ(entity.index, "a:index");
  EXPECT_EQ(entity.fields.at(0), (std::pair<std::string, std::string>("name", "title")));
  EXPECT_EQ(entity.defaults.at(0), (std::pair<std::string, std::string>("platform", "small")));
  EXPECT_EQ(entity.form, EntityForm::kJson);
  const NoteSpec& note = entity.notes.at(0);
  EXPECT_EQ(note.form, EntityForm::kJson);
  EXPECT_EQ(note.key.text(), "down:{id}");
  EXPECT_EQ(note.every_s, 2);
  EXPECT_EQ(note.fields.at(0), (std::pair<std::string, std::string>("unavailable_until", "until")));
  const EntitySpec& key = profile->entities.at(1);
  EXPECT_EQ(key.form, EntityForm::kHash);
  EXPECT_EQ(key.bindings.fields.at(0), (std::pair<std::string, std::string>("small", "account")));
  EXPECT_EQ(key.bindings.prefixes.at(0), (std::pair<std::string, BindingKind>("team:", BindingKind::kGroup)));
  ASSERT_TRUE(profile->groups);
  EXPECT_EQ(profile->groups->members.text(), "gm:{id}");
}

TEST(ProfileParser, NeedsNeitherIndexNorGroups) {
  EXPECT_EQ(ErrorWithout("", "groups"), "");
  EXPECT_EQ(ErrorWithout("/counters/0", "index"), "");
  EXPECT_EQ(ErrorWithout("/entities/0", "type"), "");
  ProfileJson profile = SmallProfile();
  profile["entities"][0].erase("type");
  profile["entities"][0].erase("index");
  EXPECT_EQ(ProfileError(profile.dump()), "");
}

TEST(ProfileParser, NeedsAnIndexOfStringsBecauseTheirChangesRaiseNoEvent) {
  EXPECT_EQ(ErrorWithout("/entities/0", "index"),
            "entities[0]: needs an index: a string's changes raise no event that is taken");
}

TEST(ProfileParser, NamesThePlaceOfAWrongValue) {
  struct Case {
    const char* pointer;
    ProfileJson value;
    const char* error;
  };
  const Case cases[] = {
      {"/name", "", "name: is not a text"},
      {"/name", 7, "name: is not a text"},
      {"/description", nullptr, "description: is not a text"},
      {"/counters", ProfileJson::object(), "counters: is not a list"},
      {"/counters", ProfileJson::array(), "counters: is empty"},
      {"/counters/0", 1, "counters[0]: is not an object"},
      {"/counters/0/kind", "user", "counters[0].kind: 'user' is unknown; known are api_key, account"},
      {"/counters/0/key", "u:{id}",
       "counters[0].key: 'u:{id}' must have the holes {id} {date} {hour}, and may have {model}"},
      {"/counters/0/key", "u:{id", "counters[0].key: 'u:{id' lacks a closing brace"},
      {"/counters/0/key", ProfileJson::array(), "counters[0].key: is not a text"},
      {"/counters/0/period", "week", "counters[0].period: 'week' is unknown; known are hour, none"},
      {"/counters/0/keep_hours", 0, "counters[0].keep_hours: is not a whole number from 1 to 8784"},
      {"/counters/0/keep_hours", 1.5, "counters[0].keep_hours: is not a whole number from 1 to 8784"},
      {"/counters/0/keep_hours", "168", "counters[0].keep_hours: is not a whole number from 1 to 8784"},
      {"/counters/0/index/key", "i:{date}",
       "counters[0].index.key: 'i:{date}' must have the holes {date} {hour}"},
      {"/counters/0/index/member", "{id}",
       "counters[0].index.member: '{id}' must have the holes {id} {model}"},
      {"/counters/0/index/extra", 1, "counters[0].index: 'extra' is unknown; known are key, member"},
      {"/counters/0/fields", ProfileJson::object(), "counters[0]: has no fields"},
      {"/counters/0/fields", ProfileJson::array(), "counters[0].fields: is not an object"},
      {"/counters/0/fields/input_tokens", 5, "counters[0].fields.input_tokens: is not a text"},
      {"/entities/0/key", "a:{id}:{model}", "entities[0].key: 'a:{id}:{model}' must have the holes {id}"},
      {"/entities/0/exclude", "index", "entities[0].exclude: is not a list"},
      {"/entities/0/exclude/0", 1, "entities[0].exclude[0]: is not a text"},
      {"/entities/0/type", "list", "entities[0].type: 'list' is unknown; known are hash, json"},
      {"/entities/0/bindings", ProfileJson::object(),
       "entities[0].bindings: belongs to the hash of an api_key"},
      {"/entities/0/notes/0/every_s", 0,
       "entities[0].notes[0].every_s: is not a whole number from 1 to 3600"},
      {"/entities/0/notes/0/key", "down", "entities[0].notes[0].key: 'down' must have the holes {id}"},
      {"/entities/0/notes/0/fields", ProfileJson::object(), "entities[0].notes[0]: has no fields"},
      {"/entities/1/notes", ProfileJson::array(), "entities[1].notes: belongs to an account"},
      {"/entities/1/bindings/fields", 1, "entities[1].bindings.fields: is not an object"},
      {"/entities/1/bindings/fields/small", "", "entities[1].bindings.fields.small: is not a text"},
      {"/entities/1/bindings/prefixes/x", "user",
       "entities[1].bindings.prefixes.x: 'user' is unknown; known are account, group"},
      {"/groups", "x", "groups: is not an object"},
      {"/groups/members", "gm", "groups.members: 'gm' must have the holes {id}"},
  };
  for (const Case& c : cases) EXPECT_EQ(ErrorWith(c.pointer, c.value), c.error) << c.pointer << c.value;
}

TEST(ProfileParser, NamesThePlaceOfAnUnknownName) {
  EXPECT_EQ(
      ErrorWith("/counter", 1),
      "'counter' is unknown; known are name, description, counters, day_sum, entities, entities_of, groups");
  EXPECT_TRUE(
      ErrorWith("/counters/0/keys", "x").starts_with("counters[0]: 'keys' is unknown; known are kind"));
  EXPECT_TRUE(ErrorWith("/counters/0/fields/tokens", "tokens")
                  .starts_with("counters[0].fields.tokens: 'tokens' is no metric; known are requests, "));
  EXPECT_TRUE(ErrorWith("/entities/0/fields/nick", "nick")
                  .starts_with("entities[0].fields: 'nick' is unknown; known are name, "));
  EXPECT_TRUE(ErrorWith("/entities/0/defaults/nick", "nick")
                  .starts_with("entities[0].defaults: 'nick' is unknown; known are name, "));
  EXPECT_TRUE(
      ErrorWith("/entities/0/notes/0/fields/name", "name")
          .starts_with("entities[0].notes[0].fields: 'name' is unknown; known are unavailable_until"));
  EXPECT_TRUE(ErrorWith("/groups/fields/tags", "tags")
                  .starts_with("groups.fields: 'tags' is unknown; known are name, "));
}

TEST(ProfileParser, NamesWhatIsMissing) {
  EXPECT_EQ(ErrorWithout("", "name"), "lacks 'name'");
  EXPECT_EQ(ErrorWithout("", "counters"), "lacks 'counters'");
  EXPECT_EQ(ErrorWithout("", "entities"), "lacks 'entities'");
  for (const char* name : {"kind", "key", "period", "keep_hours", "fields"})
    EXPECT_EQ(ErrorWithout("/counters/0", name), fmt::format("counters[0]: lacks '{}'", name));
  EXPECT_EQ(ErrorWithout("/entities/0", "fields"), "entities[0]: lacks 'fields'");
  EXPECT_EQ(ErrorWithout("/groups", "index"), "groups: lacks 'index'");
}

TEST(ProfileParser, SaysWhereTheJsonBreaks) {
  for (const char* text : {"", "{", "nil", "{\"name\": \"a\",}", "\xff", "{\"name\": \"\xff\"}"})
    EXPECT_TRUE(ProfileError(text).starts_with("is not JSON at line 1, column ")) << text;
  for (const char* text : {"[]", "7", "null", "\"text\""}) EXPECT_EQ(ProfileError(text), "is not an object");
}

TEST(ProfileParser, SurvivesHugeNumbers) {
  for (const char* number : {"18446744073709551615", "9223372036854776000", "99999999999999999999",
                             "-9223372036854775808", "1e308"}) {
    std::string text = SmallProfile().dump();
    text.replace(text.find("168"), 3, number);
    EXPECT_EQ(ProfileError(text), "counters[0].keep_hours: is not a whole number from 1 to 8784") << number;
  }
  EXPECT_TRUE(ProfileError("1e999").starts_with("is not JSON at line 1, column "));
}

TEST(ProfileParser, SurvivesDeepNesting) {
  constexpr std::size_t kDepth = 200'000;
  const std::string open(kDepth, '[');
  const std::string nested = open + std::string(kDepth, ']');
  EXPECT_EQ(ProfileError(open), "is nested deeper than 16");
  EXPECT_EQ(ProfileError(nested), "is nested deeper than 16");
  std::string text = SmallProfile().dump();
  text.replace(text.find("\"small\""), 7, nested);
  EXPECT_EQ(ProfileError(text), "is nested deeper than 16");
}

TEST(CumulativeCounters, NameNoHour) {
  ProfileJson profile = SmallProfile();
  ProfileJson& counter = profile["counters"][0];
  counter = ProfileJson::parse(
      R"({"kind": "api_key", "key": "total:{id}", "period": "none", "fields": {"requests": "n"}})");
  const auto parsed = ParseProfile(profile.dump());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->counters[0].period, Period::kNone);
  counter["index"] = {{"key", "ids"}, {"member", "{id}"}};
  EXPECT_EQ(ProfileError(profile.dump()), "");
  counter["key"] = "total:{id}:{model}";
  EXPECT_EQ(ProfileError(profile.dump()),
            "counters[0].index.member: '{id}' must have the holes {id} {model}");
  counter["index"] = {{"key", "ids:{date}"}, {"member", "{id}:{model}"}};
  EXPECT_EQ(ProfileError(profile.dump()), "counters[0].index.key: 'ids:{date}' must have no holes");
  counter.erase("index");
  counter["keep_hours"] = 5;
  EXPECT_EQ(ProfileError(profile.dump()), "counters[0].keep_hours: belongs to a counter with a period");
  counter.erase("keep_hours");
  counter["key"] = "total:{id}:{date}";
  EXPECT_EQ(ProfileError(profile.dump()),
            "counters[0].key: 'total:{id}:{date}' must have the holes {id}, and may have {model}");
}

TEST(CountersWithoutModel, HaveMembersWithoutModel) {
  ProfileJson profile = SmallProfile();
  ProfileJson& counter = profile["counters"][0];
  counter["key"] = "u:{id}:{date}:{hour}";
  EXPECT_EQ(ProfileError(profile.dump()),
            "counters[0].index.member: '{id}:{model}' must have the holes {id}");
  counter["index"]["member"] = "{id}";
  counter["exclude"] = {"index"};
  const auto parsed = ParseProfile(profile.dump());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed->counters[0].IsExcluded("index"));
  EXPECT_FALSE(parsed->counters[0].IsExcluded("k"));
}

TEST(EntitiesOf, AreThoseOfAShippedProfile) {
  ProfileJson profile = SmallProfile();
  profile.erase("entities");
  profile.erase("groups");
  profile["entities_of"] = "claude-relay-service";
  const auto parsed = ParseProfile(profile.dump());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->entities.size(), LoadProfile("claude-relay-service")->entities.size());
  EXPECT_TRUE(parsed->groups);
  profile["entities_of"] = "another";
  EXPECT_EQ(ProfileError(profile.dump()),
            "entities_of: 'another' is no shipped profile; those are claude-relay-service, "
            "claude-relay-service-totals");
  profile["entities_of"] = "claude-relay-service";
  profile["name"] = "claude-relay-service";
  EXPECT_EQ(ProfileError(profile.dump()), "entities_of: names the profile itself");
}

}  // namespace

}  // namespace keymeter
