#include "query-api/http/url.h"

#include <algorithm>

#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Result<std::pair<std::string, std::string>> ParsePair(std::string_view piece) {
  const std::size_t equals = piece.find('=');
  const auto name = PercentDecode(piece.substr(0, equals), true);
  if (!name) return Fail(ErrorCode::kInvalid, "a query parameter's name is not percent-encoded UTF-8");
  const auto text = equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
  auto value = PercentDecode(text, true);
  if (!value)
    return Fail(ErrorCode::kInvalid, "{} takes percent-encoded UTF-8 without control characters", *name);
  if (value->size() > kMaxValueBytes)
    return Fail(ErrorCode::kInvalid, "{} takes at most {} bytes", *name, kMaxValueBytes);
  return std::pair(*name, std::move(*value));
}

}  // namespace

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    decoded.push_back(c);
  }
  if (std::any_of(decoded.begin(), decoded.end(), IsControl) || !utf8::IsValid(decoded)) return std::nullopt;
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kHex[byte >> 4U]);
    encoded.push_back(kHex[byte & 0x0fU]);
  }
  return encoded;
}

Result<QueryPairs> ParseQuery(std::string_view query) {
  QueryPairs pairs;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view piece = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (piece.empty()) continue;
    if (pairs.size() == kMaxQueryParameters)
      return Fail(ErrorCode::kInvalid, "at most {} query parameters", kMaxQueryParameters);
    ASSIGN_OR_RETURN(auto pair, ParsePair(piece));
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace keymeter::query_api
