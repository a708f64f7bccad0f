#include "query-api/http/url.h"

#include <algorithm>

#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Result<std::pair<std::string, std::string>> ParsePair(std::string_view piece) {
  const std::size_t equals = piece.find('=');
  const auto name = DecodeUrlText(piece.substr(0, equals), PlusSign::kBlank);
  if (!name || std::any_of(name->begin(), name->end(), IsControl))
    return Fail(ErrorCode::kInvalid, "a query parameter's name is not percent-encoded UTF-8");
  const auto text = equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
  auto value = DecodeUrlText(text, PlusSign::kBlank);
  if (!value) return Fail(ErrorCode::kInvalid, "{} takes percent-encoded UTF-8", *name);
  if (value->size() > kMaxValueBytes)
    return Fail(ErrorCode::kInvalid, "{} takes at most {} bytes", *name, kMaxValueBytes);
  return std::pair(*name, std::move(*value));
}

}  // namespace

std::optional<std::string> DecodeUrlText(std::string_view text, PlusSign plus) {
  auto decoded = PercentDecode(text, plus);
  if (!decoded || !utf8::IsValid(*decoded)) return std::nullopt;
  return decoded;
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
