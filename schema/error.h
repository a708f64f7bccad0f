#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace keymeter {

/// What a caller can do about it.
enum class ErrorCode : std::uint8_t {
  kInvalid,      ///< the caller's value is wrong: a flag, a URL, a profile
  kUnavailable,  ///< may go away by itself: refused connection, busy or full database
  kRefused,      ///< will not go away by itself: wrong password, foreign file, newer version
  kCorrupt,      ///< bytes that are not what they should be
  kInternal,
};

/// What exactly happened, for code that must tell cases apart. Nothing decides by an error's text.
enum class ErrorReason : std::uint8_t {
  kUnspecified,
  // Redis
  kCannotConnect,   ///< nobody answers there
  kConnectionLost,  ///< the other side, or the network, ended it
  kTimedOut,        ///< no answer in time
  kLoading,         ///< Redis reads its data set; it will answer later
  kMasterLost,      ///< a replica that answers nothing until its master is back
  kWrongPassword,   ///< or user
  kForbidden,       ///< the ACL does not allow it
  kUnknownCommand,  ///< this server has no such command
  kUntrusted,       ///< TLS: the certificate does not hold
  kWrongOffset,     ///< the configured UTC offset contradicts the relay's keys
  kNoProfile,       ///< no profile fits what the relay counts
  // The file
  kCannotOpen,     ///< not there, or not ours to open
  kOlderSchema,    ///< the next start of a writer brings it up
  kNewerSchema,    ///< a newer version wrote it
  kForeignFile,    ///< another application's
  kHeldByAnother,  ///< another process writes it
  kDamaged,        ///< bytes of the file are not what they were
  kFileReplaced,   ///< another file stands in its place
  // Settings
  kUnknownName,  ///< no such flag, variable or key
};

/// What went wrong: facts for code (`code`, `reason`) and for people (`message`, `remedy`).
///
/// `message` names the thing and the value; `remedy` says what to do, empty where nobody knows.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  ErrorReason reason = ErrorReason::kUnspecified;
  std::string remedy = {};

  /// The same error, seen from one level up: "open keymeter.db: file is not a database".
  [[nodiscard]] Error In(std::string_view context) const {
    return {code, fmt::format("{}: {}", context, message), reason, remedy};
  }
  [[nodiscard]] Error Because(ErrorReason why) && {
    reason = why;
    return std::move(*this);
  }
  [[nodiscard]] Error Remedy(std::string what_to_do) && {
    remedy = std::move(what_to_do);
    return std::move(*this);
  }
  /// For people, on one line: "message: remedy".
  [[nodiscard]] std::string Text() const { return remedy.empty() ? message : message + ": " + remedy; }
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// To be completed: `return Fail(MakeError(…).Because(…).Remedy(…));`
template <typename... Args>
[[nodiscard]] Error MakeError(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return Error{code, fmt::format(text, std::forward<Args>(args)...)};
}

template <typename... Args>
[[nodiscard]] tl::unexpected<Error> Fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected(MakeError(code, text, std::forward<Args>(args)...));
}

template <typename E>
[[nodiscard]] tl::unexpected<E> Fail(E error) {
  return tl::unexpected(std::move(error));
}

}  // namespace keymeter

namespace keymeter::internal {
/// A value that may be dropped. What cannot be copied owns something (a lock, a transaction, a server), which
/// would end.
template <typename R>
inline constexpr bool kMayDropValue =
    std::is_void_v<typename R::value_type> || std::is_copy_constructible_v<typename R::value_type>;
}  // namespace keymeter::internal

/// RETURN_IF_ERROR(<Status or Result>); ends the function with its error, if it has one.
#define RETURN_IF_ERROR(...)                                                                           \
  do {                                                                                                 \
    auto keymeter_status = (__VA_ARGS__);                                                              \
    static_assert(::keymeter::internal::kMayDropValue<decltype(keymeter_status)>, "ASSIGN_OR_RETURN"); \
    if (!keymeter_status) return ::keymeter::Fail(std::move(keymeter_status).error());                 \
  } while (false)

#define KEYMETER_CONCAT_(a, b) a##b
#define KEYMETER_CONCAT(a, b) KEYMETER_CONCAT_(a, b)

/// ASSIGN_OR_RETURN(auto value, <Result>); takes the value, or ends the function with the error.
#define ASSIGN_OR_RETURN(declaration, ...) \
  KEYMETER_ASSIGN_OR_RETURN_(KEYMETER_CONCAT(keymeter_result_, __LINE__), declaration, __VA_ARGS__)
#define KEYMETER_ASSIGN_OR_RETURN_(result, declaration, ...)       \
  auto result = (__VA_ARGS__);                                     \
  if (!result) return ::keymeter::Fail(std::move(result).error()); \
  declaration = *std::move(result)
