#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace keymeter::testing {

/// A server that cannot choose a port by itself: started on one port after the other until it could bind one,
/// so there is no moment between looking and taking.
struct PortTaker {
  /// `argv_of` makes the command line for a port; the server has bound it when `is_up` says so. Throws
  /// std::runtime_error when it ends for another reason than a port that is taken.
  PortTaker(const std::function<std::vector<std::string>(int)>& argv_of,
            const std::function<bool(int)>& is_up);

  std::unique_ptr<ChildProcess> process;
  int port = 0;
};

}  // namespace keymeter::testing
