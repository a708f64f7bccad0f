#include "benchmarks/usage_file/entities.h"

#include "schema/civil_time.h"

namespace keymeter::usage_file {

namespace {

Status WriteKeys(Database& database, const relay_load::Population& population, std::int64_t now) {
  ASSIGN_OR_RETURN(auto key, database.Prepare("INSERT INTO api_key (id, name, description, tags, is_active, "
                                              "is_deleted, created_at, last_used_at, "
                                              "expires_at, "
                                              "daily_cost_limit, user_id, user_username, group_id) VALUES "
                                              "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  ASSIGN_OR_RETURN(auto binding,
                   database.Prepare("INSERT INTO api_key_binding VALUES (?, 'claude', 'group', ?)"));
  std::int64_t number = 0;
  for (const relay_load::ApiKey& each : population.keys) {
    const std::int64_t created = now - (400 - number % 400) * kDaySeconds;
    const std::string group =
        population.groups.empty() || number % 3 != 0
            ? ""
            : population.groups[static_cast<std::size_t>(number) % population.groups.size()].id;
    key.Bind(1, each.id).Bind(2, each.name).Bind(3, number % 5 == 0 ? "made for a benchmark" : "");
    key.Bind(4, number % 2 == 0 ? R"(["team","batch"])" : "[]").Bind(5, number % 20 != 0 ? 1 : 0);
    key.Bind(6, number % 50 == 0 ? 1 : 0).Bind(7, FormatRfc3339(created * 1000));
    key.Bind(8, FormatRfc3339((now - number % 100'000) * 1000));
    key.Bind(9, number % 4 == 0 ? FormatRfc3339((now + (number % 365) * kDaySeconds) * 1000) : "");
    key.Bind(10, static_cast<double>(number % 7)).Bind(11, fmt::format("user-{}", number % 2'500));
    key.Bind(12, fmt::format("person.{}", number % 2'500)).Bind(13, group);
    RETURN_IF_ERROR(key.Run());
    if (!group.empty()) {
      binding.Bind(1, each.id).Bind(2, group);
      RETURN_IF_ERROR(binding.Run());
    }
    ++number;
  }
  return {};
}

Status WriteAccounts(Database& database, const relay_load::Population& population) {
  ASSIGN_OR_RETURN(
      auto account,
      database.Prepare("INSERT INTO account (id, name, platform, status, is_active, account_type, priority) "
                       "VALUES (?, ?, ?, 'active', 1, ?, 50)"));
  std::int64_t number = 0;
  for (const relay_load::Account& each : population.accounts) {
    constexpr std::string_view kPlatforms[] = {"claude", "openai", "gemini", "droid"};
    account.Bind(1, each.id).Bind(2, fmt::format("account {}", number));
    account.Bind(3, kPlatforms[static_cast<std::size_t>(number) % 4])
        .Bind(4, each.is_shared ? "shared" : "dedicated");
    RETURN_IF_ERROR(account.Run());
    ++number;
  }
  return {};
}

Status WriteGroups(Database& database, const relay_load::Population& population) {
  ASSIGN_OR_RETURN(
      auto group, database.Prepare("INSERT INTO account_group (id, name, platform) VALUES (?, ?, 'claude')"));
  ASSIGN_OR_RETURN(auto member, database.Prepare("INSERT OR IGNORE INTO group_member VALUES (?, ?)"));
  std::int64_t number = 0;
  for (const relay_load::Group& each : population.groups) {
    group.Bind(1, each.id).Bind(2, fmt::format("group {}", number++));
    RETURN_IF_ERROR(group.Run());
    for (const std::size_t account : each.members) {
      member.Bind(1, each.id).Bind(2, population.accounts[account].id);
      RETURN_IF_ERROR(member.Run());
    }
  }
  return {};
}

Status WritePrices(Database& database, const relay_load::Population& population) {
  ASSIGN_OR_RETURN(
      auto price,
      database.Prepare(
          "INSERT OR IGNORE INTO price (model, valid_from, input, output, cache_create, cache_create_1h, "
          "cache_read) "
          "VALUES (?, 0, ?, ?, ?, ?, ?)"));
  const auto usd = [](std::int64_t pico) { return static_cast<double>(pico) / 1e12; };
  for (const relay_load::Model& each : population.models) {
    const relay_load::Prices& prices = each.prices;
    price.Bind(1, each.name).Bind(2, usd(prices.input)).Bind(3, usd(prices.output));
    price.Bind(4, usd(prices.cache_write_5m))
        .Bind(5, usd(prices.cache_write_1h))
        .Bind(6, usd(prices.cache_read));
    RETURN_IF_ERROR(price.Run());
  }
  return {};
}

}  // namespace

Status WriteEntities(Database& database, const relay_load::Population& population, std::int64_t now) {
  RETURN_IF_ERROR(WriteKeys(database, population, now));
  RETURN_IF_ERROR(WriteAccounts(database, population));
  RETURN_IF_ERROR(WriteGroups(database, population));
  return WritePrices(database, population);
}

}  // namespace keymeter::usage_file
