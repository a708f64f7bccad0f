#include "benchmarks/usage_file/draw.h"

#include <algorithm>
#include <utility>

namespace keymeter::usage_file {

namespace {

constexpr double kSkew = 0.8;
constexpr std::int64_t kModelsOfAKey = 3;

/// The first `count` become a random choice of the first `among`.
void ShuffleFront(std::vector<std::size_t>& items, std::size_t count, std::size_t among,
                  relay_load::Random& random) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto other = random.Between(static_cast<std::int64_t>(i), static_cast<std::int64_t>(among) - 1);
    std::swap(items[i], items[static_cast<std::size_t>(other)]);
  }
}

}  // namespace

Draw::Draw(const relay_load::Population& population, std::uint64_t seed)
    : population_(population),
      random_(seed),
      of_day_(std::max<std::size_t>(population.keys.size() / 3, 1)),
      of_hour_(std::max<std::size_t>(population.keys.size() / 15, 1)),
      hour_choice_(of_hour_, kSkew),
      account_choice_(population.accounts.size(), kSkew) {
  for (std::size_t i = 0; i < population.keys.size(); ++i) keys_.push_back(i);
}

void Draw::BeginDay() {
  ShuffleFront(keys_, of_day_, keys_.size(), random_);
}

void Draw::BeginHour() {
  ShuffleFront(keys_, of_hour_, of_day_, random_);
}

Draw::Request Draw::Next() {
  Request request;
  request.key = keys_[hour_choice_.Choose(random_)];
  request.account = account_choice_.Choose(random_);
  // Neighbours share some of their models; the first one is the favourite.
  const auto nth = static_cast<std::size_t>(
      std::min(random_.Between(0, kModelsOfAKey - 1), random_.Between(0, kModelsOfAKey - 1)));
  request.model = (request.key * 7 + nth * 3) % population_.models.size();
  const relay_load::Tokens tokens{random_.LogBetween(1, 9'000),
                                  random_.LogBetween(1, 2'000),
                                  random_.LogBetween(20, 6'000),
                                  random_.LogBetween(100, 90'000),
                                  0,
                                  0};
  const std::int64_t micros = CostOf(tokens, population_.models[request.model].prices).Micros();
  request.amounts = {{1, tokens.input, tokens.output, tokens.cache_create, tokens.cache_read,
                      tokens.cache_create, 0, micros * population_.keys[request.key].rate_percent / 100,
                      micros}};
  return request;
}

}  // namespace keymeter::usage_file
