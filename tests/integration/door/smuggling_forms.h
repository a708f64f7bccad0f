#pragma once

#include <string>
#include <vector>

namespace keymeter::testing {

/// One way to make two servers disagree about where a request ends. What it hides is a request for
/// /api/apikeys/smuggled.
struct SmugglingForm {
  std::string name;
  std::string bytes;
  std::vector<int> statuses;  ///< that our own server may give to its first request
  int answers = 1;            ///< from our own server, before it closes or waits for more
};

/// `headers` stand in every request: Host and credentials.
[[nodiscard]] std::vector<SmugglingForm> SmugglingForms(const std::string& headers);

}  // namespace keymeter::testing
