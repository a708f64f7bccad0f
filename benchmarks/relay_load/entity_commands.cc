#include "benchmarks/relay_load/entity_commands.h"

#include <fmt/format.h>

#include "benchmarks/relay_load/relay_commands.h"

namespace keymeter::relay_load {
namespace {

void AppendHash(RespWriter& out, std::string_view command, std::string_view key, const Fields& fields) {
  out.BeginCommand(2 + 2 * fields.size());
  out.Arg(command);
  out.Arg(key);
  for (const auto& [field, value] : fields) {
    out.Arg(field);
    out.Arg(value);
  }
}

void AppendAccount(RespWriter& out, const Account& account, const Age& age) {
  const std::string key = fmt::format("{}:{}", account.kind->key_prefix, account.id);
  const std::string index = fmt::format("{}:index", account.kind->key_prefix);
  if (account.kind->is_json_string) {
    out.Command({"set", key, BedrockJson(account.fields)});
  } else {
    AppendHash(out, "hset", key, account.fields);
  }
  if (age.KeepsIndexSets()) {
    out.Command({"sadd", index, account.id});
    out.Command({"del", index + ":empty"});
  }
  if (account.is_shared && !account.kind->shared_set.empty()) {
    out.Command({"sadd", account.kind->shared_set, account.id});
  }
  out.EndPart();
}

void AppendGroup(RespWriter& out, const Group& group, const Population& population, const Age& age) {
  AppendHash(out, "hmset", "account_group:" + group.id, group.fields);
  out.Command({"sadd", "account_groups", group.id});
  for (const std::size_t member : group.members) {
    const std::string& account = population.accounts[member].id;
    out.Command({"sadd", "account_group_members:" + group.id, account});
    if (age.KeepsIndexSets()) out.Command({"sadd", "account_groups_reverse:claude:" + account, group.id});
  }
  out.EndPart();
}

void AppendApiKey(RespWriter& out, const ApiKey& key, const Age& age) {
  const std::string hash = "apikey:" + key.id;
  out.Command({"hset", "apikey:hash_map", key.secret_hash, key.id});
  AppendHash(out, "hset", hash, key.fields);
  out.Expire(hash, kApiKeyTtl);
  if (!age.KeepsIndexSets()) return out.EndPart();
  for (const char* rank : {"cost_rank:today", "cost_rank:7days", "cost_rank:30days", "cost_rank:all"}) {
    out.Command({"zadd", rank, "0", key.id});
  }
  out.EndPart();
}

}  // namespace

void AppendEntities(RespWriter& out, const Population& population, const Age& age) {
  for (const Account& account : population.accounts) AppendAccount(out, account, age);
  for (const Group& group : population.groups) AppendGroup(out, group, population, age);
  for (const ApiKey& key : population.keys) AppendApiKey(out, key, age);
}

}  // namespace keymeter::relay_load
