#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/error.h"

/// The factors with which a relay rates the cost of an API key, by service: a JSON object of names and
/// numbers that are no less than 0, as a relay writes it and the column `service_rates` of `api_key` holds
/// it.
///
/// Threads: pure functions. Bounds: 64 services with names of 64 bytes.
namespace keymeter {

using ServiceRates = std::vector<std::pair<std::string, double>>;  ///< in the order in which they stand

/// "{}" holds none: the relay takes 1. Errors (kInvalid) say what is wrong, without quoting.
[[nodiscard]] Result<ServiceRates> ReadServiceRates(std::string_view json);
/// As JSON with numbers only; "{}" without any.
[[nodiscard]] std::string ServiceRatesJson(const ServiceRates& rates);

}  // namespace keymeter
