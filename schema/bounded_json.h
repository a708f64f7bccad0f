#pragma once

#include <cstddef>
#include <string_view>

#include <nlohmann/json.hpp>

#include "schema/error.h"

/// JSON that others made: a relay, a client, a file. The only door to nlohmann's parser for it.
///
/// Values of nlohmann::json are copied, compared and dumped by recursion, a few hundred bytes of stack a
/// level: an unbounded value overflows a small stack. So size and depth are checked by a pass that builds
/// nothing, before a value is built. Not for JSON of which only some members may be seen: see ReadJsonFields.
/// Threads: pure functions. Bounds: those of JsonBounds; stack and memory of the check do not grow with
/// depth.
namespace keymeter {

struct JsonBounds {
  std::size_t bytes;             ///< of the text
  std::size_t depth = 16;        ///< arrays and objects inside each other; 1: a flat one
  bool allows_comments = false;  ///< as in a configuration file
};

/// Whether the text is JSON within the bounds. Errors (kInvalid) name the bound or the place, and quote
/// nothing of the text, which may hold secrets: "is not JSON at line 3, column 5".
[[nodiscard]] Status CheckJson(std::string_view text, const JsonBounds& bounds);

/// `watch` is nlohmann's callback: it sees each event of the parser, and drops what it returns false for.
template <typename Json>
[[nodiscard]] Result<Json> ParseJson(std::string_view text, const JsonBounds& bounds,
                                     const typename Json::parser_callback_t& watch = nullptr) {
  RETURN_IF_ERROR(CheckJson(text, bounds));
  return Json::parse(text, watch, false, bounds.allows_comments);
}

}  // namespace keymeter
