#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

namespace keymeter {

/// What a key names. Views into the matched key, or the values to build a key from.
struct KeyParts {
  std::string_view id;
  std::string_view model;
  std::string_view date;
  std::string_view hour;
  std::string_view month = {};
};

/// A Redis key with holes: "usage:{id}:model:hourly:{model}:{date}:{hour}".
///
/// `{id}` holds no colon; `{date}` is ten characters, `{month}` seven, `{hour}` two; `{model}` may hold
/// anything, colons included, so a key is matched from both ends and the model takes the middle. Each hole
/// stands at most once; the `{id}` is told from what follows it (before the model) or precedes it (after it)
/// by a colon. Threads: const, any. Bounds: Match looks at each byte at most once and allocates nothing.
class KeyPattern {
 public:
  enum class Hole : std::uint8_t { kId, kModel, kDate, kHour, kMonth };

  static Result<KeyPattern> Parse(std::string_view text);

  /// True when the whole key fits; `parts` is then set for the holes of this pattern.
  [[nodiscard]] bool Match(std::string_view key, KeyParts& parts) const;
  void AppendKey(std::string& out, const KeyParts& parts) const;
  [[nodiscard]] std::string Key(const KeyParts& parts) const;

  [[nodiscard]] bool Has(Hole hole) const;
  [[nodiscard]] const std::string& text() const { return text_; }
  /// The bytes before the first hole: what every key of this pattern begins with.
  [[nodiscard]] std::string_view prefix() const;
  /// A byte at the same place of every such key, counted from its end (the last one is 1), behind the model.
  struct ByteFromEnd {
    std::size_t place = 0;  ///< 0: there is none
    char value = 0;
  };
  [[nodiscard]] ByteFromEnd LastFixedByte() const;
  /// A pattern for SCAN's MATCH that lets every such key through (and some others).
  [[nodiscard]] std::string Glob() const;

 private:
  struct Piece {
    std::string literal;  ///< empty for a hole
    Hole hole = Hole::kId;
    [[nodiscard]] bool IsHole() const { return literal.empty(); }
  };

  [[nodiscard]] Status CheckIdIsBounded() const;
  bool MatchFront(std::string_view& rest, std::size_t end, KeyParts& parts) const;
  bool MatchBack(std::string_view& rest, std::size_t begin, KeyParts& parts) const;

  std::string text_;
  std::vector<Piece> pieces_;
  std::size_t middle_ = 0;  ///< of {model} in pieces_; their count when there is none
};

}  // namespace keymeter
