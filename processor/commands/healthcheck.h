#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/error.h"

namespace keymeter::processor {

/// What a running Keymeter says of itself.
struct Health {
  bool is_healthy = false;
  std::vector<std::string> reasons;  ///< why it is not
};

inline constexpr std::int64_t kHealthTimeoutMs = 3000;

/// Asks the probe listener at `address` (HOST:PORT, as in --probe-listen) for `path`, once.
///
/// Not for a loop: it blocks until there is an answer or `timeout_ms` is over. Errors: kInvalid for an
/// address that cannot be asked, kUnavailable when nobody answers, or somebody else.
[[nodiscard]] Result<Health> AskHealth(const std::string& address, const std::string& path,
                                       std::int64_t timeout_ms = kHealthTimeoutMs);

/// `keymeter healthcheck`: prints what AskHealth found. The exit code: 0 healthy, 1 not, 2 no such
/// address.
[[nodiscard]] int Healthcheck(const std::string& address, const std::string& path);

}  // namespace keymeter::processor
