#include "schema/key_pattern.h"

#include <gtest/gtest.h>

#include "schema/shown_name.h"

namespace keymeter {

namespace {

constexpr const char* kKeyCounter = "usage:{id}:model:hourly:{model}:{date}:{hour}";
constexpr const char* kAccountCounter = "account_usage:model:hourly:{id}:{model}:{date}:{hour}";

KeyPattern Pattern(std::string_view text) {
  auto pattern = KeyPattern::Parse(text);
  EXPECT_TRUE(pattern) << pattern.error().message;
  return pattern.value_or(KeyPattern());
}

/// "id|model|date|hour" of a key, or "no".
std::string Match(std::string_view pattern, std::string_view key) {
  KeyParts parts;
  if (!Pattern(pattern).Match(key, parts)) return "no";
  return fmt::format("{}|{}|{}|{}", parts.id, parts.model, parts.date, parts.hour);
}

std::string ParseError(std::string_view text) {
  const auto pattern = KeyPattern::Parse(text);
  if (pattern) return "";
  EXPECT_EQ(pattern.error().code, ErrorCode::kInvalid);
  return pattern.error().message;
}

TEST(KeyPattern, MatchesACounterKey) {
  EXPECT_EQ(Match(kKeyCounter, "usage:5e81-a:model:hourly:gpt-5:2026-11-20:20"),
            "5e81-a|gpt-5|2026-11-20|20");
}

TEST(KeyPattern, MatchesAModelThatHoldsColons) {
  EXPECT_EQ(Match(kKeyCounter, "usage:k:model:hourly:deepseek/deepseek-r1:free:2026-11-20:20"),
            "k|deepseek/deepseek-r1:free|2026-11-20|20");
  EXPECT_EQ(Match(kAccountCounter, "account_usage:model:hourly:a:us.anthropic.claude-v1:0:2026-11-20:07"),
            "a|us.anthropic.claude-v1:0|2026-11-20|07");
}

TEST(KeyPattern, MatchesAModelThatLooksLikeTheRestOfTheKey) {
  EXPECT_EQ(Match(kKeyCounter, "usage:k:model:hourly:m:2026-11-20:20:2026-11-21:03"),
            "k|m:2026-11-20:20|2026-11-21|03");
  EXPECT_EQ(Match(kKeyCounter, "usage:k:model:hourly::::2026-11-20:20"), "k|::|2026-11-20|20");
}

TEST(KeyPattern, TakesWhateverStandsInTheKeyForAnId) {
  EXPECT_EQ(Match("apikey:{id}", "apikey:5e812359-e969-4a6d-a0a6-f3bcedd18c3b"),
            "5e812359-e969-4a6d-a0a6-f3bcedd18c3b|||");
  EXPECT_EQ(Match("apikey:{id}", "apikey:hash_map"), "hash_map|||");
  EXPECT_EQ(Match("apikey:{id}", std::string_view("apikey:\0\xff \n", 11)), std::string("\0\xff \n|||", 7));
}

TEST(KeyPattern, TakesAnIdWithColonsWhereItIsBounded) {
  EXPECT_EQ(Match("apikey:{id}", "apikey:idx:all"), "no");
  EXPECT_EQ(Match(kKeyCounter, "usage:a:b:model:hourly:m:2026-11-20:20"), "a:b|m|2026-11-20|20");
  EXPECT_EQ(Match(kAccountCounter, "account_usage:model:hourly:a:b:m:2026-11-20:20"), "a|b:m|2026-11-20|20");
}

TEST(KeyPattern, TellsAnEmptyIdOrModelFromNone) {
  const std::string none(kEmptyName);
  EXPECT_EQ(Match("apikey:{id}", "apikey:"), none + "|||");
  EXPECT_EQ(Match(kKeyCounter, "usage::model:hourly:gpt-5:2026-11-20:20"), none + "|gpt-5|2026-11-20|20");
  EXPECT_EQ(Match(kKeyCounter, "usage:k:model:hourly::2026-11-20:20"), "k|" + none + "|2026-11-20|20");
  KeyParts parts;
  const KeyPattern pattern = Pattern(kKeyCounter);
  ASSERT_TRUE(pattern.Match("usage::model:hourly::2026-11-20:20", parts));
  EXPECT_EQ(pattern.Key(parts), "usage::model:hourly::2026-11-20:20");
}

TEST(KeyPattern, SaysThatANameCannotBeToldFromAnEmptyOne) {
  const KeyPattern counter = Pattern(kKeyCounter);
  const auto is_ambiguous = [&](const std::string& id, const std::string& model, const std::string& hour) {
    KeyParts parts;
    const std::string key = "usage:" + id + ":model:hourly:" + model + hour;
    EXPECT_FALSE(counter.Match(key, parts));
    return counter.FitOf(key, parts) == KeyPattern::Fit::kAmbiguous;
  };
  const std::string none(kEmptyName);
  EXPECT_TRUE(is_ambiguous("k", none, ":2026-11-20:20"));
  EXPECT_TRUE(is_ambiguous(none, "m", ":2026-11-20:20"));
  EXPECT_TRUE(is_ambiguous(none, "", ":2026-11-20:20"));
  EXPECT_FALSE(is_ambiguous(none, "m", ":2026-11-20:2")) << "it is no counter";
}

TEST(KeyPattern, RefusesKeysOfOtherKinds) {
  for (const char* key : {
           "",
           "usage",
           "usage:k",
           "usage:k:model:daily:gpt-5:2026-11-20",
           "usage:k:model:monthly:gpt-5:2026-11",
           "usage:k:model:alltime:gpt-5",
           "usage:hourly:k:2026-11-20:20",
           "usage:k:model:hourly:2026-11-20:20",
           "usage:model:hourly:gpt-5:2026-11-20:20",
           "usage:k:model:hourly:gpt-5:2026-11-20:2",
           "xusage:k:model:hourly:gpt-5:2026-11-20:20",
           "account_usage:model:hourly:a:gpt-5:2026-11-20:20",
       }) {
    EXPECT_EQ(Match(kKeyCounter, key), "no") << key;
  }
}

TEST(KeyPattern, MatchesFromTheFrontWhereThereIsNoModel) {
  EXPECT_EQ(Match("index:{date}:{hour}", "index:2026-11-20:20"), "||2026-11-20|20");
  EXPECT_EQ(Match("index:{date}:{hour}", "index:2026-11-20:20:empty"), "no");
  EXPECT_EQ(Match("index:{date}:{hour}", "index:2026-11-20:2"), "no");
}

TEST(KeyPattern, MatchesAnIdBehindTheModel) {
  EXPECT_EQ(Match("m:{model}:{id}:end", "m:a:b:k:end"), "k|a:b||");
  EXPECT_EQ(Match("{model}:{id}", "a:b:"), std::string(kEmptyName) + "|a:b||");
}

TEST(KeyPattern, MatchesTheMembersOfAnIndex) {
  EXPECT_EQ(Match("{id}:{model}", "k:deepseek/deepseek-r1:free"), "k|deepseek/deepseek-r1:free||");
  EXPECT_EQ(Match("{id}:{model}", "k"), "no");
  EXPECT_EQ(Match("{id}:{model}", "k:"), "k|" + std::string(kEmptyName) + "||");
}

TEST(KeyPattern, MatchesAKeyWithoutHolesAsItIs) {
  EXPECT_EQ(Match("account_groups", "account_groups"), "|||");
  EXPECT_EQ(Match("account_groups", "account_groups:x"), "no");
}

TEST(KeyPattern, BuildsTheKeyThatItMatches) {
  const KeyPattern pattern = Pattern(kAccountCounter);
  const std::string key = "account_usage:model:hourly:a:deepseek/deepseek-r1:free:2026-11-20:20";
  KeyParts parts;
  ASSERT_TRUE(pattern.Match(key, parts));
  EXPECT_EQ(pattern.Key(parts), key);
}

TEST(KeyPattern, AppendsToWhatIsThere) {
  std::string out = "HMGET ";
  Pattern("apikey:{id}").AppendKey(out, {.id = "k", .model = {}, .date = {}, .hour = {}});
  EXPECT_EQ(out, "HMGET apikey:k");
}

TEST(KeyPattern, KnowsItsHolesAndItsPrefix) {
  const KeyPattern pattern = Pattern("usage:{id}:{date}");
  EXPECT_TRUE(pattern.Has(KeyPattern::Hole::kId));
  EXPECT_FALSE(pattern.Has(KeyPattern::Hole::kModel));
  EXPECT_EQ(pattern.prefix(), "usage:");
  EXPECT_EQ(Pattern("{id}:x").prefix(), "");
  EXPECT_EQ(pattern.text(), "usage:{id}:{date}");
}

TEST(KeyPattern, EscapesItsLiteralsInAGlob) {
  EXPECT_EQ(Pattern("usage:{id}:model:{model}").Glob(), "usage:*:model:*");
  EXPECT_EQ(Pattern(R"(a*b?[c]\:{id})").Glob(), R"(a\*b\?\[c\]\\:*)");
}

TEST(KeyPattern, SaysWhatIsWrongWithAPattern) {
  EXPECT_EQ(ParseError(""), "a key pattern is empty");
  EXPECT_EQ(ParseError("usage:{id"), "'usage:{id' lacks a closing brace");
  EXPECT_EQ(ParseError("usage:{user}"),
            "'usage:{user}' names {user}; known are {id} {model} {date} {hour} {month}");
  EXPECT_EQ(ParseError("usage:{}"), "'usage:{}' names {}; known are {id} {model} {date} {hour} {month}");
  EXPECT_EQ(ParseError("{id}:{id}"), "'{id}:{id}' names {id} twice");
  EXPECT_EQ(ParseError("{date}{hour}"),
            "'{date}{hour}' has nothing between two holes, so it cannot be told apart");
}

TEST(KeyPattern, BuildsAKeyWithTextThatLooksLikeAnEmptyName) {
  const std::string none(kEmptyName);
  for (const auto& [text, key] :
       {std::pair(none + "{id}", none), std::pair(std::string("{month}:{id}"), none + ":k")}) {
    const KeyPattern pattern = Pattern(text);
    KeyParts parts;
    ASSERT_TRUE(pattern.Match(key, parts));
    EXPECT_EQ(pattern.Key(parts), key);
  }
}

TEST(KeyPattern, RefusesAnIdThatNoColonEnds) {
  EXPECT_EQ(ParseError("usage:{id}_hourly"), "'usage:{id}_hourly' has no colon where {id} ends");
  EXPECT_EQ(ParseError("usage:{model}_{id}"), "'usage:{model}_{id}' has no colon where {id} begins");
  EXPECT_EQ(ParseError("key_{id}:{model}"), "");
  EXPECT_EQ(ParseError("usage:{model}:{id}_"), "");
}

TEST(KeyPattern, KnowsAByteThatEverySuchKeyHasNearItsEnd) {
  const auto byte = [](const char* text) {
    const KeyPattern::ByteFromEnd found = Pattern(text).LastFixedByte();
    return found.place == 0 ? std::string("none") : fmt::format("{} at {}", found.value, found.place);
  };
  EXPECT_EQ(byte(kKeyCounter), ": at 3");
  EXPECT_EQ(byte("usage:daily:{id}:{date}"), ": at 11");
  EXPECT_EQ(byte("usage:{id}:total"), "l at 1");
  EXPECT_EQ(byte("apikey:{id}"), "none");
  EXPECT_EQ(byte("usage:{id}:{model}"), "none");
}

}  // namespace

}  // namespace keymeter
