#include "tests/integration/relay_life/life_relay.h"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "benchmarks/relay_load/entity_commands.h"
#include "benchmarks/relay_load/relay_commands.h"
#include "benchmarks/relay_load/relay_import.h"
#include "tests/integration/relay_snapshot.h"
#include "tests/support/relay/calendar.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {

namespace {

using relay_load::Fields;
using relay_load::Snapshot;

/// Redis' clock is not the test's: what is left to live is cut by what has passed. Names what is due now.
constexpr const char* kAgeKeys = R"(
local due = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key)
  if left > 0 then
    left = left - tonumber(ARGV[1])
    if left <= 1 then due[#due + 1] = key; left = 1 end
    redis.call('PEXPIRE', key, left)
  end
end
return due)";

constexpr std::pair<const char*, Metric> kFields[] = {{"requests", Metric::kRequests},
                                                      {"inputTokens", Metric::kInputTokens},
                                                      {"outputTokens", Metric::kOutputTokens},
                                                      {"cacheCreateTokens", Metric::kCacheCreateTokens},
                                                      {"cacheReadTokens", Metric::kCacheReadTokens},
                                                      {"ephemeral5mTokens", Metric::kEphemeral5mTokens},
                                                      {"ephemeral1hTokens", Metric::kEphemeral1hTokens},
                                                      {"ratedCostMicro", Metric::kCostMicros},
                                                      {"realCostMicro", Metric::kRealCostMicros}};

Amounts AmountsOf(const Fields& fields) {
  Amounts amounts;
  for (const auto& [name, metric] : kFields)
    for (const auto& [field, value] : fields)
      if (field == name) amounts[metric] = std::atoll(value.c_str());
  return amounts;
}

Amounts AmountsOf(const relay_load::Tokens& tokens) {
  Amounts amounts;
  amounts[Metric::kRequests] = 1;
  amounts[Metric::kInputTokens] = tokens.input;
  amounts[Metric::kOutputTokens] = tokens.output;
  amounts[Metric::kCacheCreateTokens] = tokens.cache_create;
  amounts[Metric::kCacheReadTokens] = tokens.cache_read;
  return amounts;
}

Amounts EphemeralsOf(const relay_load::Tokens& tokens) {
  Amounts amounts;
  amounts[Metric::kEphemeral5mTokens] = tokens.ephemeral_5m;
  amounts[Metric::kEphemeral1hTokens] = tokens.ephemeral_1h;
  return amounts;
}

}  // namespace

LifeRelay::LifeRelay(const RedisServer& redis, ManualClock& clock)
    : clock_(clock),
      client_(redis.Connect()),
      population_(relay_load::MakePopulation({.keys = 3,
                                              .accounts = 10,
                                              .models = 8,
                                              .groups = 2,
                                              .seed = 1,
                                              .created_at_ms = clock.WallMs(),
                                              .secret_mark = ""})) {}

void LifeRelay::Install(const std::string& release) {
  age_ = relay_load::Age::Parse(release).value();
  if (!age_.KeepsIndexSets()) truth_.ForgetMoney();
}

void LifeRelay::Start() {
  relay_load::AppendStart(out_, Export(), age_, clock_.WallMs());
  Send();
}

void LifeRelay::MakeEntities() {
  relay_load::AppendEntities(out_, population_, age_);
  Send();
}

void LifeRelay::Serve(int requests, const Who& who, bool is_watched) {
  for (int i = 0; i < requests; ++i) {
    relay_load::Request request;
    request.key = &population_.keys.at(who.key);
    request.account = &population_.accounts.at(who.account);
    request.model = &population_.models.at(who.model);
    request.at_ms = clock_.WallMs();
    request.tokens = NextTokens();
    request.real_cost = relay_load::CostOf(request.tokens, request.model->prices);
    request.rated_cost = request.real_cost.Scaled(150);
    request.number = static_cast<std::uint64_t>(served_);
    relay_load::AppendRequest(out_, request, kOffset, "", age_);
    Count(request, is_watched);
  }
  Send();
}

/// No two requests alike, so that a swap shows.
relay_load::Tokens LifeRelay::NextTokens() {
  const std::int64_t n = ++served_;
  return {.input = 100 + n,
          .output = 20 + 3 * n,
          .cache_create = 50 + n,
          .cache_read = 7 * n,
          .ephemeral_5m = 20 + n,
          .ephemeral_1h = 30};
}

void LifeRelay::Count(const relay_load::Request& request, bool is_watched) {
  const std::int64_t at_s = request.at_ms / 1000;
  const Level level = is_watched ? Level::kMinute : Level::kHour;
  const std::string& model = relay_load::ModelInKeys(*request.model, age_);
  const UsageId key{"api_key", request.key->id, model};
  const UsageId account{"account", request.account->id, model};
  Amounts amounts = AmountsOf(request.tokens);
  const Amounts ephemerals = EphemeralsOf(request.tokens);
  if (age_.KeepsEphemeralHours()) amounts += ephemerals;
  if (age_.CountsAccounts()) truth_.Add(level, at_s, account, amounts);
  if (age_.KeepsIndexSets()) {
    amounts[Metric::kCostMicros] = request.rated_cost.Micros();
    amounts[Metric::kRealCostMicros] = request.real_cost.Micros();
  }
  truth_.Add(level, at_s, key, amounts);
  if (age_.KeepsEphemeralDays() && !age_.KeepsEphemeralHours())
    truth_.Add(Level::kDay, at_s, key, ephemerals);
}

