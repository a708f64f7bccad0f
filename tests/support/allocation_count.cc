/// glibc lets a program put its own malloc in front of the C library's; operator new comes through it as
/// well.

#include "tests/support/allocation_count.h"

#include <atomic>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KEYMETER_HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KEYMETER_HAS_SANITIZER 1
#endif
#endif

namespace keymeter::testing {

namespace {

std::atomic<std::size_t> count{0};

}  // namespace

std::size_t AllocationCount() {
  return count.load(std::memory_order_relaxed);
}

#ifdef KEYMETER_HAS_SANITIZER

bool CountsAllocations() {
  return false;
}

}  // namespace keymeter::testing

#else

bool CountsAllocations() {
  return true;
}

namespace {

void CountOne() {
  count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

}  // namespace keymeter::testing

extern "C" {

// The C library's own, by names that are not reserved.
void* LibcMalloc(std::size_t size) __asm__("__libc_malloc");
void* LibcCalloc(std::size_t number, std::size_t size) __asm__("__libc_calloc");
void* LibcRealloc(void* memory, std::size_t size) __asm__("__libc_realloc");

void* malloc(std::size_t size) noexcept {
  keymeter::testing::CountOne();
  return LibcMalloc(size);
}

void* calloc(std::size_t number, std::size_t size) noexcept {
  keymeter::testing::CountOne();
  return LibcCalloc(number, size);
}

void* realloc(void* memory, std::size_t size) noexcept {
  keymeter::testing::CountOne();
  return LibcRealloc(memory, size);
}

}  // extern "C"

#endif
