#include "schema/key_pattern.h"

#include <optional>

#include "schema/shown_name.h"

namespace keymeter {

namespace {

using Hole = KeyPattern::Hole;

std::optional<Hole> HoleByName(std::string_view name) {
  if (name == "id") return Hole::kId;
  if (name == "model") return Hole::kModel;
  if (name == "date") return Hole::kDate;
  if (name == "hour") return Hole::kHour;
  if (name == "month") return Hole::kMonth;
  return std::nullopt;
}

std::string_view& PartOf(KeyParts& parts, Hole hole) {
  switch (hole) {
    case Hole::kId:
      return parts.id;
    case Hole::kModel:
      return parts.model;
    case Hole::kDate:
      return parts.date;
    case Hole::kMonth:
      return parts.month;
    case Hole::kHour:
      break;
  }
  return parts.hour;
}

/// Characters of a hole of fixed width; 0 for the others.
std::size_t WidthOf(Hole hole) {
  if (hole == Hole::kDate) return 10;
  if (hole == Hole::kHour) return 2;
  if (hole == Hole::kMonth) return 7;
  return 0;
}

/// Names an id or model that is empty. False: it is named as if it were.
bool TakeName(std::string_view& name) {
  if (name == kEmptyName) return false;
  if (name.empty()) name = kEmptyName;
  return true;
}

}  // namespace

Result<KeyPattern> KeyPattern::Parse(std::string_view text) {
  KeyPattern pattern;
  pattern.text_ = text;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '{') {
      const std::size_t end = std::min(text.find('{', at), text.size());
      pattern.pieces_.push_back({std::string(text.substr(at, end - at)), {}});
      at = end;
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) return Fail(ErrorCode::kInvalid, "'{}' lacks a closing brace", text);
    const std::string_view name = text.substr(at + 1, end - at - 1);
    const auto hole = HoleByName(name);
    if (!hole)
      return Fail(ErrorCode::kInvalid,
                  "'{}' names {{{}}}; known are {{id}} {{model}} {{date}} {{hour}} {{month}}", text, name);
    if (pattern.Has(*hole)) return Fail(ErrorCode::kInvalid, "'{}' names {{{}}} twice", text, name);
    if (!pattern.pieces_.empty() && pattern.pieces_.back().IsHole())
      return Fail(ErrorCode::kInvalid, "'{}' has nothing between two holes, so it cannot be told apart",
                  text);
    if (*hole == Hole::kModel) pattern.middle_ = pattern.pieces_.size();
    pattern.pieces_.push_back({"", *hole});
    at = end + 1;
  }
  if (pattern.pieces_.empty()) return Fail(ErrorCode::kInvalid, "a key pattern is empty");
  if (!pattern.Has(Hole::kModel)) pattern.middle_ = pattern.pieces_.size();
  pattern.has_id_ = pattern.Has(Hole::kId);
  RETURN_IF_ERROR(pattern.CheckIdIsBounded());
  return pattern;
}

/// An id is read up to a colon: forwards before the model, backwards after it.
Status KeyPattern::CheckIdIsBounded() const {
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (!pieces_[i].IsHole() || pieces_[i].hole != Hole::kId) continue;
    if (i < middle_ && i + 1 < pieces_.size() && !pieces_[i + 1].literal.starts_with(':'))
      return Fail(ErrorCode::kInvalid, "'{}' has no colon where {{id}} ends", text_);
    if (i > middle_ && !pieces_[i - 1].literal.ends_with(':'))
      return Fail(ErrorCode::kInvalid, "'{}' has no colon where {{id}} begins", text_);
  }
  return {};
}

KeyPattern::Fit KeyPattern::FitOf(std::string_view key, KeyParts& parts) const {
  std::string_view rest = key;
  // The back first: its holes are mostly of fixed width, so a key of another kind fails at once.
  const bool has_model = middle_ < pieces_.size();
  if (has_model && !MatchBack(rest, middle_ + 1, parts)) return Fit::kNone;
  if (!MatchFront(rest, middle_, parts)) return Fit::kNone;
  if (has_model) {
    parts.model = rest;
    if (!TakeName(parts.model)) return Fit::kAmbiguous;
  } else if (!rest.empty()) {
    return Fit::kNone;
  }
  return has_id_ && !TakeName(parts.id) ? Fit::kAmbiguous : Fit::kWhole;
}

