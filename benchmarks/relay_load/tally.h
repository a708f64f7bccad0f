#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>

#include <nlohmann/json.hpp>

#include "benchmarks/relay_load/age.h"
#include "benchmarks/relay_load/traffic.h"

namespace keymeter::relay_load {

/// What was written, by series and hour, and as far as releases of this age keep it in hours: what a meter of
/// this Redis must find.
///
/// Threads: one owner. Lifetime: borrows ids and model names from the population of the requests.
/// Bounds: one entry per series and hour that had traffic.
class Tally {
 public:
  struct Amounts {
    std::int64_t requests = 0;
    Tokens tokens;
    std::int64_t cost_micros = 0;
    std::int64_t real_cost_micros = 0;
  };
  struct Series {
    std::string_view id;
    std::string_view model;
    std::int64_t hour_start = 0;  ///< epoch seconds, UTC
    bool operator<(const Series& other) const {
      return std::tie(hour_start, id, model) < std::tie(other.hour_start, other.id, other.model);
    }
  };
  using BySeries = std::map<Series, Amounts>;

  explicit Tally(const Age& age = {}) : age_(age) {}

  void Add(const Request& request);

  [[nodiscard]] const BySeries& ApiKeys() const { return api_keys_; }
  /// Without cost: the relay keeps none for accounts.
  [[nodiscard]] const BySeries& Accounts() const { return accounts_; }
  [[nodiscard]] std::int64_t Requests() const { return requests_; }

 private:
  const Age age_;
  BySeries api_keys_;
  BySeries accounts_;
  std::int64_t requests_ = 0;
};

/// {"api_key": [{id, model, hour_start, requests, input_tokens, …}], "account": […]}
[[nodiscard]] nlohmann::ordered_json ToJson(const Tally& tally);

}  // namespace keymeter::relay_load
