#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/support/http_client.h"
#include "tests/support/raw_socket.h"

namespace keymeter::testing {

/// One frame as a client sends it: `first` is FIN and opcode (0x81: a whole text). Payloads up to 65,535
/// bytes.
std::string MaskedFrame(std::uint8_t first, std::string_view payload);

/// A WebSocket (RFC 6455) to loopback that also lets a test break the rules.
/// Throws std::runtime_error when it cannot connect or send.
class WebSocketClient {
 public:
  /// Asks for `path`; `headers` are further ones, "Origin: …".
  explicit WebSocketClient(int port, const std::string& path = "/api/ws", const HttpHeaders& headers = {});
  /// Of an address as RawSocket takes it.
  WebSocketClient(const std::string& address, const TlsClient& tls, const std::string& path,
                  const HttpHeaders& headers);

  /// The status of the handshake; 0 when there was no answer.
  [[nodiscard]] int status() const { return status_; }
  /// The head of the handshake's answer; with the body when it was refused.
  [[nodiscard]] const std::string& answer() const { return answer_; }

  void Send(std::string_view text) { socket_.Send(MaskedFrame(0x81, text)); }
  void SendRaw(std::string_view bytes) { socket_.Send(bytes); }

  /// The next text as JSON; null when the connection was closed or time was up first. Pings are answered.
  nlohmann::json Next(Milliseconds timeout = kPatience);
  /// Reads until the server closes; the code that it closed with, 0 without one. Answers the close frame.
  int CloseCode(Milliseconds timeout = kPatience);

 private:
  void Shake(const std::string& host, const std::string& path, const HttpHeaders& headers);
  struct ServerFrame {
    std::uint8_t opcode = 0;
    std::string payload;
  };
  /// False when there is none in time.
  bool NextFrame(ServerFrame& frame, Milliseconds timeout);
  bool TakeFrame(ServerFrame& frame);

  RawSocket socket_;
  int status_ = 0;
  std::string answer_;
  std::string buffer_;
  int close_code_ = 0;
};

}  // namespace keymeter::testing
