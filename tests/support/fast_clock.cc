#include "tests/support/fast_clock.h"

#include <chrono>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "schema/file_descriptor.h"

namespace keymeter::testing {

namespace {

using SharedNumber = std::atomic<std::int64_t>;
static_assert(SharedNumber::is_always_lock_free, "it stands in the memory of several processes");

std::int64_t SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// A number that all who name the file share; 0 at first.
std::shared_ptr<SharedNumber> NumberIn(const std::string& file) {
  if (file.empty()) return nullptr;
  const FileDescriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!descriptor.IsOpen() || ::ftruncate(descriptor.number(), sizeof(SharedNumber)) != 0)
    throw std::runtime_error("no shared number in " + file);
  void* const memory =
      ::mmap(nullptr, sizeof(SharedNumber), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.number(), 0);
  if (memory == MAP_FAILED) throw std::runtime_error("cannot map " + file);
  return {static_cast<SharedNumber*>(memory),
          [](SharedNumber* number) { (void)::munmap(number, sizeof(SharedNumber)); }};
}

}  // namespace

FastClock::FastClock(const Start& start) : start_(start), shift_ms_(NumberIn(start.shift_file)) {}

FastClock::Start FastClock::StartAt(std::int64_t wall_ms, std::int64_t speed) {
  return {.steady_ms = SteadyMicros() / 1000, .wall_ms = wall_ms, .speed = speed};
}

std::int64_t FastClock::WallMs() const {
  return start_.wall_ms + MonotonicMs() + (shift_ms_ ? shift_ms_->load() : 0);
}

std::int64_t FastClock::MonotonicMs() const {
  return (SteadyMicros() - start_.steady_ms * 1000) * start_.speed / 1000;
}

}  // namespace keymeter::testing
