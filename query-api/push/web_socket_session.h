#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query-api/push/push_hub.h"
#include "query-api/push/web_socket_frame.h"

namespace keymeter::query_api {

/// Why a WebSocket ended, for metrics.
enum class SessionEnd : std::uint8_t { kByClient, kByServer, kRefused, kSlow, kSilent };

/// One WebSocket between its handshake and its end, without the socket: bytes and times in, bytes out.
///
/// Sends one message after the other as the client takes them; it keeps no queue but the hub's. Answers
/// pings, sends its own, and ends with a close code whoever breaks the protocol, says too much, takes a
/// message too slowly or does not answer. Whoever does not take the close code either is over without it.
/// Threads: one. Lifetime: borrows the hub. Bounds: 20 KiB of what was read, one message to be sent.
class WebSocketSession {
 public:
  static constexpr std::int64_t kPingMs = 25'000;  ///< without a word from the client
  static constexpr int kMostUnanswered = 2;        ///< pings, then it is over
  static constexpr std::int64_t kTakeMs = 10'000;  ///< for one message to be taken whole
  static constexpr std::int64_t kCloseMs = 2'000;  ///< from our close frame to the end
  static constexpr std::int64_t kBurst = 512;      ///< messages at once
  static constexpr std::int64_t kPerSecond = 16;   ///< messages, after that

  /// Times are monotonic milliseconds.
  WebSocketSession(PushHub& hub, Role role, std::int64_t now_ms);
  ~WebSocketSession();
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;

  void Receive(std::string_view bytes, std::int64_t now_ms);
  /// The client sends nothing more.
  void ReceiveEnd();
  /// Looks at the time.
  void Tick(std::int64_t now_ms);
  /// Ends it with a code.
  void Close(CloseCode code, std::string_view reason, SessionEnd why, std::int64_t now_ms);

  /// What is to be sent now; empty: nothing.
  [[nodiscard]] std::string_view Unsent(std::int64_t now_ms);
  void Sent(std::size_t count);

  /// The connection is to be ended: all has been said, or nobody listens.
  [[nodiscard]] bool IsOver() const { return is_over_; }
  [[nodiscard]] bool IsClosing() const { return state_ != State::kOpen; }
  /// Our close frame is out, and the client's own one could not be understood: the end of our bytes tells it.
  [[nodiscard]] bool HasSaidAll() const { return is_deaf_ && state_ == State::kClosed; }
  [[nodiscard]] SessionEnd end() const { return end_; }
  /// Updates, errors and other events.
  [[nodiscard]] std::uint64_t messages_sent() const { return messages_sent_; }

 private:
  enum class State : std::uint8_t { kOpen, kClosing, kClosed };  ///< kClosed: our close frame is out

  void Take(const ClientFrame& frame, std::int64_t now_ms);
  void TakeText(std::string_view text, std::int64_t now_ms);
  /// Closes it when the client has said too much.
  void Spend(std::int64_t messages, std::int64_t now_ms);
  /// At a frame's edge: the next one.
  [[nodiscard]] Frame NextFrame();

  PushHub& hub_;
  const PushHub::ClientId client_;
  FrameReader reader_;
  State state_ = State::kOpen;
  bool is_over_ = false;
  bool client_has_closed_ = false;
  bool is_deaf_ = false;  ///< it broke the protocol: nothing that it sends can be understood any more
  SessionEnd end_ = SessionEnd::kByClient;

  Frame sending_;
  std::size_t sent_ = 0;  ///< of it
  bool sends_event_ = false;
  std::int64_t sending_since_ms_ = 0;
  Frame pong_;
  Frame close_;
  bool ping_is_due_ = false;

  std::int64_t heard_ms_;
  std::int64_t pinged_ms_;
  int unanswered_ = 0;
  std::int64_t closing_since_ms_ = 0;
  std::int64_t spent_until_ms_;  ///< the token bucket: when what has been said would have been said evenly
  std::uint64_t messages_sent_ = 0;
};

}  // namespace keymeter::query_api
