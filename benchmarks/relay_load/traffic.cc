#include "benchmarks/relay_load/traffic.h"

#include <algorithm>
#include <cmath>

namespace keymeter::relay_load {

Cost Cost::Scaled(std::int64_t percent) const {
  const auto scale = [percent](std::int64_t pico) { return pico * percent / 100; };
  return {scale(input),      scale(output),       scale(cache_create),
          scale(cache_read), scale(ephemeral_5m), scale(ephemeral_1h)};
}

Cost CostOf(const Tokens& tokens, const Prices& prices) {
  Cost cost;
  cost.input = tokens.input * prices.input;
  cost.output = tokens.output * prices.output;
  cost.cache_read = tokens.cache_read * prices.cache_read;
  cost.ephemeral_5m = tokens.ephemeral_5m * prices.cache_write_5m;
  cost.ephemeral_1h = tokens.ephemeral_1h * prices.cache_write_1h;
  const std::int64_t undetailed = tokens.cache_create - tokens.ephemeral_5m - tokens.ephemeral_1h;
  cost.cache_create = cost.ephemeral_5m + cost.ephemeral_1h + undetailed * prices.cache_write_5m;
  return cost;
}

SkewedChoice::SkewedChoice(std::size_t n, double skew) {
  cumulative_.reserve(n);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += 1.0 / std::pow(static_cast<double>(i + 1), skew);
    cumulative_.push_back(sum);
  }
}

std::size_t SkewedChoice::Choose(Random& random) const {
  const double point = random.Unit() * cumulative_.back();
  const auto found = std::ranges::upper_bound(cumulative_, point);
  const auto index = static_cast<std::size_t>(found - cumulative_.begin());
  return std::min(index, cumulative_.size() - 1);
}

Traffic::Traffic(const Population& population, double skew, std::uint64_t seed)
    : population_(population),
      random_(seed),
      keys_(population.keys.size(), skew),
      accounts_(population.accounts.size(), skew),
      models_(population.models.size(), skew) {}

Tokens Traffic::DrawTokens(bool has_details) {
  Tokens tokens;
  tokens.input = random_.LogBetween(1, 9'000);
  tokens.output = random_.LogBetween(1, 2'000);
  if (random_.Chance(70)) tokens.cache_create = random_.LogBetween(20, 6'000);
  if (random_.Chance(80)) tokens.cache_read = random_.LogBetween(100, 90'000);
  if (has_details && random_.Chance(80)) {
    if (random_.Chance(30)) tokens.ephemeral_1h = random_.Between(0, tokens.cache_create);
    tokens.ephemeral_5m = tokens.cache_create - tokens.ephemeral_1h;
  }
  return tokens;
}

Request Traffic::Next(std::int64_t at_ms) {
  Request request;
  request.key = &population_.keys[keys_.Choose(random_)];
  request.account = &population_.accounts[accounts_.Choose(random_)];
  request.model = &population_.models[models_.Choose(random_)];
  request.at_ms = at_ms;
  request.account_delay_ms = random_.Between(1, 6);
  request.has_details = random_.Chance(80);
  request.is_stream = random_.Chance(75);
  request.duration_ms = random_.Between(300, 9'000);
  request.tokens = DrawTokens(request.has_details);
  request.real_cost = CostOf(request.tokens, request.model->prices);
  request.rated_cost = request.real_cost.Scaled(request.key->rate_percent);
  request.number = ++made_;
  return request;
}

}  // namespace keymeter::relay_load
