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
  KeyNames(const Request& request, std::int64_t offset_seconds)
      : at(PeriodsAt(request.at_ms, offset_seconds)),
        total("usage:" + request.key->id),
        daily(fmt::format("usage:daily:{}:{}", request.key->id, at.date)),
        monthly(fmt::format("usage:monthly:{}:{}", request.key->id, at.month)),
        hourly(fmt::format("usage:hourly:{}:{}", request.key->id, at.hour)),
        model_daily(fmt::format("usage:model:daily:{}:{}", request.model->name, at.date)),
        model_monthly(fmt::format("usage:model:monthly:{}:{}", request.model->name, at.month)),
        model_hourly(fmt::format("usage:model:hourly:{}:{}", request.model->name, at.hour)),
        key_model_daily(fmt::format("{}:model:daily:{}:{}", total, request.model->name, at.date)),
        key_model_monthly(fmt::format("{}:model:monthly:{}:{}", total, request.model->name, at.month)),
        key_model_alltime(fmt::format("{}:model:alltime:{}", total, request.model->name)),
        key_model_hourly(fmt::format("{}:model:hourly:{}:{}", total, request.model->name, at.hour)),
        system_minute("system:metrics:minute:" + at.epoch_minute) {}

  Periods at;
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

void KeyTotal(RespWriter& out, std::string_view key, const Tokens& tokens) {
  out.Increment(key, "totalTokens", tokens.input + tokens.output);
  out.Increment(key, "totalInputTokens", tokens.input);
  out.Increment(key, "totalOutputTokens", tokens.output);
  out.Increment(key, "totalCacheCreateTokens", tokens.cache_create);
  out.Increment(key, "totalCacheReadTokens", tokens.cache_read);
  out.Increment(key, "totalAllTokens", tokens.All());
  out.Increment(key, "totalEphemeral5mTokens", tokens.ephemeral_5m);
  out.Increment(key, "totalEphemeral1hTokens", tokens.ephemeral_1h);
  out.Increment(key, "totalRequests", 1);
}

void ModelPeriod(RespWriter& out, std::string_view key, std::int64_t ttl, const Tokens& tokens) {
  if (!out.Outlives(ttl)) return;
  FourKinds(out, key, tokens);
  out.Increment(key, "allTokens", tokens.All());
  out.Increment(key, "requests", 1);
  Ephemerals(out, key, tokens);
}

void KeyPeriod(RespWriter& out, std::string_view key, std::int64_t ttl, const Tokens& tokens) {
  if (!out.Outlives(ttl)) return;
  out.Increment(key, "tokens", tokens.input + tokens.output);
  ModelPeriod(out, key, ttl, tokens);
}

void Money(RespWriter& out, std::string_view key, const Request& request) {
  if (request.real_cost.Total() > 0) out.Increment(key, "realCostMicro", request.real_cost.Micros());
  if (request.rated_cost.Total() > 0) out.Increment(key, "ratedCostMicro", request.rated_cost.Micros());
}

void KeyModelPeriod(RespWriter& out, std::string_view key, std::int64_t ttl, const Request& request) {
  if (!out.Outlives(ttl)) return;
  ModelPeriod(out, key, ttl, request.tokens);
  Money(out, key, request);
}

void KeyModelAllTime(RespWriter& out, std::string_view key, const Request& request) {
  FourKinds(out, key, request.tokens);
  out.Increment(key, "requests", 1);
  Ephemerals(out, key, request.tokens);
  Money(out, key, request);
}

void SystemMinute(RespWriter& out, std::string_view key, const Tokens& tokens) {
  if (!out.Outlives(kSystemMetricsTtl)) return;
  out.Increment(key, "requests", 1);
  out.Increment(key, "totalTokens", tokens.All());
  FourKinds(out, key, tokens);
}

void TimesToLive(RespWriter& out, const KeyNames& names) {
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
    if (out.Outlives(lifetime.ttl)) out.Expire(lifetime.key, lifetime.ttl);
  }
}

