#pragma once

#include <cstddef>

namespace keymeter::testing {

/// How often this program has asked for memory, by operator new or, from C libraries too, by malloc and its
/// like. Counts only in programs that link allocation_count.cc. Threads: any.
[[nodiscard]] std::size_t AllocationCount();

/// False under a sanitizer, which needs malloc for itself: then nothing is counted.
[[nodiscard]] bool CountsAllocations();

}  // namespace keymeter::testing
