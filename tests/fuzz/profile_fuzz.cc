/// Input: a profile. It is taken or refused with a reason; what is taken has something to meter.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "schema/profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto profile = keymeter::ParseProfile({reinterpret_cast<const char*>(data), size});
  const bool is_sound = profile ? !profile->counters.empty() && !profile->counters.front().fields.empty()
                                : !profile.error().message.empty();
  if (!is_sound) std::abort();
  return 0;
}
