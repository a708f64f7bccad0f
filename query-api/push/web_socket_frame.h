#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

/// The frames of WebSockets (RFC 6455): those of clients read strictly, those of ours written.
///
///     byte 0   FIN RSV1 RSV2 RSV3 opcode(4)
///     byte 1   MASK length(7): 0…125, 126: a length of 2 bytes follows, 127: one of 8 bytes
///     then     4 bytes of mask (clients always, servers never), the payload
///
/// Threads: plain values.
namespace keymeter::query_api {

/// Why a connection is closed.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kNotAccepted = 1003,  ///< binary messages
  kBadText = 1007,
  kPolicy = 1008,
  kTooBig = 1009,
  kInternal = 1011,
  kTryAgainLater = 1013,
};

/// Why the connection of a client that broke the protocol is closed. The reason has static storage.
struct Violation {
  CloseCode code;
  std::string_view reason;
};

struct ClientFrame {
  /// kPart: a frame of a message that is not complete yet.
  enum class Kind : std::uint8_t { kText, kPart, kPing, kPong, kClose };
  Kind kind;
  std::string payload{};  ///< of kText the whole message, of kClose the reason
};

/// Parses the bytes of one client into frames.
///
/// A length that is too large is refused as soon as it is read, so a client cannot make us wait for it or
/// reserve memory.
/// Threads: one. Bounds: the bytes fed last, one frame, and one message of kMaxMessageBytes.
class FrameReader {
 public:
  static constexpr std::size_t kMaxMessageBytes = 4096;

  void Feed(std::string_view bytes) {
    buffer_.erase(0, std::exchange(taken_, 0));
    buffer_ += bytes;
  }
  /// Nothing: more bytes are needed. Must not be called again after a violation.
  [[nodiscard]] tl::expected<std::optional<ClientFrame>, Violation> Next();
  /// Bytes that wait for further ones.
  [[nodiscard]] std::size_t kept_bytes() const { return Rest().size() + message_.size(); }

 private:
  struct Head;
  [[nodiscard]] std::string_view Rest() const { return std::string_view(buffer_).substr(taken_); }
  [[nodiscard]] tl::expected<std::optional<Head>, Violation> ReadHead() const;
  [[nodiscard]] tl::expected<std::optional<Head>, Violation> ReadLength(Head head) const;
  [[nodiscard]] tl::expected<void, Violation> Check(const Head& head) const;
  [[nodiscard]] tl::expected<ClientFrame, Violation> FrameOf(const Head& head, std::string payload);
  [[nodiscard]] tl::expected<ClientFrame, Violation> AddToMessage(const Head& head, std::string_view payload);

  std::string buffer_;     ///< what was fed last, behind a frame that was not complete
  std::size_t taken_ = 0;  ///< bytes of it that were parsed: erased all at once
  std::string message_;    ///< payloads of a message that is not complete
  bool is_inside_message_ = false;
};

/// A frame of ours, ready to be sent. Several clients may share it.
using Frame = std::shared_ptr<const std::string>;

[[nodiscard]] Frame TextFrame(std::string_view text);
[[nodiscard]] Frame PingFrame();
[[nodiscard]] Frame PongFrame(std::string_view payload);
/// `reason` has at most 123 bytes.
[[nodiscard]] Frame CloseFrame(CloseCode code, std::string_view reason);

}  // namespace keymeter::query_api
