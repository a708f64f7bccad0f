#pragma once

#include <chrono>
#include <functional>

namespace keymeter::testing {

using Milliseconds = std::chrono::milliseconds;

/// How long a test waits for something that must happen: far more than it takes, also under sanitizers on a
/// busy machine. A test never passes because time went by.
inline constexpr Milliseconds kPatience{30'000};

/// True as soon as the condition holds, looking every 5 ms; false when it did not within the timeout.
[[nodiscard]] bool WaitFor(Milliseconds timeout, const std::function<bool()>& condition);
[[nodiscard]] inline bool WaitFor(const std::function<bool()>& condition) {
  return WaitFor(kPatience, condition);
}

}  // namespace keymeter::testing
