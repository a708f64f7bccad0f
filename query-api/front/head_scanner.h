#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

/// The request's line and headers with their empty line. What is longer is refused (431).
inline constexpr std::size_t kMaxHeadBytes = 16'384;
inline constexpr std::size_t kMaxHeaderLines = 100;
inline constexpr std::size_t kMaxMethodBytes = 32;

/// Walks over the bytes of a request's head, from left to right, and stops at the first one that no head of
/// ours has there: a bare line feed, a folded line, a byte too many.
///
/// Not for what a header means: see request_rules.h. What is refused stays refused with the same answer,
/// whatever follows it. Threads: one. Lifetime: borrows the bytes. Bounds: looks at kMaxHeadBytes at most.
class HeadScanner {
 public:
  explicit HeadScanner(std::string_view bytes) : bytes_(bytes.substr(0, kMaxHeadBytes)) {}

  /// The bytes of the head with its empty line; nullopt: it is not whole yet. Once.
  [[nodiscard]] tl::expected<std::optional<std::size_t>, Response> Scan();

  /// As far as they were read; empty before.
  [[nodiscard]] std::string_view method() const { return method_; }
  [[nodiscard]] std::string_view target() const { return target_; }

 private:
  // Each takes its part; false: the bytes end within it, or refusal_ is set.
  [[nodiscard]] bool TakeMethod();
  [[nodiscard]] bool TakeTarget();
  [[nodiscard]] bool TakeVersion();
  [[nodiscard]] bool TakeHeaderLines();
  [[nodiscard]] bool TakeHeaderLine();
  [[nodiscard]] bool TakeLineEnd();
  /// The longest piece of such bytes, which may be empty.
  template <typename Predicate>
  std::string_view TakeWhile(Predicate is_one);

  [[nodiscard]] bool IsAtEnd() const { return at_ == bytes_.size(); }
  bool Refuse(Response refusal);

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::string_view method_;
  std::string_view target_;
  std::optional<Response> refusal_;
};

}  // namespace keymeter::query_api
