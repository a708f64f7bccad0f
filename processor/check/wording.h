#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "processor/check/finding.h"
#include "schema/error.h"

/// Numbers and errors as people read them.
namespace keymeter::check {

[[nodiscard]] std::string Count(std::int64_t number);                             ///< "1,234,567"
[[nodiscard]] std::string Count(std::int64_t number, std::string_view singular);  ///< "1 key", "2 keys"
[[nodiscard]] std::string Span(std::int64_t milliseconds);                        ///< "12 s", "4 min", "3 d"

/// An error as a fault: what happened, and what to do about it. `otherwise`: the remedy where the error has
/// none.
[[nodiscard]] Observation FaultOf(const Error& error, std::string_view otherwise);

/// Likewise for an error of Redis. Decides by its reason; a command for the server stands on a line of its
/// own, with the name of our Redis user in it.
[[nodiscard]] Observation RedisFaultOf(const Error& error, std::string_view user);

}  // namespace keymeter::check
