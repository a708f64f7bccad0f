#pragma once

#include <array>
#include <string_view>

namespace keymeter::processor {

/// A text that nobody can guess and that is never used again: whoever repeats it answers the question that it
/// was sent with. Threads: any; a plain value. Bounds: 128 random bits, as 32 hexadecimal digits.
class Nonce {
 public:
  Nonce() = default;  ///< empty: no text equals it

  [[nodiscard]] static Nonce Fresh();
  [[nodiscard]] std::string_view text() const { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, 32> digits_{};
};

}  // namespace keymeter::processor
