#include "tests/support/web_socket_client.h"

#include <chrono>

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

constexpr std::uint8_t kTextOpcode = 1;
constexpr std::uint8_t kCloseOpcode = 8;
constexpr std::uint8_t kPingOpcode = 9;

std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

}  // namespace

std::string MaskedFrame(std::uint8_t first, std::string_view payload) {
  constexpr std::string_view kMask = "\x12\x34\x56\x78";
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(0x80 | payload.size()));
  } else {
    frame.push_back(static_cast<char>(0x80 | 126));
    frame.push_back(static_cast<char>(payload.size() >> 8));
    frame.push_back(static_cast<char>(payload.size() & 0xff));
  }
  frame += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame.push_back(static_cast<char>(payload[i] ^ kMask[i % kMask.size()]));
  return frame;
}

WebSocketClient::WebSocketClient(int port, const std::string& path, const HttpHeaders& headers)
    : socket_(port) {
  Shake(fmt::format("localhost:{}", port), path, headers);
}

WebSocketClient::WebSocketClient(const std::string& address, const TlsClient& tls, const std::string& path,
                                 const HttpHeaders& headers)
    : socket_(address, tls) {
  Shake("localhost", path, headers);
}

void WebSocketClient::Shake(const std::string& host, const std::string& path, const HttpHeaders& headers) {
  std::string request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
      path, host);
  for (const std::string& header : headers) request += header + "\r\n";
  socket_.Send(request + "\r\n");
  std::string text = socket_.ReadUntil("\r\n\r\n");
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return;
  status_ = std::stoi(text.substr(text.find(' ')));
  if (status_ != 101) {
    while (text.find('}') == std::string::npos && socket_.ReadMore(text)) {
    }
    answer_ = text;
    return;
  }
  answer_ = text.substr(0, end + 4);
  buffer_ = text.substr(end + 4);
}

nlohmann::json WebSocketClient::Next(Milliseconds timeout) {
  ServerFrame frame;
  while (NextFrame(frame, timeout)) {
    if (frame.opcode == kTextOpcode) return nlohmann::json::parse(frame.payload);
    if (frame.opcode == kPingOpcode) socket_.Send(MaskedFrame(0x8a, frame.payload));
    if (frame.opcode == kCloseOpcode) {
      close_code_ = static_cast<int>(BigEndian(std::string_view(frame.payload).substr(0, 2)));
      return {};
    }
  }
  return {};
}

int WebSocketClient::CloseCode(Milliseconds timeout) {
  while (close_code_ == 0 && !Next(timeout).is_null()) {
  }
  if (close_code_ == 0) return 0;
  const std::string code{static_cast<char>(close_code_ >> 8), static_cast<char>(close_code_ & 0xff)};
  socket_.Send(MaskedFrame(0x88, code));
  return socket_.IsClosedByPeer(timeout) ? close_code_ : 0;
}

bool WebSocketClient::NextFrame(ServerFrame& frame, Milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!TakeFrame(frame)) {
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() < 0 || !socket_.ReadMore(buffer_, left)) return false;
  }
  return true;
}

bool WebSocketClient::TakeFrame(ServerFrame& frame) {
  if (buffer_.size() < 2) return false;
  std::size_t length = static_cast<std::uint8_t>(buffer_[1]);  // servers do not mask
  const std::size_t more = length < 126 ? 0 : length == 126 ? 2 : 8;
  if (buffer_.size() < 2 + more) return false;
  if (more > 0) length = BigEndian(std::string_view(buffer_).substr(2, more));
  if (buffer_.size() < 2 + more + length) return false;
  frame.opcode = static_cast<std::uint8_t>(buffer_[0]) & 0x0f;
  frame.payload = buffer_.substr(2 + more, length);
  buffer_.erase(0, 2 + more + length);
  return true;
}

}  // namespace keymeter::testing
