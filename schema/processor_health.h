#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keymeter {

/// How the metering process is doing, as its row in the view processor_status says.
struct ProcessorHealth {
  bool has_processor = false;  ///< one has written its heartbeat; else only `drift` is set
  bool connected = false;
  bool baseline_read = false;
  std::optional<std::int64_t> stopped_ms;
  std::int64_t last_flush_ms = 0;
  std::int64_t flush_interval_ms = 1000;
  std::int64_t lag_ms = 0;
  std::string problem;
  std::int64_t drift = 0;
};

/// No heartbeat for longer than max(5 s, 5 flush intervals): it hangs, or was killed.
[[nodiscard]] bool IsSilent(const ProcessorHealth& health, std::int64_t now_ms);

/// Connected, and the process that says so is still there: neither stopped nor silent.
[[nodiscard]] bool IsConnected(const ProcessorHealth& health, std::int64_t now_ms);

/// What is not well, for people; empty when all is. No ids, no names. The lag may be 5 s.
[[nodiscard]] std::vector<std::string> UnhealthyReasons(const ProcessorHealth& health, std::int64_t now_ms);

}  // namespace keymeter
