#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keymeter::testing {

/// Bytes of the first whole value of RESP, a reply or a command; 0: it is not whole, or none.
[[nodiscard]] std::size_t FrameSize(std::string_view bytes);

/// The same value with other numbers in it: each digit of its texts is a 5. Lengths and counts stay.
[[nodiscard]] std::string OtherNumbers(std::string_view frame);

}  // namespace keymeter::testing
