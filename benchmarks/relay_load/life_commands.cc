#include "benchmarks/relay_load/life_commands.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "benchmarks/relay_load/relay_commands.h"
#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

void AppendHash(RespWriter& out, const std::string& key, const Fields& fields) {
  out.BeginCommand(2 + 2 * fields.size());
  out.Arg("hset");
  out.Arg(key);
  for (const auto& [field, value] : fields) {
    out.Arg(field);
    out.Arg(value);
  }
}

std::string ValueOf(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
  return found == fields.end() ? std::string() : found->second;
}

void Set(Fields& fields, const std::string& name, const std::string& value) {
  const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
  if (found == fields.end()) {
    fields.emplace_back(name, value);
  } else {
    found->second = value;
  }
}

/// The text behind the last `count` colons, if it looks like the pattern: d is any digit.
std::optional<std::string> PeriodAtEnd(std::string_view key, std::string_view pattern) {
  if (key.size() <= pattern.size() || key[key.size() - pattern.size() - 1] != ':') return std::nullopt;
  const std::string_view end = key.substr(key.size() - pattern.size());
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool is_digit = end[i] >= '0' && end[i] <= '9';
    if (pattern[i] == 'd' ? !is_digit : end[i] != pattern[i]) return std::nullopt;
  }
  return std::string(end);
}

constexpr std::string_view kDate = "dddd-dd-dd";
constexpr std::string_view kHour = "dddd-dd-dd:dd";
constexpr std::string_view kMonth = "dddd-dd";

/// One walk of the migration: every key of the form `prefix{member}:{period}` becomes a member. The relay
/// takes its own index sets for such keys too, and so makes a member named "index".
struct Walk {
  std::string_view prefix;
  std::string_view period;
  std::string_view index;
  std::int64_t ttl;
};
constexpr std::array kWalks{
    Walk{"usage:daily:", kDate, "usage:daily:index:", kDailyTtl},
    Walk{"usage:hourly:", kHour, "usage:hourly:index:", kHourlyTtl},
    Walk{"usage:model:daily:", kDate, "usage:model:daily:index:", kDailyTtl},
    Walk{"usage:model:hourly:", kHour, "usage:model:hourly:index:", kHourlyTtl},
};

void AddMember(RespWriter& out, const std::string& index, std::string_view member, std::int64_t ttl) {
  out.Command({"sadd", index, member});
  out.Expire(index, ttl);
}

void AppendWalk(RespWriter& out, const Snapshot& found, const Walk& walk) {
  for (const std::string& key : found.Names(walk.prefix)) {
    const auto period = PeriodAtEnd(key, walk.period);
    if (!period) continue;
    const std::size_t begin = walk.prefix.size();
    const std::string member = key.substr(begin, key.size() - begin - period->size() - 1);
    if (member.empty() || member.find(':') != std::string::npos) continue;
    AddMember(out, std::string(walk.index) + *period, member, walk.ttl);
  }
  out.EndPart();
}

/// The counters by key and model: usage:{id}:model:{kind}:{model}:{period}.
struct KeyModel {
  std::string id;
  std::string model;
  std::string period;
};
std::optional<KeyModel> KeyModelOf(std::string_view key, std::string_view kind, std::string_view pattern) {
  constexpr std::string_view kPrefix = "usage:";
  if (!key.starts_with(kPrefix)) return std::nullopt;
  const std::size_t id_end = key.find(':', kPrefix.size());
  const std::string middle = fmt::format(":model:{}:", kind);
  if (id_end == std::string_view::npos || !key.substr(id_end).starts_with(middle)) return std::nullopt;
  const auto period = PeriodAtEnd(key, pattern);
  const std::size_t model_begin = id_end + middle.size();
  if (!period || key.size() < model_begin + period->size() + 2) return std::nullopt;
  return KeyModel{std::string(key.substr(kPrefix.size(), id_end - kPrefix.size())),
                  std::string(key.substr(model_begin, key.size() - model_begin - period->size() - 1)),
                  *period};
}

void AppendKeyModelWalk(RespWriter& out, const Snapshot& found, std::string_view kind,
                        std::string_view pattern, std::int64_t ttl) {
  for (const std::string& key : found.Names("usage:")) {
    const auto counter = KeyModelOf(key, kind, pattern);
    if (!counter) continue;
    AddMember(out, fmt::format("usage:keymodel:{}:index:{}", kind, counter->period),
              counter->id + ":" + counter->model, ttl);
  }
  out.EndPart();
}

