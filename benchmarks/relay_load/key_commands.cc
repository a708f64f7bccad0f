#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "benchmarks/relay_load/relay_commands.h"
#include "tests/support/relay/calendar.h"

// What a request adds for its API key, its model and everything together:
//
//   one pipeline   usage:{id}, usage:daily, usage:monthly          totals without model
//                  usage:model:daily, :monthly                     totals without key
//                  usage:{id}:model:daily, :monthly, :alltime      key × model, with money
//                  usage:hourly, usage:model:hourly, usage:{id}:model:hourly
//                  system:metrics:minute, times to live, index sets
//   one pipeline   usage:global:total, :daily, :monthly
//   then           usage:cost:*, usage:opus:*                      floats; only when it cost something
namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kSystemMetricsTtl = 600;
constexpr std::int64_t kDailyCostTtl = 30LL * 86'400;
constexpr std::int64_t kMonthlyCostTtl = 90LL * 86'400;
constexpr std::int64_t kOpusWeekTtl = 14LL * 86'400;

struct KeyNames {
  KeyNames(const Request& request, std::int64_t offset_seconds, const Age& age)
      : at(PeriodsAt(request.at_ms, offset_seconds)),
        model(ModelInKeys(*request.model, age)),
        total("usage:" + request.key->id),
        daily(fmt::format("usage:daily:{}:{}", request.key->id, at.date)),
        monthly(fmt::format("usage:monthly:{}:{}", request.key->id, at.month)),
        hourly(fmt::format("usage:hourly:{}:{}", request.key->id, at.hour)),
        model_daily(fmt::format("usage:model:daily:{}:{}", model, at.date)),
        model_monthly(fmt::format("usage:model:monthly:{}:{}", model, at.month)),
        model_hourly(fmt::format("usage:model:hourly:{}:{}", model, at.hour)),
        key_model_daily(fmt::format("{}:model:daily:{}:{}", total, model, at.date)),
        key_model_monthly(fmt::format("{}:model:monthly:{}:{}", total, model, at.month)),
        key_model_alltime(fmt::format("{}:model:alltime:{}", total, model)),
        key_model_hourly(fmt::format("{}:model:hourly:{}:{}", total, model, at.hour)),
        system_minute("system:metrics:minute:" + at.epoch_minute) {}

  Periods at;
  std::string model;
  std::string total;
  std::string daily;
  std::string monthly;
  std::string hourly;
  std::string model_daily;
  std::string model_monthly;
  std::string model_hourly;
  std::string key_model_daily;
  std::string key_model_monthly;
  std::string key_model_alltime;
  std::string key_model_hourly;
  std::string system_minute;
};

void FourKinds(RespWriter& out, std::string_view key, const Tokens& tokens) {
  out.Increment(key, "inputTokens", tokens.input);
  out.Increment(key, "outputTokens", tokens.output);
  out.Increment(key, "cacheCreateTokens", tokens.cache_create);
  out.Increment(key, "cacheReadTokens", tokens.cache_read);
}

void Ephemerals(RespWriter& out, std::string_view key, const Tokens& tokens) {
  out.Increment(key, "ephemeral5mTokens", tokens.ephemeral_5m);
  out.Increment(key, "ephemeral1hTokens", tokens.ephemeral_1h);
}

void KeyTotal(RespWriter& out, std::string_view key, const Tokens& tokens, const Age& age) {
  out.Increment(key, "totalTokens", tokens.input + tokens.output);
  out.Increment(key, "totalInputTokens", tokens.input);
  out.Increment(key, "totalOutputTokens", tokens.output);
  out.Increment(key, "totalCacheCreateTokens", tokens.cache_create);
  out.Increment(key, "totalCacheReadTokens", tokens.cache_read);
  out.Increment(key, "totalAllTokens", tokens.All());
  if (age.KeepsEphemeralDays()) {
    out.Increment(key, "totalEphemeral5mTokens", tokens.ephemeral_5m);
    out.Increment(key, "totalEphemeral1hTokens", tokens.ephemeral_1h);
  }
  out.Increment(key, "totalRequests", 1);
}

void ModelPeriod(RespWriter& out, std::string_view key, std::int64_t ttl, const Tokens& tokens,
                 bool has_ephemerals) {
  if (!out.Outlives(ttl)) return;
  FourKinds(out, key, tokens);
  out.Increment(key, "allTokens", tokens.All());
  out.Increment(key, "requests", 1);
  if (has_ephemerals) Ephemerals(out, key, tokens);
}

void KeyPeriod(RespWriter& out, std::string_view key, std::int64_t ttl, const Tokens& tokens,
               bool has_ephemerals) {
  if (!out.Outlives(ttl)) return;
  out.Increment(key, "tokens", tokens.input + tokens.output);
  ModelPeriod(out, key, ttl, tokens, has_ephemerals);
}

void Money(RespWriter& out, std::string_view key, const Request& request) {
  if (request.real_cost.Total() > 0) out.Increment(key, "realCostMicro", request.real_cost.Micros());
  if (request.rated_cost.Total() > 0) out.Increment(key, "ratedCostMicro", request.rated_cost.Micros());
}

