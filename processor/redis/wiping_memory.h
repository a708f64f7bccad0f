#pragma once

#include <cstddef>
#include <cstring>
#include <memory_resource>

namespace keymeter::processor {

/// Memory for what may hold secrets: overwritten before it is given back.
///
/// Threads: any. Tested by tests/processor/redis/reply_reader_test.cc.
class WipingMemory : public std::pmr::memory_resource {
 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    explicit_bzero(memory, bytes);
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace keymeter::processor