bool KeyPattern::MatchFront(std::string_view& rest, std::size_t end, KeyParts& parts) const {
  for (std::size_t i = 0; i < end; ++i) {
    const Piece& piece = pieces_[i];
    if (!piece.IsHole()) {
      if (!rest.starts_with(piece.literal)) return false;
      rest.remove_prefix(piece.literal.size());
      continue;
    }
    std::size_t width = WidthOf(piece.hole);
    if (width == 0) width = IdWidth(rest, i + 1 < pieces_.size() ? &pieces_[i + 1] : nullptr);
    if (width > rest.size()) return false;
    PartOf(parts, piece.hole) = rest.substr(0, width);
    rest.remove_prefix(width);
  }
  return true;
}

/// How much of `rest` is the id in front of `next`: up to the first colon; but where a longer text must
/// follow, an id may hold colons. npos: the text does not follow.
std::size_t KeyPattern::IdWidth(std::string_view rest, const Piece* next) {
  const std::size_t colon = rest.find(':');
  if (next == nullptr) return std::min(colon, rest.size());
  return next->literal.size() == 1 ? colon : rest.find(next->literal, colon);
}

bool KeyPattern::MatchBack(std::string_view& rest, std::size_t begin, KeyParts& parts) const {
  for (std::size_t i = pieces_.size(); i > begin; --i) {
    const Piece& piece = pieces_[i - 1];
    if (!piece.IsHole()) {
      if (!rest.ends_with(piece.literal)) return false;
      rest.remove_suffix(piece.literal.size());
      continue;
    }
    std::size_t width = WidthOf(piece.hole);
    if (width == 0) {
      const std::size_t colon = rest.rfind(':');
      width = rest.size() - (colon == std::string_view::npos ? 0 : colon + 1);
    }
    if (width > rest.size()) return false;
    PartOf(parts, piece.hole) = rest.substr(rest.size() - width);
    rest.remove_suffix(width);
  }
  return true;
}

void KeyPattern::AppendKey(std::string& out, const KeyParts& parts) const {
  KeyParts copy = parts;
  for (const Piece& piece : pieces_) {
    const std::string_view part = piece.IsHole() ? PartOf(copy, piece.hole) : std::string_view(piece.literal);
    const bool is_name = piece.IsHole() && WidthOf(piece.hole) == 0;
    if (!is_name || part != kEmptyName) out += part;
  }
}

std::string KeyPattern::Key(const KeyParts& parts) const {
  std::string key;
  AppendKey(key, parts);
  return key;
}

bool KeyPattern::Has(Hole hole) const {
  for (const Piece& piece : pieces_)
    if (piece.IsHole() && piece.hole == hole) return true;
  return false;
}

std::string_view KeyPattern::prefix() const {
  return pieces_.front().IsHole() ? std::string_view() : std::string_view(pieces_.front().literal);
}

KeyPattern::ByteFromEnd KeyPattern::LastFixedByte() const {
  std::size_t behind = 0;
  for (std::size_t i = pieces_.size(); i > 0; --i) {
    const Piece& piece = pieces_[i - 1];
    if (!piece.IsHole()) return {behind + 1, piece.literal.back()};
    const std::size_t width = WidthOf(piece.hole);
    if (width == 0) break;
    behind += width;
  }
  return {};
}

std::string KeyPattern::Glob() const {
  std::string glob;
  for (const Piece& piece : pieces_) {
    if (piece.IsHole()) {
      glob += '*';
      continue;
    }
    for (char c : piece.literal) {
      if (std::string_view("*?[]\\").find(c) != std::string_view::npos) glob += '\\';
      glob += c;
    }
  }
  return glob;
}

}  // namespace keymeter
