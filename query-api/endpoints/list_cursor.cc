#include "query-api/endpoints/list_cursor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "schema/hex.h"

namespace keymeter::query_api {

namespace {

/// The text before the next line end, which is taken off with it.
std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

template <typename Number>
std::optional<Number> NumberIn(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stop != end || number != number) return std::nullopt;
  return number;
}

/// The next line, a whole number from 0 on, into `number`.
bool TakeWhole(std::string_view& text, std::int64_t& number) {
  const auto read = NumberIn<std::int64_t>(TakeLine(text));
  number = read.value_or(-1);
  return number >= 0;
}

/// What Cursor::Encode wrote of it: its type, and its text.
std::optional<SqlValue> CursorValueOf(std::string_view type, std::string_view text) {
  if (type == "text") return SqlValue(std::string(text));
  if (type == "int") {
    const auto number = NumberIn<std::int64_t>(text);
    return number ? std::optional(SqlValue(*number)) : std::nullopt;
  }
  const auto number = type == "real" ? NumberIn<double>(text) : std::nullopt;
  return number ? std::optional(SqlValue(*number)) : std::nullopt;
}

}  // namespace

// The bytes of names and ids as they are in the file, be they UTF-8 or not; so that the place is the same
// when it is read again. Lines of all but id and value, which follow.
std::string Cursor::Encode() const {
  constexpr std::array kTypes = {"int", "text", "real"};
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", sort, order, kTypes.at(value.index()),
                                 moment_ms, kept, place, left, id.size(), id);
  std::visit([&](const auto& of_type) { text += fmt::format("{}", of_type); }, value);
  return ToHex(text);
}

Result<Cursor> Cursor::Decode(std::string_view text) {
  const auto refuse = [] {
    return Fail(ErrorCode::kInvalid, "cursor takes what the Link of an earlier page says");
  };
  const auto decoded = FromHex(text);
  if (!decoded) return refuse();
  std::string_view rest = *decoded;
  Cursor cursor;
  cursor.sort = std::string(TakeLine(rest));
  cursor.order = std::string(TakeLine(rest));
  const std::string_view type = TakeLine(rest);
  if (!TakeWhole(rest, cursor.moment_ms)) return refuse();
  cursor.kept = std::string(TakeLine(rest));
  std::int64_t id_size = 0;
  if (!TakeWhole(rest, cursor.place) || !TakeWhole(rest, cursor.left) || !TakeWhole(rest, id_size))
    return refuse();
  if (static_cast<std::uint64_t>(id_size) > rest.size()) return refuse();
  cursor.id = std::string(rest.substr(0, static_cast<std::size_t>(id_size)));
  auto value = CursorValueOf(type, rest.substr(cursor.id.size()));
  if (!value) return refuse();
  cursor.value = std::move(*value);
  return cursor;
}

}  // namespace keymeter::query_api
