#include "benchmarks/relay_load/demo_commands.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kHalfHourMs = 1'800'000;
constexpr std::int64_t kMicrosInCent = 10'000;

void SetFields(RespWriter& out, const Account& account,
               std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  const std::string key = fmt::format("{}:{}", account.kind->key_prefix, account.id);
  for (const auto& [name, value] : fields) out.Command({"hset", key, name, value});
}

/// As the relay writes it when an upstream answers 529, for longer, so that somebody sees it.
void SetUnavailable(RespWriter& out, const Account& account, std::int64_t now_ms) {
  const std::string key = fmt::format("temp_unavailable:{}:{}", account.kind->usage_type, account.id);
  const std::string mark = fmt::format(
      R"({{"statusCode":529,"errorType":"overload","markedAt":"{}","ttlSeconds":{}, "expiresAt":"{}"}})",
      IsoTime(now_ms), kHalfHourMs / 1000, IsoTime(now_ms + kHalfHourMs));
  out.Command({"setex", key, std::to_string(kHalfHourMs / 1000), mark});
}

}  // namespace

void AppendTroubles(RespWriter& out, const Population& population, std::int64_t now_ms) {
  int troubles = 0;
  for (std::size_t i = 1; i < population.accounts.size(); ++i) {
    const Account& account = population.accounts[i];
    if (account.kind->is_json_string) continue;
    if (troubles++ == 0) {
      SetFields(
          out, account,
          {{"status", "unauthorized"}, {"errorMessage", "401: the upstream refuses this account's token"}});
    } else if (troubles == 2) {
      SetFields(out, account,
                {{"rateLimitStatus", "limited"},
                 {"rateLimitedAt", IsoTime(now_ms)},
                 {"rateLimitEndAt", IsoTime(now_ms + kHalfHourMs)}});
    } else {
      SetUnavailable(out, account, now_ms);
      break;
    }
  }
  out.EndPart();
}

void AppendBalance(RespWriter& out, const Account& account, std::int64_t now_ms) {
  // The relay names kinds otherwise here than in usage.
  std::string kind(account.kind->usage_type);
  if (kind == "claude-official") kind = "claude";
  if (kind == "azure-openai") kind = "azure_openai";
  const std::string key = fmt::format("account_balance:{}:{}", kind, account.id);
  out.Command({"hset", key, "balance", "87.5", "currency", "USD", "lastRefreshAt", IsoTime(now_ms),
               "queryMethod", "api", "status", "success", "errorMessage", "", "rawData", "", "quota", ""});
  out.Command({"expire", key, "3600"});
  out.EndPart();
}

std::vector<std::string> NearLimits(const Population& population, const Tally& tally,
                                    std::int64_t day_start) {
  constexpr std::size_t kKeys = 3;
  std::vector<std::string> limits;
  for (std::size_t i = 0; i < std::min(kKeys, population.keys.size()); ++i) {
    std::int64_t spent_micros = 0;
    for (const auto& [series, amounts] : tally.ApiKeys())
      if (series.id == population.keys[i].id && series.hour_start >= day_start)
        spent_micros += amounts.cost_micros;
    const std::int64_t cents = spent_micros * 105 / 100 / kMicrosInCent + 1;
    limits.push_back(fmt::format("{}.{:02}", cents / 100, cents % 100));
  }
  return limits;
}

void AppendLimit(RespWriter& out, const ApiKey& key, std::string_view usd) {
  out.Command({"hset", "apikey:" + key.id, "dailyCostLimit", usd});
  out.EndPart();
}

void AppendReset(RespWriter& out, const Request& request, std::int64_t offset_seconds) {
  const Periods at = PeriodsAt(request.at_ms, offset_seconds);
  const std::string& id = request.key->id;
  const std::string& model = request.model->name;
  out.Command({"del", fmt::format("usage:{}:model:daily:{}:{}", id, model, at.date),
               fmt::format("usage:{}:model:monthly:{}:{}", id, model, at.month),
               fmt::format("usage:{}:model:alltime:{}", id, model)});
  for (int hour = 0; hour < 24; ++hour)
    out.Command({"del", fmt::format("usage:{}:model:hourly:{}:{}:{:02}", id, model, at.date, hour)});
  out.EndPart();
}

}  // namespace keymeter::relay_load
