#pragma once

#include <string_view>

namespace keymeter {

/// Of the program: `keymeter --version` and processor_status.version. CMake's project() says it.
inline constexpr std::string_view kVersion = KEYMETER_VERSION;

}  // namespace keymeter
