#include "tests/documents/port_taker.h"

#include <random>
#include <stdexcept>

namespace keymeter::testing {

namespace {

// Below the ports that the kernel gives to outgoing connections.
constexpr int kLowestPort = 20000;
constexpr int kHighestPort = 32000;
constexpr int kPortsToTry = 20;

std::string OutputOf(const ChildProcess& process) {
  return process.StandardOutput() + process.StandardError();
}

}  // namespace

PortTaker::PortTaker(const std::function<std::vector<std::string>(int)>& argv_of,
                     const std::function<bool(int)>& is_up) {
  std::random_device random;
  std::uniform_int_distribution<int> ports(kLowestPort, kHighestPort);
  for (int i = 0; i < kPortsToTry; ++i) {
    port = ports(random);
    process = std::make_unique<ChildProcess>(argv_of(port));
    if (WaitFor([&] { return !process->IsRunning() || is_up(port); }) && process->IsRunning()) return;
    if (OutputOf(*process).find("in use") == std::string::npos)
      throw std::runtime_error("it does not start:\n" + OutputOf(*process));
  }
  throw std::runtime_error("it found no port:\n" + OutputOf(*process));
}

}  // namespace keymeter::testing
