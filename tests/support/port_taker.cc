#include "tests/support/port_taker.h"

#include <random>
#include <stdexcept>

namespace keymeter::testing {

namespace {

std::string OutputOf(const ChildProcess& process) {
  return process.StandardOutput() + process.StandardError();
}

}  // namespace

PortTaker::PortTaker(const std::function<std::vector<std::string>(int)>& argv_of,
                     const std::function<bool(int)>& is_up) {
  // Below the ports that the kernel gives to outgoing connections.
  constexpr int kLowest = 20000;
  constexpr int kHighest = 32000;
  constexpr int kTries = 20;
  std::random_device random;
  std::uniform_int_distribution<int> ports(kLowest, kHighest);
  for (int i = 0; i < kTries; ++i) {
    port = ports(random);
    process = std::make_unique<ChildProcess>(argv_of(port));
    if (WaitFor([&] { return !process->IsRunning() || is_up(port); }) && process->IsRunning()) return;
    if (OutputOf(*process).find("in use") == std::string::npos)
      throw std::runtime_error("it does not start:\n" + OutputOf(*process));
  }
  throw std::runtime_error("it found no port:\n" + OutputOf(*process));
}

}  // namespace keymeter::testing
