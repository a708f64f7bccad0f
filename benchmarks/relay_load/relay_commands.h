#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "benchmarks/relay_load/age.h"
#include "benchmarks/relay_load/resp_writer.h"
#include "benchmarks/relay_load/traffic.h"

namespace keymeter::relay_load {

/// Everything that claude-relay-service writes for one request, in its order, with its keys, fields and times
/// to live: 1.1.314 checked against a recorded trace, older releases against their own. Nothing is atomic,
/// and the parts (RespWriter::Part) are what the relay sends at once: the key's pipeline (daily → monthly →
/// all time → hourly), the sums, the money, then the account's commands.
void AppendRequest(RespWriter& out, const Request& request, std::int64_t offset_seconds,
                   std::string_view secret_mark, const Age& age = {});

/// The halves of it; see key_commands.cc and account_commands.cc.
void AppendKeyUsage(RespWriter& out, const Request& request, std::int64_t offset_seconds, const Age& age);
void AppendKeyCost(RespWriter& out, const Request& request, std::int64_t offset_seconds, const Age& age);
void AppendAccountUsage(RespWriter& out, const Request& request, std::int64_t offset_seconds, const Age& age);

/// As the model stands in keys.
[[nodiscard]] const std::string& ModelInKeys(const Model& model, const Age& age);

/// Times to live, in seconds.
inline constexpr std::int64_t kHourlyTtl = 7LL * 86'400;
inline constexpr std::int64_t kDailyTtl = 32LL * 86'400;
inline constexpr std::int64_t kMonthlyTtl = 365LL * 86'400;
inline constexpr std::int64_t kApiKeyTtl = 365LL * 86'400;

/// A pico-dollar amount as the USD number that JavaScript would print.
[[nodiscard]] std::string Usd(std::int64_t pico_dollars);

}  // namespace keymeter::relay_load
