#include "benchmarks/relay_load/tally.h"

#include "benchmarks/relay_load/relay_commands.h"
#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

void AddTokens(Tally::Amounts& amounts, const Tokens& tokens, const Age& age) {
  amounts.requests += 1;
  amounts.tokens.input += tokens.input;
  amounts.tokens.output += tokens.output;
  amounts.tokens.cache_create += tokens.cache_create;
  amounts.tokens.cache_read += tokens.cache_read;
  if (!age.KeepsEphemeralHours()) return;
  amounts.tokens.ephemeral_5m += tokens.ephemeral_5m;
  amounts.tokens.ephemeral_1h += tokens.ephemeral_1h;
}

nlohmann::ordered_json ToJson(const Tally::BySeries& rows, bool with_cost) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [series, amounts] : rows) {
    nlohmann::ordered_json row{{"id", series.id},
                               {"model", series.model},
                               {"hour_start", series.hour_start},
                               {"requests", amounts.requests},
                               {"input_tokens", amounts.tokens.input},
                               {"output_tokens", amounts.tokens.output},
                               {"cache_create_tokens", amounts.tokens.cache_create},
                               {"cache_read_tokens", amounts.tokens.cache_read},
                               {"ephemeral_5m_tokens", amounts.tokens.ephemeral_5m},
                               {"ephemeral_1h_tokens", amounts.tokens.ephemeral_1h}};
    if (with_cost) {
      row["cost_micros"] = amounts.cost_micros;
      row["real_cost_micros"] = amounts.real_cost_micros;
    }
    list.push_back(std::move(row));
  }
  return list;
}

}  // namespace

void Tally::Add(const Request& request) {
  ++requests_;
  const std::string& model = ModelInKeys(*request.model, age_);
  Amounts& key = api_keys_[{request.key->id, model, HourStart(request.at_ms)}];
  AddTokens(key, request.tokens, age_);
  if (age_.KeepsIndexSets()) {
    key.cost_micros += request.rated_cost.Micros();
    key.real_cost_micros += request.real_cost.Micros();
  }
  if (!age_.CountsAccounts()) return;
  const std::int64_t account_at_ms = request.at_ms + request.account_delay_ms;
  AddTokens(accounts_[{request.account->id, model, HourStart(account_at_ms)}], request.tokens, age_);
}

nlohmann::ordered_json ToJson(const Tally& tally) {
  return {{"api_key", ToJson(tally.ApiKeys(), true)}, {"account", ToJson(tally.Accounts(), false)}};
}

}  // namespace keymeter::relay_load
