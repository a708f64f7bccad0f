#include "query-api/access/bearer.h"

#include <algorithm>

namespace keymeter::query_api {

namespace {

constexpr std::string_view kProtocol = "keymeter";
constexpr std::string_view kTokenProtocol = "bearer.";

std::string_view WithoutBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// RFC 6750's b64token, without its padding: neither our tokens nor JWTs have any.
bool IsBearerToken(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
  });
}

Status TakeProtocol(std::string_view protocol, ProtocolOffer& offer) {
  if (protocol == kProtocol) offer.protocol = kProtocol;
  if (!protocol.starts_with(kTokenProtocol)) return {};
  protocol.remove_prefix(kTokenProtocol.size());
  if (offer.token) return Fail(ErrorCode::kInvalid, "Sec-WebSocket-Protocol offers more than one token");
  if (!IsBearerToken(protocol))
    return Fail(ErrorCode::kInvalid, "Sec-WebSocket-Protocol takes keymeter, bearer.TOKEN");
  offer.token = std::string(protocol);
  return {};
}

}  // namespace

Result<std::optional<std::string>> BearerOf(const Request& request) {
  const std::string* value = nullptr;
  for (const Header& header : request.headers) {
    if (!EqualsIgnoringCase(header.name, "Authorization")) continue;
    if (value != nullptr) return Fail(ErrorCode::kInvalid, "the Authorization header is there twice");
    value = &header.value;
  }
  if (value == nullptr) return std::optional<std::string>();
  const std::string_view text = WithoutBlanks(*value);
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view token = WithoutBlanks(text.substr(space));
  if (!EqualsIgnoringCase(text.substr(0, space), "Bearer") || !IsBearerToken(token))
    return Fail(ErrorCode::kRefused, "Authorization takes: Bearer TOKEN");
  return std::optional(std::string(token));
}

Result<ProtocolOffer> ProtocolOfferOf(const Request& request) {
  ProtocolOffer offer;
  for (const Header& header : request.headers) {
    if (!EqualsIgnoringCase(header.name, "Sec-WebSocket-Protocol")) continue;
    const std::string_view list = header.value;
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t end = std::min(list.find(',', begin), list.size());
      RETURN_IF_ERROR(TakeProtocol(WithoutBlanks(list.substr(begin, end - begin)), offer));
      begin = end + 1;
    }
  }
  return offer;
}

}  // namespace keymeter::query_api
