/// Input: a byte that says how frames are split, one that says how many 16-byte blocks of frames follow, the
/// frames of a client, then steps of a session. However they are split, the same frames are read, none too
/// large. Whatever happens in whatever order, a session sends whole frames, at most one close frame and
/// nothing after it, leaves what is unsent where it is, and is over soon after a stop.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "query-api/push/web_socket_session.h"
#include "schema/utf8.h"

namespace {

using namespace keymeter::query_api;

constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kMostHeadAndControl = 131;  ///< of a control frame inside a message: 2 + 4 + 125

void Require(bool holds) {
  if (!holds) std::abort();
}

/// All frames in those bytes, and how they broke the protocol, as one text.
std::string FramesOf(std::string_view bytes, std::size_t piece_bytes) {
  FrameReader reader;
  std::string all;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, piece_bytes);
    bytes.remove_prefix(piece.size());
    reader.Feed(piece);
    for (;;) {
      const auto frame = reader.Next();
      if (!frame) return all.append("!").append(frame.error().reason);
      if (!*frame) break;
      Require((*frame)->payload.size() <= FrameReader::kMaxMessageBytes);
      Require((*frame)->kind != ClientFrame::Kind::kText || keymeter::utf8::IsValid((*frame)->payload));
      all.append(std::to_string(static_cast<int>((*frame)->kind))).append((*frame)->payload).append(";");
    }
    Require(reader.kept_bytes() <= FrameReader::kMaxMessageBytes + kMostHeadAndControl);
  }
  return all;
}

/// Reads bytes of the input one after the other; zeros when there are none left.
class Input {
 public:
  explicit Input(std::string_view rest) : rest_(rest) {}
  [[nodiscard]] bool IsEmpty() const { return rest_.empty(); }
  std::uint8_t Byte() {
    const std::string_view byte = Bytes(1);
    return byte.empty() ? 0 : static_cast<std::uint8_t>(byte.front());
  }
  std::string_view Bytes(std::size_t count) {
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }

 private:
  std::string_view rest_;
};

/// What a client was sent, checked as it reads it.
class ServerFrames {
 public:
  void Add(std::string_view bytes) {
    buffer_ += bytes;
    while (TakeFrame()) {
    }
  }

