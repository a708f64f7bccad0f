#include "schema/service_rates.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "schema/bounded_json.h"

namespace keymeter {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostServices = 64;
constexpr std::size_t kMostServiceNameBytes = 64;
constexpr JsonBounds kRatesBounds{.bytes = std::size_t{16} * 1024, .depth = 1};

/// A number, or the text of one: the relay takes either.
std::optional<double> RateOf(const Json& value) {
  double rate = -1;
  if (value.is_number()) {
    rate = value.get<double>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  }
  return std::isfinite(rate) && rate >= 0 ? std::optional(rate) : std::nullopt;
}

}  // namespace

Result<ServiceRates> ReadServiceRates(std::string_view json) {
  ASSIGN_OR_RETURN(const auto object, ParseJson<Json>(json, kRatesBounds));
  if (!object.is_object()) return Fail(ErrorCode::kInvalid, "is no JSON object");
  if (object.size() > kMostServices)
    return Fail(ErrorCode::kInvalid, "has more than {} services", kMostServices);
  ServiceRates rates;
  for (const auto& [name, value] : object.items()) {
    if (name.size() > kMostServiceNameBytes)
      return Fail(ErrorCode::kInvalid, "names a service with more than {} bytes", kMostServiceNameBytes);
    if (value.is_null()) continue;  // as if it were not there, also for the relay
    const auto rate = RateOf(value);
    if (!rate) return Fail(ErrorCode::kInvalid, "holds what is no factor");
    rates.emplace_back(name, *rate);
  }
  return rates;
}

std::string ServiceRatesJson(const ServiceRates& rates) {
  Json json = Json::object();
  for (const auto& [name, rate] : rates) json[name] = rate;
  return json.dump();
}

}  // namespace keymeter