void AppendGlobalTotal(RespWriter& out, const Snapshot& found) {
  if (found.Has("usage:global:total")) return;
  constexpr std::array<std::pair<const char*, const char*>, 6> kSums{
      {{"requests", "totalRequests"},
       {"inputTokens", "totalInputTokens"},
       {"outputTokens", "totalOutputTokens"},
       {"cacheCreateTokens", "totalCacheCreateTokens"},
       {"cacheReadTokens", "totalCacheReadTokens"},
       {"allTokens", "totalAllTokens"}}};
  Fields sums;
  for (const auto& [field, total] : kSums) {
    std::int64_t sum = 0;
    for (const auto& [key, fields] : found.hashes)
      if (key.starts_with("apikey:") && key != "apikey:hash_map")
        if (const auto usage = found.hashes.find("usage:" + key.substr(7)); usage != found.hashes.end())
          sum += std::atoll(ValueOf(usage->second, total).c_str());
    sums.emplace_back(field, std::to_string(sum));
  }
  AppendHash(out, "usage:global:total", sums);
  out.EndPart();
}

void AppendMonths(RespWriter& out, const Snapshot& found) {
  for (const std::string& key : found.Names("usage:model:monthly:"))
    if (const auto month = PeriodAtEnd(key, kMonth))
      out.Command({"sadd", "usage:model:monthly:months", *month});
  out.EndPart();
}

/// Sums of the months, by HSET: whatever the all-time counters held.
void AppendAllTime(RespWriter& out, const Snapshot& found, std::int64_t now_ms) {
  constexpr const char* kMark = "system:migration:alltime_model_stats_v1";
  if (found.Has(kMark)) return;
  constexpr std::array kFields{"inputTokens", "outputTokens", "cacheCreateTokens", "cacheReadTokens",
                               "requests"};
  std::map<std::string, std::array<std::int64_t, kFields.size()>> sums;
  for (const auto& [key, fields] : found.hashes)
    if (const auto counter = KeyModelOf(key, "monthly", kMonth))
      for (std::size_t i = 0; i < kFields.size(); ++i)
        sums[fmt::format("usage:{}:model:alltime:{}", counter->id, counter->model)][i] +=
            std::atoll(ValueOf(fields, kFields[i]).c_str());
  for (const auto& [key, values] : sums) {
    Fields fields;
    for (std::size_t i = 0; i < kFields.size(); ++i)
      fields.emplace_back(kFields[i], std::to_string(values[i]));
    AppendHash(out, key, fields);
  }
  out.Command({"set", kMark, std::to_string(now_ms)});
  out.EndPart();
}

void AppendCostRanks(RespWriter& out, const std::string& id, bool is_in) {
  for (const char* rank : {"cost_rank:today", "cost_rank:7days", "cost_rank:30days", "cost_rank:all"}) {
    if (is_in) {
      out.Command({"zadd", rank, "0", id});
    } else {
      out.Command({"zrem", rank, id});
    }
  }
  out.EndPart();
}

}  // namespace

std::vector<std::string> Snapshot::Names(std::string_view prefix) const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& key) {
    if (key.starts_with(prefix)) names.push_back(key);
  };
  for (const auto& [key, fields] : hashes) add(key);
  for (const auto& [key, value] : strings) add(key);
  for (const std::string& key : others) add(key);
  return names;
}

bool Snapshot::Has(const std::string& key) const {
  return hashes.contains(key) || strings.contains(key) || others.contains(key);
}

void AppendIndexMigration(RespWriter& out, const Snapshot& found, std::int64_t now_ms) {
  constexpr const char* kMark = "system:migration:usage_index_v2";
  if (found.Has(kMark)) return;
  for (const Walk& walk : kWalks) AppendWalk(out, found, walk);
  AppendKeyModelWalk(out, found, "daily", kDate, kDailyTtl);
  AppendKeyModelWalk(out, found, "hourly", kHour, kHourlyTtl);
  out.Command({"set", kMark, std::to_string(now_ms)});
  out.EndPart();
}

void AppendStart(RespWriter& out, const Snapshot& found, const Age& age, std::int64_t now_ms) {
  if (!age.KeepsIndexSets()) return;
  AppendGlobalTotal(out, found);
  out.Command({"set", "system:migrated:version", age.Text()});
  AppendMonths(out, found);
  AppendIndexMigration(out, found, now_ms);
  AppendAllTime(out, found, now_ms);
}

