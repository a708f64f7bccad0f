#include <string>
#include <string_view>

#include <fmt/format.h>

#include "benchmarks/relay_load/relay_commands.h"
#include "tests/support/relay/calendar.h"

// What a request adds for its account: about 100 commands that the relay sends one by one, not as a pipeline,
// some milliseconds after the key's, and after looking at its clock again. The counters' fields are cut into
// two parts a hash, so that a reader can come between them and see a hash that disagrees with itself, as it
// can with the relay.
namespace keymeter::relay_load {
namespace {

struct Names {
  Names(const Request& request, std::int64_t offset_seconds, const Age& age)
      : model(ModelInKeys(*request.model, age)),
        at(PeriodsAt(request.at_ms + request.account_delay_ms, offset_seconds)),
        account(request.account->id),
        total("account_usage:" + account),
        daily(fmt::format("account_usage:daily:{}:{}", request.account->id, at.date)),
        monthly(fmt::format("account_usage:monthly:{}:{}", request.account->id, at.month)),
        hourly(fmt::format("account_usage:hourly:{}:{}", request.account->id, at.hour)),
        member(request.account->id + ":" + model),
        model_daily(fmt::format("account_usage:model:daily:{}:{}", member, at.date)),
        model_monthly(fmt::format("account_usage:model:monthly:{}:{}", member, at.month)),
        model_hourly(fmt::format("account_usage:model:hourly:{}:{}", member, at.hour)) {}

  std::string model;
  Periods at;
  std::string account;
  std::string total;
  std::string daily;
  std::string monthly;
  std::string hourly;
  std::string member;  ///< of the index sets by account and model
  std::string model_daily;
  std::string model_monthly;
  std::string model_hourly;
};

void Total(RespWriter& out, std::string_view key, const Tokens& tokens, const Age& age) {
  out.Increment(key, "totalTokens", tokens.input + tokens.output);
  out.Increment(key, "totalInputTokens", tokens.input);
  out.Increment(key, "totalOutputTokens", tokens.output);
  out.Increment(key, "totalCacheCreateTokens", tokens.cache_create);
  out.Increment(key, "totalCacheReadTokens", tokens.cache_read);
  out.EndPart();
  if (age.KeepsEphemeralHours()) {
    out.Increment(key, "totalEphemeral5mTokens", tokens.ephemeral_5m);
    out.Increment(key, "totalEphemeral1hTokens", tokens.ephemeral_1h);
  }
  out.Increment(key, "totalAllTokens", tokens.All());
  out.Increment(key, "totalRequests", 1);
  out.EndPart();
}

/// `prefix` is "model:{model}:" for the fields by model inside the account's hour, else empty.
void Counters(RespWriter& out, std::string_view key, std::int64_t ttl, const std::string& prefix,
              const Tokens& tokens, const Age& age) {
  if (!out.Outlives(ttl)) return;
  out.Increment(key, prefix + "inputTokens", tokens.input);
  out.Increment(key, prefix + "outputTokens", tokens.output);
  out.Increment(key, prefix + "cacheCreateTokens", tokens.cache_create);
  out.Increment(key, prefix + "cacheReadTokens", tokens.cache_read);
  out.EndPart();
  if (age.KeepsEphemeralHours()) {
    out.Increment(key, prefix + "ephemeral5mTokens", tokens.ephemeral_5m);
    out.Increment(key, prefix + "ephemeral1hTokens", tokens.ephemeral_1h);
  }
  out.Increment(key, prefix + "allTokens", tokens.All());
  out.Increment(key, prefix + "requests", 1);
  out.EndPart();
}

void Period(RespWriter& out, std::string_view key, std::int64_t ttl, const Tokens& tokens, const Age& age) {
  if (!out.Outlives(ttl)) return;
  out.Increment(key, "tokens", tokens.input + tokens.output);
  Counters(out, key, ttl, "", tokens, age);
}

void ExpireOutliving(RespWriter& out, std::string_view key, std::int64_t ttl) {
  if (out.Outlives(ttl)) out.Expire(key, ttl);
}

/// Both index sets of one period: by account, and by account and model.
void Index(RespWriter& out, const Names& names, const std::string& by_account, const std::string& by_model,
           std::int64_t ttl) {
  if (!out.Outlives(ttl)) return;
  out.Command({"sadd", by_account, names.account});
  out.Command({"sadd", by_model, names.member});
  out.Expire(by_account, ttl);
  out.Expire(by_model, ttl);
  out.EndPart();
}

void Indexes(RespWriter& out, const Names& names) {
  const std::string hourly_index = "account_usage:hourly:index:" + names.at.hour;
  const std::string model_hourly_index = "account_usage:model:hourly:index:" + names.at.hour;
  const std::string daily_index = "account_usage:daily:index:" + names.at.date;
  const std::string model_daily_index = "account_usage:model:daily:index:" + names.at.date;
  Index(out, names, hourly_index, model_hourly_index, kHourlyTtl);
  Index(out, names, daily_index, model_daily_index, kDailyTtl);
  for (const std::string& index : {hourly_index, model_hourly_index, daily_index, model_daily_index}) {
    out.Command({"del", index + ":empty"});
  }
  out.EndPart();
}

}  // namespace

void AppendAccountUsage(RespWriter& out, const Request& request, std::int64_t offset_seconds,
                        const Age& age) {
  if (!age.CountsAccounts()) return;
  const Names names(request, offset_seconds, age);
  const Tokens& tokens = request.tokens;
  Total(out, names.total, tokens, age);
  Period(out, names.daily, kDailyTtl, tokens, age);
  Period(out, names.monthly, kMonthlyTtl, tokens, age);
  Period(out, names.hourly, kHourlyTtl, tokens, age);
  if (age.KeepsModelsInAccountHours())
    Counters(out, names.hourly, kHourlyTtl, "model:" + names.model + ":", tokens, age);
  Counters(out, names.model_daily, kDailyTtl, "", tokens, age);
  Counters(out, names.model_monthly, kMonthlyTtl, "", tokens, age);
  Counters(out, names.model_hourly, kHourlyTtl, "", tokens, age);

  ExpireOutliving(out, names.daily, kDailyTtl);
  ExpireOutliving(out, names.monthly, kMonthlyTtl);
  ExpireOutliving(out, names.hourly, kHourlyTtl);
  ExpireOutliving(out, names.model_daily, kDailyTtl);
  ExpireOutliving(out, names.model_monthly, kMonthlyTtl);
  ExpireOutliving(out, names.model_hourly, kHourlyTtl);
  out.EndPart();
  if (age.KeepsIndexSets()) Indexes(out, names);
}

}  // namespace keymeter::relay_load
