#pragma once

#include <chrono>
#include <vector>

namespace keymeter {

/// How long answers took.
struct Delays {
  std::vector<double> ms;
  int failures = 0;
};

/// What 32 honest clients saw, half of which keep their connection, and two that ask probes beside them.
struct HonestDelays {
  Delays kept;
  Delays fresh;
  Delays alive;  ///< /livez, which the probes' loop answers itself
  Delays ready;  ///< /readyz, which reads the file
};

/// Has them ask ports of loopback, each at its pace. Blocks for that time.
[[nodiscard]] HonestDelays AskHonestly(int api, int probe, std::chrono::seconds time);

}  // namespace keymeter
