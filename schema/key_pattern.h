#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

namespace keymeter {

/// The parts that a key consists of: views into a matched key, or the values to build a key from.
struct KeyParts {
  std::string_view id;
  std::string_view model;
  std::string_view date;
  std::string_view hour;
  std::string_view month = {};
};

/// A Redis key with holes: "usage:{id}:model:hourly:{model}:{date}:{hour}".
///
/// `{date}` has ten characters, `{month}` seven, `{hour}` two; `{model}` may have any characters, also
/// colons, so a key is matched from both ends and the model is what is left in the middle. `{id}` ends at the
/// first colon, but may hold colons where a longer text than one must follow it. An id or model that is empty
/// in the key is kEmptyName in its parts (schema/shown_name.h), and back. Each hole stands at most once; a
/// colon separates `{id}` from what follows it (where it is before the model) or precedes it (where it is
/// after). Threads: const, any. Bounds: Match allocates nothing.
class KeyPattern {
 public:
  enum class Hole : std::uint8_t { kId, kModel, kDate, kHour, kMonth };

  static Result<KeyPattern> Parse(std::string_view text);

  /// True when the whole key fits; `parts` is then set for the holes of this pattern.
  [[nodiscard]] bool Match(std::string_view key, KeyParts& parts) const {
    return FitOf(key, parts) == Fit::kWhole;
  }
  enum class Fit : std::uint8_t {
    kNone,
    kAmbiguous,  ///< but for an id or model that is literally kEmptyName: it would be taken for an empty one
    kWhole,
  };
  /// How well a key fits; `parts` as for Match.
  [[nodiscard]] Fit FitOf(std::string_view key, KeyParts& parts) const;
  void AppendKey(std::string& out, const KeyParts& parts) const;
  [[nodiscard]] std::string Key(const KeyParts& parts) const;

  [[nodiscard]] bool Has(Hole hole) const;
  [[nodiscard]] const std::string& text() const { return text_; }
  /// The bytes before the first hole: what every key of this pattern begins with.
  [[nodiscard]] std::string_view prefix() const;
  /// A byte that every key of this pattern has at the same distance from its end, after the model.
  struct ByteFromEnd {
    std::size_t place = 0;  ///< 1: the last byte of the key; 0: there is no such byte
    char value = 0;
  };
  [[nodiscard]] ByteFromEnd LastFixedByte() const;
  /// A pattern for SCAN's MATCH that every key of this pattern fits (and some others).
  [[nodiscard]] std::string Glob() const;

 private:
  struct Piece {
    std::string literal;  ///< empty for a hole
    Hole hole = Hole::kId;
    [[nodiscard]] bool IsHole() const { return literal.empty(); }
  };

  [[nodiscard]] Status CheckIdIsBounded() const;
  static std::size_t IdWidth(std::string_view rest, const Piece* next);
  bool MatchFront(std::string_view& rest, std::size_t end, KeyParts& parts) const;
  bool MatchBack(std::string_view& rest, std::size_t begin, KeyParts& parts) const;

  std::string text_;
  std::vector<Piece> pieces_;
  std::size_t middle_ = 0;  ///< index of {model} in pieces_; their count without one
  bool has_id_ = false;
};

}  // namespace keymeter