void LifeRelay::Pass(std::int64_t ms) {
  clock_.AdvanceMs(ms);
  const std::vector<std::string> due = client_.Must({"EVAL", kAgeKeys, "0", std::to_string(ms)}).Texts();
  for (const std::string& key : due)
    if (!WaitFor([&] { return client_.Integer({"EXISTS", key}) == 0; }))
      throw std::runtime_error("does not expire: " + key);
}

void LifeRelay::See() {
  truth_.See([this](const LifeTruth::Item& item) { return FinestOf(item); });
}

std::optional<Level> LifeRelay::FinestOf(const LifeTruth::Item& item) {
  const relay_load::Periods at = relay_load::PeriodsAt(item.at_s * 1000, kOffset);
  const bool is_key = item.id.kind == "api_key";
  const auto holds = [&](const char* kind, const std::string& period) {
    const std::string name =
        is_key ? fmt::format("usage:{}:model:{}:{}:{}", item.id.entity, kind, item.id.model, period)
               : fmt::format("account_usage:model:{}:{}:{}:{}", kind, item.id.entity, item.id.model, period);
    return client_.Integer({"EXISTS", name}) == 1;
  };
  if (item.level <= Level::kHour && holds("hourly", at.hour)) return Level::kHour;
  if (item.level <= Level::kDay && holds("daily", at.date)) return Level::kDay;
  if (holds("monthly", at.month)) return Level::kMonth;
  return std::nullopt;
}

void LifeRelay::Reset() {
  relay_load::AppendUsageReset(out_, Export());
  Send();
}

void LifeRelay::DeleteKey(std::size_t key) {
  relay_load::AppendKeyDeleted(out_, Export(), population_.keys.at(key).id, clock_.WallMs());
  Send();
}

void LifeRelay::RestoreKey(std::size_t key) {
  relay_load::AppendKeyRestored(out_, Export(), population_.keys.at(key).id, clock_.WallMs());
  Send();
}

void LifeRelay::PurgeKey(std::size_t key) {
  relay_load::AppendKeyPurged(out_, Export(), population_.keys.at(key).id);
  Send();
}

void LifeRelay::MakeKey(std::size_t key) {
  relay_load::Population one;
  one.keys.push_back(population_.keys.at(key));
  relay_load::AppendEntities(out_, one, age_);
  Send();
}

void LifeRelay::MoveToGroup(std::size_t account, std::size_t from, std::size_t to) {
  relay_load::AppendGroupMove(out_, population_.accounts.at(account).id, population_.groups.at(from).id,
                              population_.groups.at(to).id, "claude");
  Send();
}

void LifeRelay::MoveToKind(std::size_t account, const std::string& prefix) {
  const relay_load::Account& one = population_.accounts.at(account);
  relay_load::AppendKindMove(out_, Export(), one.id, std::string(one.kind->key_prefix), prefix);
  Send();
}

void LifeRelay::Import(const Snapshot& from) {
  relay_load::AppendEnhancedImport(out_, from, KeyIds());
  Send();
  CountImported(from);
}

void LifeRelay::ImportPlainly(const Snapshot& from) {
  relay_load::AppendPlainImport(out_, from, KeyIds());
  Send();
}

/// Days first: what a month holds beyond them is the month's.
void LifeRelay::CountImported(const Snapshot& from) {
  for (const Level level : {Level::kDay, Level::kMonth}) {
    const char* period = level == Level::kDay ? "daily" : "monthly";
    for (const std::string& id : KeyIds()) {
      const std::string prefix = fmt::format("usage:{}:model:{}:", id, period);
      for (const auto& [key, fields] : from.hashes) {
        if (!key.starts_with(prefix)) continue;
        const std::size_t colon = key.rfind(':');
        const std::string date = key.substr(colon + 1) + (level == Level::kDay ? "" : "-01");
        const std::int64_t at_s = ParseRfc3339(date + "T00:00:00+08:00").value() / 1000;
        const std::string model = key.substr(prefix.size(), colon - prefix.size());
        truth_.Raise(level, at_s, {"api_key", id, model}, AmountsOf(fields));
      }
    }
  }
}

std::vector<std::string> LifeRelay::KeyIds() const {
  std::vector<std::string> ids;
  for (const relay_load::ApiKey& key : population_.keys) ids.push_back(key.id);
  return ids;
}

void LifeRelay::Send() {
  const PipeResult sent = client_.Pipe(out_.Bytes());
  out_.Clear();
  if (sent.errors > 0) throw std::runtime_error("relay: " + sent.first_error);
}

}  // namespace keymeter::testing