void KeyModelPeriod(RespWriter& out, std::string_view key, std::int64_t ttl, const Request& request,
                    bool has_ephemerals, const Age& age) {
  if (!out.Outlives(ttl)) return;
  ModelPeriod(out, key, ttl, request.tokens, has_ephemerals);
  if (age.KeepsIndexSets()) Money(out, key, request);
}

void KeyModelAllTime(RespWriter& out, std::string_view key, const Request& request, const Age& age) {
  if (!age.KeepsIndexSets()) return;
  FourKinds(out, key, request.tokens);
  out.Increment(key, "requests", 1);
  if (age.KeepsEphemeralHours()) Ephemerals(out, key, request.tokens);
  Money(out, key, request);
}

void SystemMinute(RespWriter& out, std::string_view key, const Tokens& tokens) {
  if (!out.Outlives(kSystemMetricsTtl)) return;
  out.Increment(key, "requests", 1);
  out.Increment(key, "totalTokens", tokens.All());
  FourKinds(out, key, tokens);
}

void TimesToLive(RespWriter& out, const KeyNames& names, const Age& age) {
  struct Lifetime {
    const std::string& key;
    std::int64_t ttl;
  };
  const std::array<Lifetime, 10> lifetimes{{{names.daily, kDailyTtl},
                                            {names.monthly, kMonthlyTtl},
                                            {names.hourly, kHourlyTtl},
                                            {names.model_daily, kDailyTtl},
                                            {names.model_monthly, kMonthlyTtl},
                                            {names.model_hourly, kHourlyTtl},
                                            {names.key_model_daily, kDailyTtl},
                                            {names.key_model_monthly, kMonthlyTtl},
                                            {names.key_model_hourly, kHourlyTtl},
                                            {names.system_minute, kSystemMetricsTtl}}};
  for (const Lifetime& lifetime : lifetimes) {
    if (&lifetime == &lifetimes.back() && !age.KeepsSystemMinutes()) continue;
    if (out.Outlives(lifetime.ttl)) out.Expire(lifetime.key, lifetime.ttl);
  }
}

void IndexSets(RespWriter& out, const KeyNames& names, const Request& request) {
  struct Index {
    std::string key;
    std::string_view member;
    std::int64_t ttl;
  };
  const std::string key_model = request.key->id + ":" + names.model;
  const std::array<Index, 7> sets{{{"usage:daily:index:" + names.at.date, request.key->id, kDailyTtl},
                                   {"usage:hourly:index:" + names.at.hour, request.key->id, kHourlyTtl},
                                   {"usage:model:daily:index:" + names.at.date, names.model, kDailyTtl},
                                   {"usage:model:hourly:index:" + names.at.hour, names.model, kHourlyTtl},
                                   {"usage:model:monthly:index:" + names.at.month, names.model, kMonthlyTtl},
                                   {"usage:keymodel:daily:index:" + names.at.date, key_model, kDailyTtl},
                                   {"usage:keymodel:hourly:index:" + names.at.hour, key_model, kHourlyTtl}}};
  for (const Index& set : sets) {
    if (out.Outlives(set.ttl)) out.Command({"sadd", set.key, set.member});
    // The list of months lives for ever and stands right behind the index of the month.
    if (&set == &sets[4]) out.Command({"sadd", "usage:model:monthly:months", names.at.month});
  }
  for (const Index& set : sets) out.Command({"del", set.key + ":empty"});
  for (const Index& set : sets) {
    if (out.Outlives(set.ttl)) out.Expire(set.key, set.ttl);
  }
}

void Global(RespWriter& out, std::string_view key, const Tokens& tokens, const Age& age) {
  out.Increment(key, "requests", 1);
  FourKinds(out, key, tokens);
  out.Increment(key, "allTokens", tokens.All());
  if (age.KeepsEphemeralHours()) Ephemerals(out, key, tokens);
}

void Globals(RespWriter& out, const KeyNames& names, const Tokens& tokens, const Age& age) {
  const std::string daily = "usage:global:daily:" + names.at.date;
  const std::string monthly = "usage:global:monthly:" + names.at.month;
  Global(out, "usage:global:total", tokens, age);
  if (out.Outlives(kDailyTtl)) Global(out, daily, tokens, age);
  if (out.Outlives(kMonthlyTtl)) Global(out, monthly, tokens, age);
  if (out.Outlives(kDailyTtl)) out.Expire(daily, kDailyTtl);
  if (out.Outlives(kMonthlyTtl)) out.Expire(monthly, kMonthlyTtl);
}

