#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keymeter {

/// How the metering process is doing, as its row in the view processor_status says. Threads: plain value.
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

/// Its last flush is longer ago than 5 s and than 5 flush intervals: it hangs, or was killed.
[[nodiscard]] bool IsSilent(const ProcessorHealth& health, std::int64_t now_ms);

/// Whether it is connected to Redis, and the process that says so still runs: neither stopped nor silent.
[[nodiscard]] bool IsConnected(const ProcessorHealth& health, std::int64_t now_ms);

/// One thing that is not well. `kind` and `detail` identify it; `amount` only says how much, and may change
/// while the reason stays the same. Threads: plain value.
struct HealthReason {
  enum class Kind : std::uint8_t {
    kNoProcessor,      ///< nobody has written the file yet
    kStopped,          ///< the processor ended; amount: seconds ago
    kSilent,           ///< it hangs, or was killed; amount: seconds since its last flush
    kNotConnected,     ///< to Redis; detail: why, if known
    kProblem,          ///< connected, but not all is well; detail: what
    kBaselineNotRead,  ///< the first reading of all counters is not complete
    kLag,              ///< readings come late; amount: milliseconds
    kDrift,            ///< amount: counters that differ from what was written
    kUnreadable,       ///< the file cannot be read; detail: why
  };

  Kind kind = Kind::kNoProcessor;
  std::int64_t amount = 0;
  std::string detail = {};

  [[nodiscard]] bool IsSameAs(const HealthReason& other) const {
    return kind == other.kind && detail == other.detail;
  }
};

/// What is not well; empty when all is. No ids, no names.
[[nodiscard]] std::vector<HealthReason> UnhealthyReasons(const ProcessorHealth& health, std::int64_t now_ms);

/// For people: "last flush 12 s ago".
[[nodiscard]] std::string HealthReasonText(const HealthReason& reason);
[[nodiscard]] std::vector<std::string> HealthReasonTexts(const std::vector<HealthReason>& reasons);

}  // namespace keymeter
