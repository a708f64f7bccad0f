#pragma once

#include <string>

#include "schema/error.h"

namespace keymeter::processor {

/// What a file that was made anew holds of the past, and what it cannot: text for a terminal. `aside` is
/// where the damaged one is.
[[nodiscard]] Result<std::string> RebuildReport(const std::string& db_path, const std::string& aside);

}  // namespace keymeter::processor
