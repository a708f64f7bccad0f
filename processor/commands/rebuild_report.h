#pragma once

#include <string>

#include "schema/error.h"

namespace keymeter::processor {

/// Says which part of the past a rebuilt file has, and which it cannot have. For a terminal.
///
/// `aside`: the path of the damaged file. Tested by tests/integration/file_guard_test.cc.
[[nodiscard]] Result<std::string> RebuildReport(const std::string& db_path, const std::string& aside);

}  // namespace keymeter::processor
