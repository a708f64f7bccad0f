#include "processor/redis/nonce.h"

#include <cstdint>
#include <stdexcept>

#include <sys/random.h>

namespace keymeter::processor {

Nonce Nonce::Fresh() {
  std::array<std::uint8_t, 16> random{};
  if (getentropy(random.data(), random.size()) != 0)
    throw std::runtime_error("the kernel has no random numbers");
  constexpr std::string_view kDigits = "0123456789abcdef";
  Nonce nonce;
  for (std::size_t i = 0; i < random.size(); ++i) {
    nonce.digits_[2 * i] = kDigits[random[i] >> 4U];
    nonce.digits_[2 * i + 1] = kDigits[random[i] & 15U];
  }
  return nonce;
}

}  // namespace keymeter::processor
