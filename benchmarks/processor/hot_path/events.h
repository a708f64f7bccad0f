#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What a subscriber hears while the recorded trace is written.
namespace keymeter::hot_path {

struct Events {
  std::vector<std::string> channels;  ///< as Subscriber has them
  std::string stream;                 ///< every message, as Redis sends them
  std::vector<std::string> dropped;   ///< keys that are none of ours
  std::vector<std::string> metered;   ///< keys of counters
};

/// Throws std::runtime_error when the trace cannot be read.
[[nodiscard]] Events EventsOfTrace();

}  // namespace keymeter::hot_path
