#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/redis_client.h"
#include "tests/support/usage_sums.h"

namespace keymeter::testing {

/// What the first relay's own services wrote for 599 requests (tests/data/relay-trace.resp.gz), in its order.
/// Its keys name the hour 2026-11-20:20 of UTC+8.
class RelayTrace {
 public:
  /// As recorded. Throws std::runtime_error when the file is missing or no RESP.
  static RelayTrace Load();

  /// The same commands, whose keys (and members that are such a date) name the hour, day and month of another
  /// instant at the relay's offset. The texts keep their lengths.
  [[nodiscard]] RelayTrace Redated(std::int64_t epoch_seconds, std::int64_t utc_offset_seconds) const;

  /// Each command replaced by what `change` makes of it.
  [[nodiscard]] RelayTrace Mapped(const std::function<RedisCommand(const RedisCommand&)>& change) const;

  [[nodiscard]] const std::vector<RedisCommand>& commands() const { return commands_; }
  [[nodiscard]] std::string Resp() const { return Resp(0, commands_.size()); }
  [[nodiscard]] std::string Resp(std::size_t begin, std::size_t end) const;  ///< of commands [begin, end)

 private:
  std::vector<RedisCommand> commands_;
};

/// The hour that the trace was recorded in.
inline constexpr std::int64_t kTraceHour = 1795176000;  ///< 2026-11-20T12:00:00Z
inline constexpr std::int64_t kTraceOffset = 28800;     ///< UTC+8

/// What Redis holds after the trace: tests/data/relay-trace.expected.json.
// nlohmann::json says that it moves without exceptions, and calls what may throw them.
// NOLINTNEXTLINE(bugprone-exception-escape)
struct RelayExpectation {
  UsageSums usage;
  nlohmann::json all;  ///< the whole file: api_keys, accounts, groups, global

  static RelayExpectation Load();
};

}  // namespace keymeter::testing
