#include "query-api/push/web_socket_handshake.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

namespace keymeter::query_api {

namespace {

constexpr std::size_t kKeyBytes = 24;  ///< base64 of 16 bytes

std::string_view Trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The items of a list such as "keep-alive, Upgrade", from all headers of that name.
std::vector<std::string_view> ListOf(const Request& request, std::string_view name) {
  std::vector<std::string_view> items;
  for (const Header& header : request.headers) {
    if (!EqualsIgnoringCase(header.name, name)) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (const auto item = Trimmed(rest.substr(0, comma)); !item.empty()) items.push_back(item);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return items;
}

bool Names(const std::vector<std::string_view>& items, std::string_view name) {
  return std::any_of(items.begin(), items.end(),
                     [&](std::string_view item) { return EqualsIgnoringCase(item, name); });
}

bool IsKey(std::string_view key) {
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return key.size() == kKeyBytes && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_digit);
}

Response OnlyGet() {
  Response response = Problem(405, "a WebSocket is opened with GET");
  response.headers.push_back({"Allow", "GET"});
  return response;
}

Response UpgradeRequired(std::string_view detail) {
  Response response = Problem(426, detail);
  response.headers.push_back({"Connection", "Upgrade"});
  response.headers.push_back({"Upgrade", "websocket"});
  response.headers.push_back({"Sec-WebSocket-Version", "13"});
  return response;
}

}  // namespace

std::string WebSocketAccept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return "";
  std::array<unsigned char, std::size_t{2} * EVP_MAX_MD_SIZE> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)};
}

Response WebSocketHandshake(const Request& request) {
  if (!Names(ListOf(request, "Upgrade"), "websocket") || !Names(ListOf(request, "Connection"), "upgrade"))
    return UpgradeRequired("this path takes WebSockets: Connection: Upgrade and Upgrade: websocket");
  if (request.method != "GET") return OnlyGet();
  const std::string* length = request.FindHeader("Content-Length");
  if ((length != nullptr && *length != "0") || request.FindHeader("Transfer-Encoding") != nullptr)
    return Problem(400, "a WebSocket is opened without a body");
  const std::string* version = request.FindHeader("Sec-WebSocket-Version");
  if (version == nullptr || *version != "13") return UpgradeRequired("Sec-WebSocket-Version takes 13");
  const std::string* key = request.FindHeader("Sec-WebSocket-Key");
  if (key == nullptr || !IsKey(Trimmed(*key)))
    return Problem(400, "Sec-WebSocket-Key takes 16 bytes in base64");
  const auto protocols = ListOf(request, "Sec-WebSocket-Protocol");
  const bool names_ours =
      std::find(protocols.begin(), protocols.end(), kWebSocketProtocol) != protocols.end();
  if (!protocols.empty() && !names_ours)
    return Problem(400, "Sec-WebSocket-Protocol takes \"keymeter\", and a token beside it");
  Response response;
  response.status = 101;
  response.headers = {{"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Accept", WebSocketAccept(Trimmed(*key))}};
  if (names_ours) response.headers.push_back({"Sec-WebSocket-Protocol", std::string(kWebSocketProtocol)});
  return response;
}

}  // namespace keymeter::query_api
