#pragma once

#include <cstdint>
#include <string>

namespace keymeter::processor {

/// What an import, or the return from an absence, has read so far.
struct ImportState {
  std::int64_t counters = 0;  ///< found so far
  std::int64_t read = 0;
  bool is_listed = false;  ///< all were found
  std::int64_t elapsed_ms = 0;
};

/// Seconds until all is read, by the pace so far; -1: not to be told.
[[nodiscard]] std::int64_t SecondsLeft(const ImportState& state);

/// "importing 45 % [#########           ] 12,345 of 27,000 counters, 3 s left"
[[nodiscard]] std::string ProgressBar(const ImportState& state);

}  // namespace keymeter::processor
