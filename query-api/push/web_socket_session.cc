#include "query-api/push/web_socket_session.h"

#include <algorithm>
#include <utility>

namespace keymeter::query_api {

WebSocketSession::WebSocketSession(PushHub& hub, WebSocketCounts& counts, WebSocketGrant grant,
                                   std::int64_t now_ms)
    : hub_(hub),
      counts_(counts),
      grant_(std::move(grant)),
      client_(hub.Join(grant_.role)),
      heard_ms_(now_ms),
      pinged_ms_(now_ms),
      spent_until_ms_(now_ms - kBurst * 1000 / kPerSecond),
      reviewed_ms_(now_ms) {
  ++counts_.opened;
}

WebSocketSession::~WebSocketSession() {
  hub_.Leave(client_);
  ++counts_.ended.at(static_cast<std::size_t>(end_));
}

void WebSocketSession::Receive(std::string_view bytes, std::int64_t now_ms) {
  heard_ms_ = now_ms;
  unanswered_ = 0;
  if (ignores_input_ || client_has_closed_) return;
  reader_.Feed(bytes);
  while (!client_has_closed_) {
    const auto frame = reader_.Next();
    if (!frame) {
      ignores_input_ = true;
      return Close(frame.error().code, frame.error().reason, SessionEnd::kRefused, now_ms);
    }
    if (!*frame) return;
    Take(**frame, now_ms);
  }
}

void WebSocketSession::Take(const ClientFrame& frame, std::int64_t now_ms) {
  if (frame.kind == ClientFrame::Kind::kClose) {
    client_has_closed_ = true;
    if (state_ == State::kClosed) is_over_ = true;
    return Close(CloseCode::kNormal, "", SessionEnd::kByClient, now_ms);
  }
  if (state_ != State::kOpen) return;
  Spend(1, now_ms);
  if (frame.kind == ClientFrame::Kind::kPing) pong_ = PongFrame(frame.payload);  // the latest is enough
  if (frame.kind == ClientFrame::Kind::kText && state_ == State::kOpen) TakeText(frame.payload, now_ms);
}

void WebSocketSession::TakeText(std::string_view text, std::int64_t now_ms) {
  const auto received = hub_.Receive(client_, text);
  if (received.cost > 1) Spend(received.cost - 1, now_ms);
  if (!received.may_stay) Close(CloseCode::kPolicy, "too many errors", SessionEnd::kRefused, now_ms);
}

void WebSocketSession::Spend(std::int64_t messages, std::int64_t now_ms) {
  spent_until_ms_ = std::max(spent_until_ms_, now_ms - kBurst * 1000 / kPerSecond);
  spent_until_ms_ += messages * 1000 / kPerSecond;
  if (spent_until_ms_ > now_ms) Close(CloseCode::kPolicy, "too many messages", SessionEnd::kRefused, now_ms);
}

void WebSocketSession::ReceiveEnd() {
  client_has_closed_ = true;
  if (state_ != State::kClosing) is_over_ = true;
}

void WebSocketSession::Tick(std::int64_t now_ms) {
  if (state_ != State::kOpen) {
    if (now_ms - closing_since_ms_ >= kCloseMs) is_over_ = true;
    return;
  }
  Review(now_ms);
  if (sending_ && now_ms - sending_since_ms_ >= kTakeMs)
    return Close(CloseCode::kTryAgainLater, "a message was taken too slowly", SessionEnd::kSlow, now_ms);
  if (now_ms - std::max(heard_ms_, pinged_ms_) < kPingMs) return;
  if (unanswered_ >= kMostUnanswered)
    return Close(CloseCode::kGoingAway, "pings were not answered", SessionEnd::kSilent, now_ms);
  ping_is_due_ = true;
  pinged_ms_ = now_ms;
  ++unanswered_;
}

void WebSocketSession::Review(std::int64_t now_ms) {
  if (!grant_.may_stay || now_ms - reviewed_ms_ < kReviewMs) return;
  reviewed_ms_ = now_ms;
  if (!grant_.may_stay())
    Close(CloseCode::kPolicy, "the credentials are not valid any more", SessionEnd::kRefused, now_ms);
}

void WebSocketSession::Stop(std::int64_t now_ms) {
  Close(CloseCode::kGoingAway, "keymeter stops", SessionEnd::kByServer, now_ms);
}

void WebSocketSession::Close(CloseCode code, std::string_view reason, SessionEnd why, std::int64_t now_ms) {
  if (state_ != State::kOpen) return;
  state_ = State::kClosing;
  end_ = why;
  close_ = CloseFrame(code, reason);
  closing_since_ms_ = now_ms;
}

std::string_view WebSocketSession::Unsent(std::int64_t now_ms) {
  if (is_over_) return {};
  if (!sending_) {
    sending_ = NextFrame();
    sent_ = 0;
    sending_since_ms_ = now_ms;
  }
  return sending_ ? std::string_view(*sending_).substr(sent_) : std::string_view();
}

Frame WebSocketSession::NextFrame() {
  sends_event_ = false;
  if (state_ == State::kClosing) return close_;
  if (state_ == State::kClosed) return nullptr;
  if (pong_) return std::exchange(pong_, nullptr);
  if (std::exchange(ping_is_due_, false)) return PingFrame();
  sends_event_ = true;
  return hub_.Next(client_);
}

void WebSocketSession::Sent(std::size_t count) {
  if (!sending_) return;
  sent_ += count;
  if (sent_ < sending_->size()) return;
  if (sends_event_) ++counts_.messages;
  if (sending_ == close_) {
    state_ = State::kClosed;
    is_over_ = client_has_closed_;
  }
  sending_ = nullptr;
}

}  // namespace keymeter::query_api
