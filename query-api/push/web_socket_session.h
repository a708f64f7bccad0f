#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query-api/push/push_hub.h"
#include "query-api/push/web_socket_frame.h"

namespace keymeter::query_api {

/// How a WebSocket ended, for metrics.
enum class SessionEnd : std::uint8_t { kByClient, kByServer, kRefused, kSlow, kSilent };

/// The protocol of one WebSocket after its handshake, without the socket: bytes and times in, bytes out.
///
/// Sends one message after the other, as fast as the client reads them; waiting messages stay in the hub. It
/// answers pings and sends its own. A client that breaks the protocol, sends too much, reads a message too
/// slowly or does not answer pings gets a close code; if it does not read that either, the session is over
/// without it. Sockets are WebSocketLoop's.
/// Threads: one. Lifetime: borrows the hub. Bounds: 20 KiB of input, one message of output.
class WebSocketSession {
 public:
  static constexpr std::int64_t kPingMs = 25'000;  ///< silence of the client before a ping
  static constexpr int kMostUnanswered = 2;        ///< pings without an answer before it is closed
  static constexpr std::int64_t kTakeMs = 10'000;  ///< time for a client to read one message
  static constexpr std::int64_t kCloseMs = 2'000;  ///< longest time from our close frame to the end
  static constexpr std::int64_t kBurst = 512;      ///< messages that a client may send at once
  static constexpr std::int64_t kPerSecond = 16;   ///< messages that it may send per second after that

  /// Times are monotonic milliseconds.
  WebSocketSession(PushHub& hub, Role role, std::int64_t now_ms);
  ~WebSocketSession();
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;

  void Receive(std::string_view bytes, std::int64_t now_ms);
  /// The client has closed its sending side.
  void ReceiveEnd();
  /// Applies the time limits. To be called a few times a second.
  void Tick(std::int64_t now_ms);
  /// Sends a close code and ends the session. Only the first call counts.
  void Close(CloseCode code, std::string_view reason, SessionEnd why, std::int64_t now_ms);

  /// The bytes to send now; empty when there are none.
  [[nodiscard]] std::string_view Unsent(std::int64_t now_ms);
  void Sent(std::size_t count);

  /// The socket must be closed: everything was sent, or the client is gone.
  [[nodiscard]] bool IsOver() const { return is_over_; }
  [[nodiscard]] bool IsClosing() const { return state_ != State::kOpen; }
  /// The sending side of the socket must be closed: our close frame was sent, and since the client broke the
  /// protocol, its own close frame cannot be waited for.
  [[nodiscard]] bool HasSentAll() const { return ignores_input_ && state_ == State::kClosed; }
  [[nodiscard]] SessionEnd end() const { return end_; }
  /// Events, without control frames.
  [[nodiscard]] std::uint64_t messages_sent() const { return messages_sent_; }

 private:
  enum class State : std::uint8_t { kOpen, kClosing, kClosed };  ///< kClosed: our close frame was sent

  void Take(const ClientFrame& frame, std::int64_t now_ms);
  void TakeText(std::string_view text, std::int64_t now_ms);
  /// Counts messages of the client, and closes the session when there are too many.
  void Spend(std::int64_t messages, std::int64_t now_ms);
  /// The frame to send after the current one; null when there is none.
  [[nodiscard]] Frame NextFrame();

  PushHub& hub_;
  const PushHub::ClientId client_;
  FrameReader reader_;
  State state_ = State::kOpen;
  bool is_over_ = false;
  bool client_has_closed_ = false;
  bool ignores_input_ = false;  ///< the client broke the protocol, so its bytes have no meaning any more
  SessionEnd end_ = SessionEnd::kByClient;

  Frame sending_;
  std::size_t sent_ = 0;  ///< bytes of sending_
  bool sends_event_ = false;
  std::int64_t sending_since_ms_ = 0;
  Frame pong_;
  Frame close_;
  bool ping_is_due_ = false;

  std::int64_t heard_ms_;
  std::int64_t pinged_ms_;
  int unanswered_ = 0;
  std::int64_t closing_since_ms_ = 0;
  /// Token bucket: when the messages so far would have come at an even rate of kPerSecond.
  std::int64_t spent_until_ms_;
  std::uint64_t messages_sent_ = 0;
};

}  // namespace keymeter::query_api