void AppendUsageReset(RespWriter& out, const Snapshot& found) {
  std::set<std::string> gone;
  const auto remove = [&](const std::string& key) {
    if (gone.insert(key).second) out.Command({"del", key});
  };
  std::vector<std::string> keys;
  for (const auto& [key, fields] : found.hashes)
    if (key.starts_with("apikey:") && std::ranges::count(key, ':') == 1 && key != "apikey:hash_map")
      keys.push_back(key);
  for (const std::string& key : keys) remove("usage:" + key.substr(7));
  out.EndPart();
  for (const char* prefix : {"usage:daily:", "usage:monthly:"}) {
    for (const std::string& key : found.Names(prefix)) remove(key);
    out.EndPart();
  }
  for (const std::string& key : keys) out.Command({"hset", key, "lastUsedAt", ""});
  out.EndPart();
  for (const std::string& key : found.Names("usage:")) remove(key);
  out.EndPart();
}

void AppendKeyDeleted(RespWriter& out, const Snapshot& found, const std::string& id, std::int64_t now_ms) {
  const std::string key = "apikey:" + id;
  Fields fields = found.hashes.at(key);
  Set(fields, "isDeleted", "true");
  Set(fields, "deletedAt", IsoTime(now_ms));
  Set(fields, "deletedBy", "admin");
  Set(fields, "deletedByType", "admin");
  Set(fields, "isActive", "false");
  AppendHash(out, key, fields);
  out.Expire(key, kApiKeyTtl);
  const std::string secret = ValueOf(fields, "apiKey");
  out.Command({"del", "apikey_hash:" + secret});
  out.Command({"hdel", "apikey:hash_map", secret});
  out.EndPart();
  AppendCostRanks(out, id, false);
}

void AppendKeyRestored(RespWriter& out, const Snapshot& found, const std::string& id, std::int64_t now_ms) {
  const std::string key = "apikey:" + id;
  Fields fields = found.hashes.at(key);
  Set(fields, "isActive", "true");
  Set(fields, "restoredAt", IsoTime(now_ms));
  std::erase_if(fields, [](const auto& field) {
    return field.first == "isDeleted" || field.first.starts_with("deleted");
  });
  AppendHash(out, key, fields);
  out.Expire(key, kApiKeyTtl);
  out.Command({"hdel", key, "isDeleted", "deletedAt", "deletedBy", "deletedByType"});
  out.Command({"hset", "apikey:hash_map", ValueOf(fields, "apiKey"), id});
  out.EndPart();
  AppendCostRanks(out, id, true);
}

void AppendKeyPurged(RespWriter& out, const Snapshot& found, const std::string& id) {
  for (const std::string& key : found.Names("usage:"))
    if (key.find(":" + id, std::string_view("usage:").size()) != std::string::npos) out.Command({"del", key});
  out.EndPart();
  if (const auto key = found.hashes.find("apikey:" + id); key != found.hashes.end())
    out.Command({"hdel", "apikey:hash_map", ValueOf(key->second, "apiKey")});
  out.Command({"del", "apikey:" + id});
  out.EndPart();
}

void AppendGroupMove(RespWriter& out, std::string_view account, std::string_view from, std::string_view to,
                     std::string_view platform) {
  const std::string reverse = fmt::format("account_groups_reverse:{}:{}", platform, account);
  if (!from.empty()) {
    out.Command({"srem", fmt::format("account_group_members:{}", from), account});
    out.Command({"srem", reverse, from});
    out.EndPart();
  }
  if (to.empty()) return;
  out.Command({"sadd", fmt::format("account_group_members:{}", to), account});
  out.Command({"sadd", reverse, to});
  out.EndPart();
}

void AppendKindMove(RespWriter& out, const Snapshot& found, const std::string& account,
                    const std::string& from_prefix, const std::string& to_prefix) {
  const std::string old_key = from_prefix + ":" + account;
  out.Command({"srem", from_prefix + ":index", account});
  out.Command({"del", old_key});
  out.EndPart();
  Fields fields = found.hashes.at(old_key);
  std::erase_if(fields, [](const auto& field) { return field.first == "platform"; });
  AppendHash(out, to_prefix + ":" + account, fields);
  out.Command({"sadd", to_prefix + ":index", account});
  out.Command({"del", to_prefix + ":index:empty"});
  out.EndPart();
}

}  // namespace keymeter::relay_load
