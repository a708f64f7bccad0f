#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/error.h"

namespace keymeter::processor {

/// What a running keymeter says about its health.
struct Health {
  bool is_healthy = false;
  std::vector<std::string> reasons;  ///< why it is not healthy
};

inline constexpr std::int64_t kHealthTimeoutMs = 3000;

/// Asks the probe listener at `address` (HOST:PORT or unix:/PATH, as in --probe-listen) for `path`, once.
///
/// Not for an event loop: it blocks until there is an answer or `timeout_ms` is over. Errors: kInvalid for a
/// wrong address, kUnavailable when nobody answers, or another program.
[[nodiscard]] Result<Health> AskHealth(const std::string& address, const std::string& path,
                                       std::int64_t timeout_ms = kHealthTimeoutMs);

/// `keymeter healthcheck`: prints what AskHealth found. The exit code: 0 healthy, 1 not healthy, 2 wrong
/// address.
[[nodiscard]] int Healthcheck(const std::string& address, const std::string& path);

}  // namespace keymeter::processor
