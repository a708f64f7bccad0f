#include "schema/clock.h"

#include <chrono>

namespace keymeter {

namespace {

template <typename StdClock>
std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(StdClock::now().time_since_epoch()).count();
}

}  // namespace

std::int64_t SystemClock::WallMs() const {
  return NowMs<std::chrono::system_clock>();
}
std::int64_t SystemClock::MonotonicMs() const {
  return NowMs<std::chrono::steady_clock>();
}

}  // namespace keymeter
