#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "query-api/http/upgraded_session.h"
#include "query-api/push/push_hub.h"
#include "query-api/push/web_socket_frame.h"

namespace keymeter::query_api {

/// How a WebSocket ended, for metrics.
enum class SessionEnd : std::uint8_t { kByClient, kByServer, kRefused, kSlow, kSilent };

/// Counters of all WebSockets since the start. Threads: any.
struct WebSocketCounts {
  std::atomic<std::uint64_t> opened{0};
  std::atomic<std::uint64_t> messages{0};             ///< events that were sent, without control frames
  std::array<std::atomic<std::uint64_t>, 5> ended{};  ///< by SessionEnd
};

/// What a client was granted with its handshake. Threads: plain value.
struct WebSocketGrant {
  Role role = Role::kViewer;
  std::function<bool()> may_stay{};    ///< called every kReviewMs; false closes it. Empty: always true
  std::shared_ptr<const void> slot{};  ///< of ConnectionLimiter; released with the session
};

/// The protocol of one WebSocket after its handshake, without the socket: bytes and times in, bytes out.
///
/// Sends one message after the other, as fast as the client reads them; waiting messages stay in the hub. It
/// answers pings and sends its own. A client that breaks the protocol, sends too much, reads a message too
/// slowly, does not answer pings or lost its permission gets a close code; if it does not read that either,
/// the session is over without it. Sockets are the front's. A session that is destroyed before it was over
/// counts as ended by its client.
/// Threads: one. Lifetime: borrows hub and counts. Bounds: 20 KiB of input; of output one message, which is
/// shared with other clients.
class WebSocketSession : public UpgradedSession {
 public:
  static constexpr std::int64_t kReviewMs = 30'000;  ///< after that the permission is looked at again
  static constexpr std::int64_t kPingMs = 25'000;    ///< silence of the client before a ping
  static constexpr int kMostUnanswered = 2;          ///< pings without an answer before it is closed
  static constexpr std::int64_t kTakeMs = 10'000;    ///< time for a client to read one message
  static constexpr std::int64_t kCloseMs = 2'000;    ///< longest time from our close frame to the end
  static constexpr std::int64_t kBurst = 512;        ///< messages that a client may send at once
  static constexpr std::int64_t kPerSecond = 16;     ///< messages that it may send per second after that

  WebSocketSession(PushHub& hub, WebSocketCounts& counts, WebSocketGrant grant, std::int64_t now_ms);
  ~WebSocketSession() override;

  void Receive(std::string_view bytes, std::int64_t now_ms) override;
  void ReceiveEnd() override;
  void Tick(std::int64_t now_ms) override;
  void Stop(std::int64_t now_ms) override;

  [[nodiscard]] std::string_view Unsent(std::int64_t now_ms) override;
  void Sent(std::size_t count) override;

  [[nodiscard]] bool IsOver() const override { return is_over_; }
  /// Our close frame was sent, and since the client broke the protocol, its own cannot be waited for.
  [[nodiscard]] bool HasSentAll() const override { return ignores_input_ && state_ == State::kClosed; }
  [[nodiscard]] bool IsClosing() const { return state_ != State::kOpen; }

 private:
  enum class State : std::uint8_t { kOpen, kClosing, kClosed };  ///< kClosed: our close frame was sent

  /// Sends a close code and ends the session. Only the first call counts.
  void Close(CloseCode code, std::string_view reason, SessionEnd why, std::int64_t now_ms);
  void Take(const ClientFrame& frame, std::int64_t now_ms);
  void TakeText(std::string_view text, std::int64_t now_ms);
  /// Counts messages of the client, and closes the session when there are too many.
  void Spend(std::int64_t messages, std::int64_t now_ms);
  /// Closes the session when the client may not stay.
  void Review(std::int64_t now_ms);
  /// The frame to send after the current one; null when there is none.
  [[nodiscard]] Frame NextFrame();

  PushHub& hub_;
  WebSocketCounts& counts_;
  const WebSocketGrant grant_;
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
  std::int64_t reviewed_ms_;
};

}  // namespace keymeter::query_api
