#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

#include "schema/mutex.h"

namespace keymeter::query_api {

/// The body of an answer that others get too, and its compressed copy once somebody takes one.
///
/// Threads: any; of several who ask for the copy at once, one makes it. Lifetime: by shared_ptr, so that an
/// answer which is being sent outlives its place in the cache.
class SharedBody {
 public:
  explicit SharedBody(std::string bytes) : bytes_(WithoutSlack(std::move(bytes))) {}

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  /// Made at the first call, stays.
  [[nodiscard]] const std::string& Gzipped() const;
  /// Of the body, and of the copy if there is one yet.
  [[nodiscard]] std::size_t MemoryBytes() const { return bytes_.capacity() + gzipped_bytes_; }

 private:
  /// A text that grew may have room for twice as much.
  static std::string WithoutSlack(std::string bytes) {
    if (bytes.capacity() - bytes.size() > bytes.size() / 8) bytes.shrink_to_fit();
    return bytes;
  }

  const std::string bytes_;
  mutable Mutex mutex_;
  mutable std::optional<std::string> gzipped_;  ///< protected by mutex_ until it is there; then it stays
  mutable std::atomic<std::size_t> gzipped_bytes_{0};
};

}  // namespace keymeter::query_api