 private:
  [[nodiscard]] std::uint64_t Number(std::size_t place, std::size_t size) const {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
      number = number << 8 | static_cast<std::uint8_t>(buffer_[place + i]);
    return number;
  }
  bool TakeFrame() {
    if (buffer_.empty()) return false;
    Require(!is_closed_);
    if (buffer_.size() < 2) return false;
    const std::uint64_t first_length = Number(1, 1);
    Require(first_length < 128);  // never masked
    const std::size_t more = first_length < 126 ? 0 : first_length == 126 ? 2 : 8;
    if (buffer_.size() < 2 + more) return false;
    const std::uint64_t length = more == 0 ? first_length : Number(2, more);
    Require(more == 0 || length >= (more == 2 ? 126U : 65'536U));
    if (buffer_.size() < 2 + more + length) return false;
    Check(static_cast<std::uint8_t>(buffer_.front()), std::string_view(buffer_).substr(2 + more, length));
    buffer_.erase(0, 2 + more + length);
    return true;
  }
  void Check(std::uint8_t first, std::string_view payload) {
    Require(first == 0x81 || first == 0x88 || first == 0x89 || first == 0x8a);
    if (first == 0x81) {
      Require(nlohmann::json::accept(payload));
      return;
    }
    Require(payload.size() <= 125);
    is_closed_ = first == 0x88;
    Require(!is_closed_ || (payload.size() >= 2 && keymeter::utf8::IsValid(payload.substr(2))));
  }

  std::string buffer_;
  bool is_closed_ = false;
};

/// A session with its hub, and what must hold after each step.
class Driver {
 public:
  Driver() : session_(std::in_place, hub_, counts_, Grant(), now_) {}

  void Step(Input& input) {
    switch (input.Byte() % 9) {
      case 0:
        session_->Receive(input.Bytes(input.Byte()), now_);
        break;
      case 1:
        session_->Receive(Masked(input.Byte(), input.Bytes(input.Byte() % 126)), now_);
        break;
      case 2:
        now_ += input.Byte() * 250;
        session_->Tick(now_);
        break;
      case 3:
      case 4:
        Take(std::size_t{1} << input.Byte() % 18);
        break;
      case 5:
        Publish(input.Byte(), input.Byte());
        break;
      case 6:
        may_stay_ = false;
        break;
      case 7:
        session_->ReceiveEnd();
        break;
      default:
        session_->Stop(now_);
    }
    Check();
  }

  void End() {
    session_->Stop(now_);
    for (std::size_t left = 200'000; left > 0 && !session_->Unsent(now_).empty(); --left) Take(65'536);
    session_->Tick(now_ + WebSocketSession::kCloseMs);
    Require(session_->IsOver() && session_->Unsent(now_).empty());
    session_.reset();
    std::uint64_t ended = 0;
    for (const auto& count : counts_.ended) ended += count;
    Require(counts_.opened == 1 && ended == 1);
    Require(hub_.Interests().empty());
  }

 private:
  WebSocketGrant Grant() {
    return {Role::kAdmin, [this] { return may_stay_; }, {}};
  }
  static std::string Masked(std::uint8_t first, std::string_view payload) {
    return std::string{static_cast<char>(first), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0}.append(
        payload);
  }
  void Take(std::size_t most) {
    const std::string_view piece = session_->Unsent(now_).substr(0, most);
    frames_.Add(piece);
    session_->Sent(piece.size());
    unsent_ = {};
  }
  void Publish(std::uint8_t what, std::uint8_t size) {
    const PushKind kind = static_cast<PushKind>(what % kPushKinds);
    const PushTopic topic{kind, HasIds(kind) ? "k1" : ""};
    if (what < 128)
      return hub_.Publish(Role::kAdmin, topic, '"' + std::string(size * size, 'x') + '"', ++essence_);
    if (what < 160) return hub_.PublishComplete(Role::kAdmin, kind);
    if (what < 192) return hub_.PublishUnavailable("no file");
    if (!HasIds(kind)) return;
    if (what < 224) return hub_.RefuseAll(Role::kAdmin, kind, "too many");
    hub_.PublishMissing(Role::kAdmin, topic);
  }
  /// What ended stays ended, and what is unsent stays where it is.
  void Check() {
    Require(!was_over_ || session_->IsOver());
    Require(!had_sent_all_ || session_->HasSentAll());
    Require(!session_->HasSentAll() || session_->IsClosing());
    was_over_ = session_->IsOver();
    had_sent_all_ = session_->HasSentAll();
    const std::string_view unsent = session_->Unsent(now_);
    if (was_over_) return Require(unsent.empty());
    Require(unsent_.empty() || (unsent.data() == unsent_.data() && unsent.size() == unsent_.size()));
    unsent_ = unsent;
  }

  std::int64_t now_ = 1'000'000;
  PushHub hub_;
  WebSocketCounts counts_;
  bool may_stay_ = true;
  std::uint64_t essence_ = 0;
  std::optional<WebSocketSession> session_;
  ServerFrames frames_;
  std::string_view unsent_;
  bool was_over_ = false;
  bool had_sent_all_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({reinterpret_cast<const char*>(data), size});
  const std::size_t piece_bytes = 1 + input.Byte();
  const std::string_view frames = input.Bytes(input.Byte() * kBlockBytes);
  const std::string whole = FramesOf(frames, std::max<std::size_t>(frames.size(), 1));
  Require(FramesOf(frames, piece_bytes) == whole && FramesOf(frames, 1) == whole);
  Driver driver;
  while (!input.IsEmpty()) driver.Step(input);
  driver.End();
  return 0;
}
