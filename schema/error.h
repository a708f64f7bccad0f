#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace keymeter {

enum class ErrorCode {
  kInvalid,      ///< the caller's value is wrong: a flag, a URL, a profile
  kUnavailable,  ///< may go away by itself: refused connection, busy or full database
  kRefused,      ///< will not go away by itself: wrong password, foreign file, newer version
  kCorrupt,      ///< bytes that are not what they should be
  kInternal,
};

/// What went wrong, for people: names the thing, the value and, where there is one, the remedy.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  /// The same error, seen from one level up: "open keymeter.db: file is not a database".
  [[nodiscard]] Error In(std::string_view context) const {
    return {code, fmt::format("{}: {}", context, message)};
  }
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

template <typename... Args>
[[nodiscard]] tl::unexpected<Error> Fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}

[[nodiscard]] inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected(std::move(error));
}

}  // namespace keymeter
