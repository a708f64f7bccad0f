#include "tests/benchmarks/relay_load/recorded_requests.h"

#include <cmath>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/support/relay/calendar.h"
#include "tests/support/relay_trace.h"

namespace keymeter::relay_load {
namespace {

using testing::RedisCommand;

bool IsFirstOfRequest(const RedisCommand& command) {
  constexpr std::size_t kUuidLength = 36;
  return command[0] == "hincrby" && command[1].starts_with("usage:") && command[2] == "totalTokens" &&
         command[1].size() == std::string_view("usage:").size() + kUuidLength;
}

bool IsLastOfRequest(const std::vector<RedisCommand>& all, std::size_t i) {
  if (all[i][0] == "xadd") return true;
  const bool ends_records = all[i][0] == "expire" && all[i][1].starts_with("usage:records:");
  return ends_records && (i + 1 == all.size() || all[i + 1][0] != "xadd");
}

/// The first command with this name whose key begins so.
const RedisCommand& Find(const RecordedRequest& recorded, std::string_view name, std::string_view key_begin) {
  for (const RedisCommand& command : recorded.commands) {
    if (command[0] == name && command[1].starts_with(key_begin)) return command;
  }
  throw std::runtime_error("the recorded request has no " + std::string(name) + " " + std::string(key_begin));
}

/// The relay rounds a double to micro-dollars: an exact half may fall either way there. `micros` says which
/// way it fell.
Cost CostFrom(const std::string& usd, std::int64_t micros) {
  Cost cost;
  cost.input = std::llround(std::stod(usd) * 1e12);
  if (cost.Micros() == micros + 1) cost.input -= 1;
  return cost;
}

std::int64_t MicrosOf(const RecordedRequest& recorded, std::string_view field) {
  for (const RedisCommand& command : recorded.commands) {
    if (command[0] == "hincrby" && command[2] == field) return std::stoll(command[3]);
  }
  throw std::runtime_error("the recorded request has no " + std::string(field));
}

const AccountKind& KindOf(const std::string& usage_type) {
  for (const AccountKind& kind : AccountKinds()) {
    if (kind.usage_type == usage_type) return kind;
  }
  throw std::runtime_error("no account kind is called " + usage_type);
}

Tokens TokensOf(const RecordedRequest& recorded) {
  std::map<std::string, std::int64_t> fields;
  for (const RedisCommand& command : recorded.commands) {
    if (command[0] == "hincrby" && command[1] == "usage:" + recorded.key.id) {
      fields[command[2]] = std::stoll(command[3]);
    }
  }
  return {fields.at("totalInputTokens"),       fields.at("totalOutputTokens"),
          fields.at("totalCacheCreateTokens"), fields.at("totalCacheReadTokens"),
          fields.at("totalEphemeral5mTokens"), fields.at("totalEphemeral1hTokens")};
}

void Understand(RecordedRequest& recorded) {
  recorded.key.id = recorded.commands.front()[1].substr(std::string_view("usage:").size());
  const RedisCommand& api_key = Find(recorded, "hset", "apikey:");
  for (std::size_t i = 2; i + 1 < api_key.size(); i += 2) {
    recorded.key.fields.emplace_back(api_key[i], api_key[i + 1]);
  }
  recorded.key.last_used_at = FieldIndex(recorded.key.fields, "lastUsedAt");

  const auto record = nlohmann::json::parse(Find(recorded, "lpush", "usage:records:")[2]);
  recorded.account.id = record.at("accountId");
  recorded.account.kind = &KindOf(record.at("accountType"));
  const std::string alltime = "usage:" + recorded.key.id + ":model:alltime:";
  recorded.model.name = Find(recorded, "hincrby", alltime)[1].substr(alltime.size());
  recorded.model.request_name = record.at("model");
  recorded.model.is_claude = recorded.model.name.starts_with("claude");

  Request& request = recorded.request;
  request.key = &recorded.key;
  request.account = &recorded.account;
  request.model = &recorded.model;
  request.at_ms = ParseTime(recorded.key.fields[recorded.key.last_used_at].second).value();
  request.account_delay_ms = ParseTime(record.at("timestamp").get<std::string>()).value() - request.at_ms;
  request.tokens = TokensOf(recorded);
  request.rated_cost =
      CostFrom(Find(recorded, "incrbyfloat", "usage:cost:daily:")[2], MicrosOf(recorded, "ratedCostMicro"));
  request.real_cost = CostFrom(Find(recorded, "incrbyfloat", "usage:cost:real:daily:")[2],
                               MicrosOf(recorded, "realCostMicro"));
  request.has_details = recorded.commands.back()[0] == "xadd";
}

}  // namespace

std::deque<RecordedRequest> RecordedRequests() {
  const testing::RelayTrace trace = testing::RelayTrace::Load();
  const std::vector<RedisCommand>& all = trace.commands();
  std::deque<RecordedRequest> requests;
  bool is_inside = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!is_inside && IsFirstOfRequest(all[i])) {
      is_inside = true;
      requests.emplace_back();
    }
    if (!is_inside) continue;
    requests.back().commands.push_back(all[i]);
    if (!IsLastOfRequest(all, i)) continue;
    is_inside = false;
    Understand(requests.back());
  }
  return requests;
}

}  // namespace keymeter::relay_load
