#include "processor/metering/event_matcher.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "schema/profile_loader.h"
#include "tests/processor/metering/values.h"
#include "tests/support/allocation_count.h"
#include "tests/support/relay_trace.h"

namespace keymeter::processor {

namespace {

using What = EventMatcher::What;

const MeteringPlan& PlanOf(const std::string& profile) {
  static std::map<std::string, MeteringPlan> plans;
  const auto plan = plans.find(profile);
  if (plan != plans.end()) return plan->second;
  return plans.emplace(profile, MeteringPlan::Make(LoadProfiles(profile).value(), {}, 0, 0).value())
      .first->second;
}

const Profile& Relay() {
  return PlanOf("claude-relay-service").entities();
}

std::string WhatIs(std::string_view key, const std::string& profile = "claude-relay-service") {
  const MeteringPlan& plan = PlanOf(profile);
  const EventMatcher matcher(plan);
  const EventMatcher::Match match = matcher.Find(key);
  switch (match.what) {
    case What::kNothing:
      break;
    case What::kCounter:
      return fmt::format("counter of {} {} x {} at {} {}", EntityKindName(plan.counters()[match.spec].kind),
                         match.parts.id, match.parts.model, match.parts.date, match.parts.hour);
    case What::kEntity:
      return fmt::format("{} {}", EntityKindName(Relay().entities[match.spec].kind), match.parts.id);
    case What::kGroup:
      return fmt::format("group {}", match.parts.id);
    case What::kAmbiguous:
      return "ambiguous";
  }
  return "nothing";
}

struct KeyCase {
  const char* key;
  const char* expected;
};

class Keys : public ::testing::TestWithParam<KeyCase> {};

TEST_P(Keys, AreWhatTheProfileSays) {
  EXPECT_EQ(WhatIs(GetParam().key), GetParam().expected) << GetParam().key;
}

constexpr KeyCase kKeys[] = {
    {"usage:5e81:model:hourly:gpt-5:2026-11-20:20", "counter of api_key 5e81 x gpt-5 at 2026-11-20 20"},
    {"usage:5e81:model:hourly:deepseek/deepseek-r1:free:2026-11-20:20",
     "counter of api_key 5e81 x deepseek/deepseek-r1:free at 2026-11-20 20"},
    {"account_usage:model:hourly:acc:gpt-5:2026-11-20:20", "counter of account acc x gpt-5 at 2026-11-20 20"},
    {"account_usage:model:hourly:acc:a:b:2026-11-20:20", "counter of account acc x a:b at 2026-11-20 20"},
    {"usage:5e81:model:daily:gpt-5:2026-11-20", "nothing"},
    {"usage:5e81:model:monthly:gpt-5:2026-11", "nothing"},
    {"usage:5e81:model:alltime:gpt-5", "nothing"},
    {"usage:model:hourly:gpt-5:2026-11-20:20", "nothing"},
    {"usage:hourly:5e81:2026-11-20:20", "nothing"},
    {"usage:5e81", "nothing"},
    {"usage:keymodel:hourly:index:2026-11-20:20", "nothing"},
    {"account_usage:model:hourly:index:2026-11-20:20", "nothing"},
    {"account_usage:hourly:acc:2026-11-20:20", "nothing"},
    {"usage:cost:hourly:5e81:2026-11-20:20", "nothing"},
    {"usage:global:total", "nothing"},
    {"system:metrics:minute:29919600", "nothing"},
    {"apikey:5e81", "api_key 5e81"},
    {"apikey:hash_map", "nothing"},
    {"apikey:idx:all", "nothing"},
    {"claude:account:acc", "account acc"},
    {"claude_console_account:acc", "account acc"},
    {"openai:account:acc", "account acc"},
    {"openai_responses_account:acc", "account acc"},
    {"gemini_account:acc", "account acc"},
    {"gemini_api_account:acc", "account acc"},
    {"ccr_account:acc", "account acc"},
    {"droid:account:acc", "account acc"},
    {"azure_openai:account:acc", "account acc"},
    {"account_group:g", "group g"},
    {"account_group_members:g", "nothing"},
    {"", "nothing"},
    {"usage", "nothing"},
    {":", "nothing"},
};

INSTANTIATE_TEST_SUITE_P(OfTheRelay, Keys, ::testing::ValuesIn(kKeys));

std::vector<std::string> Words(std::string_view key) {
  std::vector<std::string> words(1);
  for (char c : key) {
    if (c == ':') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

bool IsUuid(const std::string& word) {
  return word.size() == 36 && word[8] == '-' && word[23] == '-';
}

/// What a recorded key must be, told by its words and not by patterns.
What Expected(std::string_view key) {
  static const std::set<std::string> account_prefixes = {
      "claude:account",           "claude_console_account", "openai:account",
      "openai_responses_account", "gemini_account",         "ccr_account",
      "gemini_api_account",       "azure_openai:account",   "droid:account"};
  const std::vector<std::string> words = Words(key);
  const std::size_t count = words.size();
  if (count >= 7 && words[0] == "usage" && IsUuid(words[1]) && words[2] == "model" && words[3] == "hourly")
    return What::kCounter;
  if (count >= 7 && words[0] == "account_usage" && words[1] == "model" && words[2] == "hourly" &&
      IsUuid(words[3]))
    return What::kCounter;
  if (!IsUuid(words.back())) return What::kNothing;
  if (count == 2 && words[0] == "account_group") return What::kGroup;
  if (count == 2 && words[0] == "apikey") return What::kEntity;
  const std::string prefix(key.substr(0, key.size() - words.back().size() - 1));
  return account_prefixes.contains(prefix) ? What::kEntity : What::kNothing;
}

/// Events of these reach the matcher: those of hashes that grow or are set, and those of whatever is deleted.
bool RaisesAnEvent(const std::string& command) {
  return command == "hset" || command == "hincrby" || command == "hmset" || command == "del";
}

TEST(EventMatcher, KnowsEveryKeyOfTheRecordedTrace) {
  const EventMatcher matcher(PlanOf("claude-relay-service"));
  std::map<What, std::set<std::string>> keys;
  const testing::RelayTrace trace = testing::RelayTrace::Load();
  for (const testing::RedisCommand& command : trace.commands()) {
    if (!RaisesAnEvent(command.at(0))) continue;
    const std::string& key = command.at(1);
    const EventMatcher::Match match = matcher.Find(key);
    ASSERT_EQ(match.what, Expected(key)) << key;
    keys[match.what].insert(key);
  }
  // 13 API keys and 10 accounts, of which one is no hash, were made; their counters are those of the
  // expected file.
  EXPECT_EQ(keys[What::kCounter].size(), testing::RelayExpectation::Load().usage.size());
  EXPECT_GT(keys[What::kEntity].size(), 13U);
  EXPECT_EQ(keys[What::kGroup].size(), 2U);
  EXPECT_GT(keys[What::kNothing].size(), 100U);
}

TEST(EventMatcher, ReadsTheHourThatACounterNames) {
  EventMatcher matcher(PlanOf("claude-relay-service"));
  const auto hour_of = [&matcher](std::string_view date, std::string_view hour) {
    return matcher.NaiveHour({"", "", date, hour});
  };
  EXPECT_EQ(hour_of("2026-11-20", "20"), Hour(20) / kHourSeconds);
  EXPECT_EQ(hour_of("2026-11-20", "20"), Hour(20) / kHourSeconds);
  EXPECT_EQ(hour_of("2026-11-20", "21"), Hour(21) / kHourSeconds);
  EXPECT_EQ(hour_of("2026-11-21", "00"), Hour(24) / kHourSeconds);
}

TEST(EventMatcher, ReadsNoHourOutOfWhatIsNone) {
  EventMatcher matcher(PlanOf("claude-relay-service"));
  for (const auto& [date, hour] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"", ""}, {"2026-11-20", "24"}, {"2026-11-31", "20"}, {"2026-1x-20", "20"}, {"2026-11-20", "2:"}})
    EXPECT_EQ(matcher.NaiveHour({"", "", date, hour}), std::nullopt) << date << ' ' << hour;
}

TEST(EventMatcher, TakesNoMemoryForAnEvent) {
  if (!testing::CountsAllocations()) GTEST_SKIP() << "a sanitizer owns malloc";
  EventMatcher matcher(PlanOf("claude-relay-service"));
  const auto find_all = [&matcher] {
    std::size_t found = 0;
    for (const KeyCase& c : kKeys) {
      const EventMatcher::Match match = matcher.Find(c.key);
      if (match.what == What::kCounter && matcher.NaiveHour(match.parts)) ++found;
    }
    return found;
  };
  ASSERT_EQ(find_all(), 4U);
  const std::size_t before = testing::AllocationCount();
  (void)find_all();
  EXPECT_EQ(testing::AllocationCount() - before, 0U);
}

TEST(OlderRelays, KeepTotalsByTheHour) {
  const auto what = [](std::string_view key) { return WhatIs(key, "claude-relay-service-totals"); };
  EXPECT_EQ(what("usage:hourly:5e81:2026-11-20:20"), "counter of api_key 5e81 x  at 2026-11-20 20");
  EXPECT_EQ(what("account_usage:hourly:acc:2026-11-20:20"), "counter of account acc x  at 2026-11-20 20");
  EXPECT_EQ(what("usage:hourly:index:2026-11-20:20"), "nothing") << "a set of ids";
  EXPECT_EQ(what("usage:5e81:model:hourly:gpt-5:2026-11-20:20"), "nothing");
  EXPECT_EQ(what("usage:daily:5e81:2026-11-20"), "nothing");
  EXPECT_EQ(what("apikey:5e81"), "api_key 5e81");
}

TEST(UndecidedPlans, WatchTheCountersOfEveryCandidate) {
  EXPECT_EQ(WhatIs("usage:hourly:5e81:2026-11-20:20", "auto"), "counter of api_key 5e81 x  at 2026-11-20 20");
  EXPECT_EQ(WhatIs("usage:5e81:model:hourly:gpt-5:2026-11-20:20", "auto"),
            "counter of api_key 5e81 x gpt-5 at 2026-11-20 20");
}

}  // namespace

}  // namespace keymeter::processor
