#include "query-api/push/web_socket_frame.h"

#include "schema/error.h"
#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

enum Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

constexpr std::size_t kMaxControlBytes = 125;
constexpr std::size_t kMaskBytes = 4;
constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;

tl::unexpected<Violation> Refuse(CloseCode code, std::string_view reason) {
  return tl::unexpected(Violation{code, reason});
}

std::uint8_t ByteAt(std::string_view bytes, std::size_t place) {
  return static_cast<std::uint8_t>(bytes[place]);
}

std::uint64_t NumberAt(std::string_view bytes, std::size_t place, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | ByteAt(bytes, place + i);
  return number;
}

std::string Unmasked(std::string_view payload, std::string_view mask) {
  std::string plain(payload);
  for (std::size_t i = 0; i < plain.size(); ++i)
    plain[i] = static_cast<char>(ByteAt(payload, i) ^ ByteAt(mask, i % kMaskBytes));
  return plain;
}

/// Codes that a peer may send (RFC 6455, 7.4).
bool IsCloseCode(std::uint64_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

tl::expected<ClientFrame, Violation> CloseOf(std::string_view payload) {
  if (payload.empty()) return ClientFrame{ClientFrame::Kind::kClose};
  if (payload.size() == 1 || !IsCloseCode(NumberAt(payload, 0, 2)))
    return Refuse(CloseCode::kProtocolError, "a close frame has an unknown code");
  if (!utf8::IsValid(payload.substr(2)))
    return Refuse(CloseCode::kBadText, "a close frame's reason is not UTF-8");
  return ClientFrame{ClientFrame::Kind::kClose, std::string(payload.substr(2))};
}

Frame FrameWith(Opcode opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(kFinal | opcode));
  const auto put = [&frame](std::uint64_t number, int size) {
    for (int i = size - 1; i >= 0; --i) frame.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  };
  if (payload.size() < 126) {
    put(payload.size(), 1);
  } else if (payload.size() <= 0xffff) {
    put(126, 1);
    put(payload.size(), 2);
  } else {
    put(127, 1);
    put(payload.size(), 8);
  }
  frame += payload;
  return std::make_shared<const std::string>(std::move(frame));
}

}  // namespace

struct FrameReader::Head {
  std::uint8_t opcode = 0;
  bool is_final = false;
  std::size_t size = 2;  ///< of the head itself, with the mask
  std::uint64_t length = 0;

  [[nodiscard]] bool IsControl() const { return opcode >= kClose; }
};

tl::expected<std::optional<ClientFrame>, Violation> FrameReader::Next() {
  ASSIGN_OR_RETURN(const auto head, ReadHead());
  const std::string_view bytes = Rest();
  if (!head || bytes.size() < head->size + head->length) return std::nullopt;
  const Head& known = *head;
  std::string payload = Unmasked(bytes.substr(known.size, static_cast<std::size_t>(known.length)),
                                 bytes.substr(known.size - kMaskBytes, kMaskBytes));
  taken_ += known.size + static_cast<std::size_t>(known.length);
  return FrameOf(known, std::move(payload));
}

tl::expected<std::optional<FrameReader::Head>, Violation> FrameReader::ReadHead() const {
  const std::string_view bytes = Rest();
  if (bytes.size() < 2) return std::nullopt;
  const std::uint8_t first = ByteAt(bytes, 0);
  const std::uint8_t second = ByteAt(bytes, 1);
  if ((first & kReserved) != 0)
    return Refuse(CloseCode::kProtocolError, "a frame has reserved bits: no extension was agreed on");
  if ((second & kMasked) == 0) return Refuse(CloseCode::kProtocolError, "a frame of a client is not masked");
  Head head;
  head.opcode = first & 0x0f;
  head.is_final = (first & kFinal) != 0;
  head.length = second & 0x7f;
  return ReadLength(head);
}

tl::expected<std::optional<FrameReader::Head>, Violation> FrameReader::ReadLength(Head head) const {
  const std::size_t more = head.length < 126 ? 0 : head.length == 126 ? 2 : 8;
  const std::string_view bytes = Rest();
  if (bytes.size() < 2 + more) return std::nullopt;
  if (more > 0) {
    const std::uint64_t least = more == 2 ? 126 : 0x10000;
    head.length = NumberAt(bytes, 2, more);
    if (head.length < least)
      return Refuse(CloseCode::kProtocolError, "a frame's length is longer written than it need be");
  }
  head.size += more + kMaskBytes;
  RETURN_IF_ERROR(Check(head));
  return head;
}

tl::expected<void, Violation> FrameReader::Check(const Head& head) const {
  if (head.opcode == kBinary) return Refuse(CloseCode::kNotAccepted, "messages are text");
  const bool is_known = head.opcode <= kText || (head.opcode >= kClose && head.opcode <= kPong);
  if (!is_known) return Refuse(CloseCode::kProtocolError, "a frame has an unknown opcode");
  if (head.IsControl()) {
    if (!head.is_final || head.length > kMaxControlBytes)
      return Refuse(CloseCode::kProtocolError, "a control frame is one frame of at most 125 bytes");
    return {};
  }
  if ((head.opcode == kContinuation) != is_inside_message_)
    return Refuse(CloseCode::kProtocolError, "a message's frames stand out of order");
  if (head.length > kMaxMessageBytes - message_.size())
    return Refuse(CloseCode::kTooBig, "a message has at most 4096 bytes");
  return {};
}

tl::expected<ClientFrame, Violation> FrameReader::FrameOf(const Head& head, std::string payload) {
  switch (head.opcode) {
    case kClose:
      return CloseOf(payload);
    case kPing:
      return ClientFrame{ClientFrame::Kind::kPing, std::move(payload)};
    case kPong:
      return ClientFrame{ClientFrame::Kind::kPong, std::move(payload)};
    default:
      return AddToMessage(head, payload);
  }
}

tl::expected<ClientFrame, Violation> FrameReader::AddToMessage(const Head& head, std::string_view payload) {
  message_ += payload;
  is_inside_message_ = !head.is_final;
  if (is_inside_message_) return ClientFrame{ClientFrame::Kind::kPart};
  ClientFrame whole{ClientFrame::Kind::kText, std::exchange(message_, {})};
  if (!utf8::IsValid(whole.payload)) return Refuse(CloseCode::kBadText, "a message is not UTF-8");
  return whole;
}

Frame TextFrame(std::string_view text) {
  return FrameWith(kText, text);
}

Frame PingFrame() {
  static const Frame frame = FrameWith(kPing, "");
  return frame;
}

Frame PongFrame(std::string_view payload) {
  return FrameWith(kPong, payload);
}

Frame CloseFrame(CloseCode code, std::string_view reason) {
  const auto number = static_cast<std::uint16_t>(code);
  std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
  payload += reason.substr(0, kMaxControlBytes - 2);
  return FrameWith(kClose, payload);
}

}  // namespace keymeter::query_api