void IndexSets(RespWriter& out, const KeyNames& names, const Request& request) {
  struct Index {
    std::string key;
    std::string_view member;
    std::int64_t ttl;
  };
  const std::string key_model = request.key->id + ":" + request.model->name;
  const std::array<Index, 7> sets{
      {{"usage:daily:index:" + names.at.date, request.key->id, kDailyTtl},
       {"usage:hourly:index:" + names.at.hour, request.key->id, kHourlyTtl},
       {"usage:model:daily:index:" + names.at.date, request.model->name, kDailyTtl},
       {"usage:model:hourly:index:" + names.at.hour, request.model->name, kHourlyTtl},
       {"usage:model:monthly:index:" + names.at.month, request.model->name, kMonthlyTtl},
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

void Global(RespWriter& out, std::string_view key, const Tokens& tokens) {
  out.Increment(key, "requests", 1);
  FourKinds(out, key, tokens);
  out.Increment(key, "allTokens", tokens.All());
  Ephemerals(out, key, tokens);
}

void Globals(RespWriter& out, const KeyNames& names, const Tokens& tokens) {
  const std::string daily = "usage:global:daily:" + names.at.date;
  const std::string monthly = "usage:global:monthly:" + names.at.month;
  Global(out, "usage:global:total", tokens);
  if (out.Outlives(kDailyTtl)) Global(out, daily, tokens);
  if (out.Outlives(kMonthlyTtl)) Global(out, monthly, tokens);
  if (out.Outlives(kDailyTtl)) out.Expire(daily, kDailyTtl);
  if (out.Outlives(kMonthlyTtl)) out.Expire(monthly, kMonthlyTtl);
}

void OpusCost(RespWriter& out, const Request& request, const Periods& at, std::string_view rated,
              std::string_view real) {
  const std::string rated_week = fmt::format("usage:opus:weekly:{}:{}", request.key->id, at.week);
  const std::string real_week = fmt::format("usage:opus:real:weekly:{}:{}", request.key->id, at.week);
  const bool week_outlives = out.Outlives(kOpusWeekTtl);
  if (week_outlives) out.Command({"incrbyfloat", rated_week, rated});
  out.Command({"incrbyfloat", "usage:opus:total:" + request.key->id, rated});
  if (week_outlives) out.Command({"incrbyfloat", real_week, real});
  out.Command({"incrbyfloat", "usage:opus:real:total:" + request.key->id, real});
  if (week_outlives) {
    out.Expire(rated_week, kOpusWeekTtl);
    out.Expire(real_week, kOpusWeekTtl);
  }
}

}  // namespace

void AppendKeyUsage(RespWriter& out, const Request& request, std::int64_t offset_seconds) {
  const KeyNames names(request, offset_seconds);
  KeyTotal(out, names.total, request.tokens);
  KeyPeriod(out, names.daily, kDailyTtl, request.tokens);
  KeyPeriod(out, names.monthly, kMonthlyTtl, request.tokens);
  ModelPeriod(out, names.model_daily, kDailyTtl, request.tokens);
  ModelPeriod(out, names.model_monthly, kMonthlyTtl, request.tokens);
  KeyModelPeriod(out, names.key_model_daily, kDailyTtl, request);
  KeyModelPeriod(out, names.key_model_monthly, kMonthlyTtl, request);
  KeyModelAllTime(out, names.key_model_alltime, request);
  KeyPeriod(out, names.hourly, kHourlyTtl, request.tokens);
  ModelPeriod(out, names.model_hourly, kHourlyTtl, request.tokens);
  KeyModelPeriod(out, names.key_model_hourly, kHourlyTtl, request);
  SystemMinute(out, names.system_minute, request.tokens);
  TimesToLive(out, names);
  IndexSets(out, names, request);
  out.EndPart();
  Globals(out, names, request.tokens);
  out.EndPart();
}

void AppendKeyCost(RespWriter& out, const Request& request, std::int64_t offset_seconds) {
  if (request.real_cost.Total() == 0) return;
  const Periods at = PeriodsAt(request.at_ms, offset_seconds);
  const std::string& id = request.key->id;
  const std::string rated = Usd(request.rated_cost.Total());
  const std::string real = Usd(request.real_cost.Total());
  const std::string daily = fmt::format("usage:cost:daily:{}:{}", id, at.date);
  const std::string monthly = fmt::format("usage:cost:monthly:{}:{}", id, at.month);
  const std::string hourly = fmt::format("usage:cost:hourly:{}:{}", id, at.hour);
  const std::string real_daily = fmt::format("usage:cost:real:daily:{}:{}", id, at.date);

  if (out.Outlives(kDailyCostTtl)) out.Command({"incrbyfloat", daily, rated});
  if (out.Outlives(kMonthlyCostTtl)) out.Command({"incrbyfloat", monthly, rated});
  if (out.Outlives(kHourlyTtl)) out.Command({"incrbyfloat", hourly, rated});
  out.Command({"incrbyfloat", "usage:cost:total:" + id, rated});
  out.Command({"incrbyfloat", "usage:cost:real:total:" + id, real});
  if (out.Outlives(kDailyCostTtl)) out.Command({"incrbyfloat", real_daily, real});
  if (out.Outlives(kDailyCostTtl)) out.Expire(daily, kDailyCostTtl);
  if (out.Outlives(kMonthlyCostTtl)) out.Expire(monthly, kMonthlyCostTtl);
  if (out.Outlives(kHourlyTtl)) out.Expire(hourly, kHourlyTtl);
  if (out.Outlives(kDailyCostTtl)) out.Expire(real_daily, kDailyCostTtl);
  if (request.model->is_claude && request.account->kind->counts_opus) OpusCost(out, request, at, rated, real);
  out.EndPart();
}

}  // namespace keymeter::relay_load
