#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/processor_health.h"

namespace keymeter::processor {

/// What the running keymeter is doing, as its file says.
struct StatusReport {
  enum class State : std::uint8_t { kNever, kRunning, kSilent, kStopped };
  struct KeyRate {
    std::string api_key;
    std::string name;
    double rpm = 0;
    double tpm = 0;
  };
  struct Gaps {
    std::int64_t count = 0;
    std::int64_t total_ms = 0;  ///< inside the last day
    std::int64_t newest_from_ms = 0;
    std::int64_t newest_to_ms = 0;
    std::string newest_reason;
  };
  struct Adjustments {
    std::int64_t count = 0;
    std::int64_t newest_ms = 0;
    std::string newest_reason;
  };

  std::int64_t now_ms = 0;
  State state = State::kNever;
  std::vector<std::string> problems;  ///< empty: all is well

  ProcessorHealth health;
  std::int64_t pid = 0;
  std::int64_t started_ms = 0;
  std::optional<std::int64_t> last_event_ms;
  std::string version;  ///< of the process that writes
  std::string redis_version;
  std::string profile;
  std::optional<std::int64_t> utc_offset_s;

  double rpm = 0;  ///< of all API keys
  double tpm = 0;
  std::vector<KeyRate> busiest;       ///< at most five, the busiest first
  std::optional<double> coverage;     ///< 0 to 1, of the last day, or since the file was made
  std::int64_t longest_delay_ms = 0;  ///< from event to reading, in the last day
  Gaps gaps;                          ///< of the last day
  Adjustments adjustments;            ///< of the last day

  std::string file;
  std::int64_t file_bytes = 0;
  std::int64_t wal_bytes = 0;
};

/// Reads the report in one transaction, on a read-only connection of its own.
///
/// Bounds: reads the last ten minutes of usage and one day of coverage and gaps: milliseconds, however large
/// the file is. Threads: any.
[[nodiscard]] Result<StatusReport> ReadStatus(const std::string& db_path, std::int64_t now_ms);

[[nodiscard]] std::string_view StateName(StatusReport::State state);  ///< "running", …

}  // namespace keymeter::processor
