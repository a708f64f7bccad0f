#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

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

/// Why a client's bytes end its connection. The reason is of static storage.
struct Violation {
  CloseCode code;
  std::string_view reason;
};

struct ClientFrame {
  /// kPart: a frame of a message that goes on.
  enum class Kind : std::uint8_t { kText, kPart, kPing, kPong, kClose };
  Kind kind;
  std::string payload{};  ///< of kText the whole message, of kClose the reason
};

/// A client's bytes to its frames.
///
/// A length that is too large is refused when it is read: nothing is kept, or waited for, because a client
/// claims it. Bounds: what was fed last, and one frame and one message of kMaxMessageBytes.
class FrameReader {
 public:
  static constexpr std::size_t kMaxMessageBytes = 4096;

  void Feed(std::string_view bytes) { buffer_ += bytes; }
  /// Nothing: more bytes are needed. After a violation nothing more may be asked.
  [[nodiscard]] tl::expected<std::optional<ClientFrame>, Violation> Next();

 private:
  struct Head;
  [[nodiscard]] tl::expected<std::optional<Head>, Violation> ReadHead() const;
  [[nodiscard]] tl::expected<std::optional<Head>, Violation> ReadLength(Head head) const;
  [[nodiscard]] tl::expected<void, Violation> Check(const Head& head) const;
  [[nodiscard]] tl::expected<ClientFrame, Violation> FrameOf(const Head& head, std::string payload);
  [[nodiscard]] tl::expected<ClientFrame, Violation> AddToMessage(const Head& head, std::string_view payload);

  std::string buffer_;   ///< what is no whole frame yet
  std::string message_;  ///< the frames of a message that goes on
  bool is_inside_message_ = false;
};

/// A frame of ours, ready to be sent; one may wait for several clients.
using Frame = std::shared_ptr<const std::string>;

[[nodiscard]] Frame TextFrame(std::string_view text);
[[nodiscard]] Frame PingFrame();
[[nodiscard]] Frame PongFrame(std::string_view payload);
/// `reason` has at most 123 bytes.
[[nodiscard]] Frame CloseFrame(CloseCode code, std::string_view reason);

}  // namespace keymeter::query_api
