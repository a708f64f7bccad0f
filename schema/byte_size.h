#pragma once

#include <cstdint>
#include <string>

namespace keymeter {

/// For people, in decimal units: "512 B", "4.1 kB", "12.3 MB", "70 GB", "345 GB".
///
/// One digit behind the point below 100, none when it is 0. Threads: pure function.
[[nodiscard]] std::string FormatBytes(std::int64_t bytes);

}  // namespace keymeter
