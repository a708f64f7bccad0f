#include "benchmarks/relay_load/population.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

// Names that a reader may stumble over: CJK, Greek, quotes, commas, a line break, what a spreadsheet takes
// for a formula.
constexpr std::array<std::string_view, 8> kKeyNames{
    "key-{}",    "客户 {}",      "πελάτης {}",    "O'Brien \"prod\", eu {}",
    "dev;ci,{}", "=SUM(A1:A{})", "two\nlines {}", "ключ-{} 🔑"};
constexpr std::array<std::string_view, 5> kAccountNames{"主力-{}", "backup {}", "team-α \"{}\"",
                                                        "upstream, {}", "oauth-{}"};
constexpr std::array<std::string_view, 4> kGroupNames{"team-α {}", "团队 {}", "team-b {}", "\"quoted\", {}"};
constexpr std::array<std::string_view, 3> kTags{R"(["dev","ci"])", R"(["prod"])", "[]"};

template <std::size_t N>
std::string Numbered(const std::array<std::string_view, N>& patterns, std::size_t number) {
  return fmt::format(fmt::runtime(patterns[number % N]), number);
}

std::string Uuid(Random& random) {
  const std::string hex = RandomHex(random, 32);
  const std::string_view digits = hex;
  return fmt::format("{}-{}-4{}-a{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(13, 3),
                     digits.substr(17, 3), digits.substr(20, 12));
}

/// A generator of its own for each entity: its id then does not depend on how many others there are.
Random RandomFor(std::uint64_t seed, std::uint64_t kind, std::uint64_t number) {
  Random mix(seed ^ (kind << 56U));
  return Random(mix.Next() + number * 0xD1B54A32D192ED03ULL);
}

Account MakeAccount(const PopulationOptions& options, std::size_t number) {
  Random random = RandomFor(options.seed, 1, number);
  const std::vector<AccountKind>& kinds = AccountKinds();
  Account account;
  account.id = Uuid(random);
  account.kind = &kinds[number % kinds.size()];
  account.is_shared = options.groups == 0 || number % 3 == 2;
  const std::string name = Numbered(kAccountNames, number);
  account.fields = AccountFields({account.kind, account.id, name, account.is_shared ? "shared" : "group",
                                  options.created_at_ms, options.secret_mark},
                                 random);
  return account;
}

Group MakeGroup(const PopulationOptions& options, const std::vector<Account>& accounts, std::size_t number) {
  Random random = RandomFor(options.seed, 2, number);
  Group group;
  group.id = Uuid(random);
  group.fields = GroupFields(group.id, Numbered(kGroupNames, number), number % 2 == 0 ? "first team" : "",
                             options.created_at_ms);
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (accounts[i].is_shared) continue;
    const bool is_home = i % options.groups == number;
    const bool is_guest = i % 5 == 0 && (i + 1) % options.groups == number;  // a member of two groups
    if (is_home || is_guest) group.members.push_back(i);
  }
  return group;
}

/// Every fourth key is bound to a group, every fourth to one account, the rest to none.
std::pair<std::string_view, std::string> BindingOf(const Population& population, std::size_t number) {
  if (number % 4 == 0 && !population.groups.empty()) {
    return {"claudeConsoleAccountId", "group:" + population.groups[number / 4 % population.groups.size()].id};
  }
  if (number % 4 == 1 && !population.accounts.empty()) {
    const Account& account = population.accounts[number / 4 % population.accounts.size()];
    return {account.kind->key_field, std::string(account.kind->key_value_prefix) + account.id};
  }
  return {};
}

ApiKey MakeApiKey(const PopulationOptions& options, const Population& population, std::size_t number) {
  Random random = RandomFor(options.seed, 3, number);
  ApiKey key;
  key.id = Uuid(random);
  key.name = Numbered(kKeyNames, number);
  key.json_name = JsonEscaped(key.name);
  key.secret_hash = RandomHex(random, 64);
  if (!options.secret_mark.empty())
    key.secret_hash = fmt::format("{}-{}", options.secret_mark, key.secret_hash);
  key.rate_percent = number % 5 == 3 ? 150 : 100;  // so that rated and real cost differ somewhere

  const auto [binding_field, binding] = BindingOf(population, number);
  const bool is_owned = number % 3 == 0;
  const std::string owner_id = is_owned ? fmt::format("user-{}", number / 6) : "";
  const std::string owner_name = is_owned ? fmt::format("owner {}", number / 6) : "";
  ApiKeyFacts facts;
  facts.id = key.id;
  facts.rate_percent = key.rate_percent;
  facts.name = key.name;
  facts.description = number % 3 == 0 ? R"(d "quoted", with comma)" : "";
  facts.secret_hash = key.secret_hash;
  facts.binding_field = binding_field;
  facts.binding = binding;
  facts.tags_json = kTags[number % kTags.size()];
  facts.owner_id = owner_id;
  facts.owner_name = owner_name;
  facts.daily_cost_limit = number % 2 == 1 ? 5 : 0;
  facts.created_at_ms = options.created_at_ms;
  facts.expires_at_ms = number % 10 == 0 ? options.created_at_ms + 30 * kDayMs : 0;
  facts.secret_mark = options.secret_mark;
  key.fields = ApiKeyFields(facts);
  key.last_used_at = FieldIndex(key.fields, "lastUsedAt");
  return key;
}

}  // namespace

Population MakePopulation(const PopulationOptions& options) {
  Population population;
  population.secret_mark = options.secret_mark;
  population.models = MakeModels(options.models);
  population.accounts.reserve(options.accounts);
  for (std::size_t i = 0; i < options.accounts; ++i) population.accounts.push_back(MakeAccount(options, i));
  for (std::size_t i = 0; i < options.groups; ++i) {
    population.groups.push_back(MakeGroup(options, population.accounts, i));
  }
  population.keys.reserve(options.keys);
  for (std::size_t i = 0; i < options.keys; ++i)
    population.keys.push_back(MakeApiKey(options, population, i));
  return population;
}

}  // namespace keymeter::relay_load