/// What Claude models cost this week. 1.1.262 alone had another name for it.
void WeekCost(RespWriter& out, const Request& request, const Periods& at, const Age& age) {
  const std::string& id = request.key->id;
  const std::string& week = age.NamesWeeksByTheirStart() ? at.week : at.iso_week;
  const std::string prefix = age.Text() == "1.1.262" ? "usage:claude:" : "usage:opus:";
  const std::string rated_week = fmt::format("{}weekly:{}:{}", prefix, id, week);
  const std::string real_week = fmt::format("{}real:weekly:{}:{}", prefix, id, week);
  const std::string rated = Usd(request.rated_cost.Total());
  const std::string real = Usd(request.real_cost.Total());
  const bool week_outlives = out.Outlives(kOpusWeekTtl);
  if (week_outlives) out.Command({"incrbyfloat", rated_week, rated});
  out.Command({"incrbyfloat", prefix + "total:" + id, rated});
  if (age.KeepsIndexSets()) {
    if (week_outlives) out.Command({"incrbyfloat", real_week, real});
    out.Command({"incrbyfloat", prefix + "real:total:" + id, real});
  }
  if (week_outlives) out.Expire(rated_week, kOpusWeekTtl);
  if (week_outlives && age.KeepsIndexSets()) out.Expire(real_week, kOpusWeekTtl);
}

}  // namespace

const std::string& ModelInKeys(const Model& model, const Age& age) {
  return age.NormalizesModels() ? model.name : model.request_name;
}

void AppendKeyUsage(RespWriter& out, const Request& request, std::int64_t offset_seconds, const Age& age) {
  const KeyNames names(request, offset_seconds, age);
  const Tokens& tokens = request.tokens;
  const bool in_days = age.KeepsEphemeralDays();
  const bool in_hours = age.KeepsEphemeralHours();
  KeyTotal(out, names.total, tokens, age);
  KeyPeriod(out, names.daily, kDailyTtl, tokens, in_days);
  KeyPeriod(out, names.monthly, kMonthlyTtl, tokens, in_days);
  ModelPeriod(out, names.model_daily, kDailyTtl, tokens, in_hours);
  ModelPeriod(out, names.model_monthly, kMonthlyTtl, tokens, in_hours);
  if (!age.SendsPipelines()) out.EndPart();
  KeyModelPeriod(out, names.key_model_daily, kDailyTtl, request, in_days, age);
  KeyModelPeriod(out, names.key_model_monthly, kMonthlyTtl, request, in_days, age);
  KeyModelAllTime(out, names.key_model_alltime, request, age);
  if (!age.SendsPipelines()) out.EndPart();
  KeyPeriod(out, names.hourly, kHourlyTtl, tokens, in_hours);
  ModelPeriod(out, names.model_hourly, kHourlyTtl, tokens, in_hours);
  KeyModelPeriod(out, names.key_model_hourly, kHourlyTtl, request, in_hours, age);
  if (age.KeepsSystemMinutes()) SystemMinute(out, names.system_minute, tokens);
  TimesToLive(out, names, age);
  if (age.KeepsIndexSets()) IndexSets(out, names, request);
  out.EndPart();
  if (age.KeepsIndexSets()) Globals(out, names, tokens, age);
  out.EndPart();
}

void AppendKeyCost(RespWriter& out, const Request& request, std::int64_t offset_seconds, const Age& age) {
  if (request.real_cost.Total() == 0 || !age.KeepsMoney()) return;
  const Periods at = PeriodsAt(request.at_ms, offset_seconds);
  const std::string& id = request.key->id;
  const std::string rated = Usd(request.rated_cost.Total());
  const std::string real = Usd(request.real_cost.Total());
  const std::string daily = fmt::format("usage:cost:daily:{}:{}", id, at.date);
  const std::string monthly = fmt::format("usage:cost:monthly:{}:{}", id, at.month);
  const std::string hourly = fmt::format("usage:cost:hourly:{}:{}", id, at.hour);
  const std::string real_daily = fmt::format("usage:cost:real:daily:{}:{}", id, at.date);
  const bool has_real = age.KeepsIndexSets();

  if (out.Outlives(kDailyCostTtl)) out.Command({"incrbyfloat", daily, rated});
  if (out.Outlives(kMonthlyCostTtl)) out.Command({"incrbyfloat", monthly, rated});
  if (out.Outlives(kHourlyTtl)) out.Command({"incrbyfloat", hourly, rated});
  out.Command({"incrbyfloat", "usage:cost:total:" + id, rated});
  if (has_real) out.Command({"incrbyfloat", "usage:cost:real:total:" + id, real});
  if (has_real && out.Outlives(kDailyCostTtl)) out.Command({"incrbyfloat", real_daily, real});
  if (out.Outlives(kDailyCostTtl)) out.Expire(daily, kDailyCostTtl);
  if (out.Outlives(kMonthlyCostTtl)) out.Expire(monthly, kMonthlyCostTtl);
  if (out.Outlives(kHourlyTtl)) out.Expire(hourly, kHourlyTtl);
  if (has_real && out.Outlives(kDailyCostTtl)) out.Expire(real_daily, kDailyCostTtl);
  if (request.model->is_claude && request.account->kind->counts_opus && age.KeepsWeeks())
    WeekCost(out, request, at, age);
  out.EndPart();
}

}  // namespace keymeter::relay_load
