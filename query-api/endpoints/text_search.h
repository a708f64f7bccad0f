#pragma once

#include <string>
#include <string_view>

namespace keymeter::query_api {

/// Finds a text in others, whatever the case of their letters, in every script that has one.
///
/// Only for texts that need it (IsNeededFor): SQLite's lower(), which knows ASCII only, is faster.
/// Compares code points: "é" as one is not "e" with an accent after it. Bytes that are no UTF-8 match
/// themselves. Threads: const, any.
class TextSearch {
 public:
  explicit TextSearch(std::string_view text) : folded_(Fold(text)) {}

  [[nodiscard]] bool IsIn(std::string_view text) const {
    return Fold(text).find(folded_) != std::u32string::npos;
  }
  /// Whether the text has letters with a case beyond A to Z.
  [[nodiscard]] static bool IsNeededFor(std::string_view text);

 private:
  [[nodiscard]] static std::u32string Fold(std::string_view text);

  std::u32string folded_;
};

}  // namespace keymeter::query_api
