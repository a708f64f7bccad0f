#pragma once

#include <string>
#include <string_view>

namespace keymeter::query_api {

/// Finds a text in others, whatever the case of their letters, in every script that has one: by Unicode's
/// full case folding.
///
/// Not in SQL: SQLite's lower() knows ASCII only, and a text of ASCII may be in others too ("strasse" in
/// "Straße"). Compares code points: "é" as one is not "e" with an accent after it. Bytes that are no UTF-8
/// match themselves. Threads: const, any.
class TextSearch {
 public:
  explicit TextSearch(std::string_view text) : folded_(Fold(text)) {}

  [[nodiscard]] bool IsIn(std::string_view text) const {
    return Fold(text).find(folded_) != std::u32string::npos;
  }

 private:
  [[nodiscard]] static std::u32string Fold(std::string_view text);

  std::u32string folded_;
};

}  // namespace keymeter::query_api
