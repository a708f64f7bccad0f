#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace keymeter::query_api {

/// The body of a response that several clients get, and its compressed copy, made when the first asks for it.
///
/// Not for a response that one client gets: Response::body holds that.
/// Threads: any; of several who ask for the copy at once, one makes it and the others wait. Lifetime: by
/// shared_ptr, so that a response which is being sent outlives its place in the cache. Bounds: body and copy.
/// Tested by tests/query-api/http/content_coding_test.cc.
class SharedBody {
 public:
  using Text = std::shared_ptr<const std::string>;  ///< keeps itself and nothing else

  explicit SharedBody(std::string bytes)
      : text_(std::make_shared<const std::string>(WithoutSlack(std::move(bytes)))) {}

  [[nodiscard]] const std::string& bytes() const { return *text_; }
  [[nodiscard]] const Text& text() const { return text_; }
  /// Made at the first call, stays.
  [[nodiscard]] const Text& Gzipped() const;
  /// Of the body, and of the copy if there is one yet.
  [[nodiscard]] std::size_t MemoryBytes() const { return text_->capacity() + gzipped_bytes_; }

 private:
  /// A text that grew may have room for twice as much.
  static std::string WithoutSlack(std::string bytes) {
    if (bytes.capacity() - bytes.size() > bytes.size() / 8) bytes.shrink_to_fit();
    return bytes;
  }

  const Text text_;
  mutable std::once_flag is_gzipped_;
  mutable Text gzipped_;  ///< set once, under is_gzipped_
  mutable std::atomic<std::size_t> gzipped_bytes_{0};
};

}  // namespace keymeter::query_api
