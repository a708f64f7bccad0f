#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keymeter::testing {

/// What wrk saw.
struct LoadResult {
  std::int64_t requests = 0;
  std::int64_t failed = 0;  ///< no 200
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
  double rate = 0;        ///< requests a second
  double mean_bytes = 0;  ///< of an answer, with its header
};

/// Has wrk ask `base` ("http://127.0.0.1:8787") for the paths in turn, over so many kept connections, each
/// with one request at a time. Throws std::runtime_error when wrk cannot be run (Debian package wrk).
LoadResult Ask(const std::string& base, const std::vector<std::string>& paths, int connections, int seconds);

}  // namespace keymeter::testing
