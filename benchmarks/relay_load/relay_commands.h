#pragma once

#include <cstdint>

#include "benchmarks/relay_load/resp_writer.h"
#include "benchmarks/relay_load/traffic.h"

namespace keymeter::relay_load {

/// Everything that claude-relay-service (1.1.314) writes for one request, in its order, with its keys, fields
/// and times to live; checked against a recorded trace. Nothing is atomic, and the parts (RespWriter::Part)
/// are what the relay sends at once: the key's pipeline (daily → monthly → all time → hourly), the sums, the
/// money, then the account's commands.
void AppendRequest(RespWriter& out, const Request& request, std::int64_t offset_seconds,
                   std::string_view secret_mark);

/// The halves of it; see key_commands.cc and account_commands.cc.
void AppendKeyUsage(RespWriter& out, const Request& request, std::int64_t offset_seconds);
void AppendKeyCost(RespWriter& out, const Request& request, std::int64_t offset_seconds);
void AppendAccountUsage(RespWriter& out, const Request& request, std::int64_t offset_seconds);

/// Times to live, in seconds.
inline constexpr std::int64_t kHourlyTtl = 7LL * 86'400;
inline constexpr std::int64_t kDailyTtl = 32LL * 86'400;
inline constexpr std::int64_t kMonthlyTtl = 365LL * 86'400;
inline constexpr std::int64_t kApiKeyTtl = 365LL * 86'400;

/// A pico-dollar amount as the USD number that JavaScript would print.
[[nodiscard]] std::string Usd(std::int64_t pico_dollars);

}  // namespace keymeter::relay_load
