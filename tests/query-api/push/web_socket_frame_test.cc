#include "query-api/push/web_socket_frame.h"

#include <gtest/gtest.h>

#include "tests/support/web_socket_client.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::MaskedFrame;
using Kind = ClientFrame::Kind;

/// The frames in those bytes, or the code for which they are refused.
struct ReadFrames {
  explicit ReadFrames(std::string_view bytes) {
    reader.Feed(bytes);
    Read();
  }
  void Read() {
    for (;;) {
      const auto frame = reader.Next();
      if (!frame) {
        refused = frame.error().code;
        return;
      }
      if (!*frame) return;
      frames.push_back(**frame);
    }
  }
  FrameReader reader;
  std::vector<ClientFrame> frames{};
  std::optional<CloseCode> refused{};
};

std::optional<CloseCode> RefusalOf(std::string_view bytes) {
  return ReadFrames(bytes).refused;
}

TEST(FrameReader, ReadsTextAndControlFrames) {
  const ReadFrames read(MaskedFrame(0x81, "hé") + MaskedFrame(0x89, "a") + MaskedFrame(0x8a, "") +
                        MaskedFrame(0x88, std::string("\x03\xe8", 2) + "bye"));
  ASSERT_EQ(read.frames.size(), 4U);
  EXPECT_FALSE(read.refused);
  EXPECT_EQ(read.frames[0].kind, Kind::kText);
  EXPECT_EQ(read.frames[0].payload, "hé");
  EXPECT_EQ(read.frames[1].kind, Kind::kPing);
  EXPECT_EQ(read.frames[1].payload, "a");
  EXPECT_EQ(read.frames[2].kind, Kind::kPong);
  EXPECT_EQ(read.frames[3].kind, Kind::kClose);
  EXPECT_EQ(read.frames[3].payload, "bye");
}

TEST(FrameReader, ReadsWhatComesByteByByte) {
  const std::string bytes = MaskedFrame(0x81, std::string(300, 'x')) + MaskedFrame(0x81, "");
  ReadFrames read("");
  for (const char byte : bytes) {
    read.reader.Feed({&byte, 1});
    read.Read();
  }
  ASSERT_EQ(read.frames.size(), 2U);
  EXPECT_EQ(read.frames[0].payload, std::string(300, 'x'));
  EXPECT_EQ(read.frames[1].payload, "");
}

TEST(FrameReader, JoinsTheFramesOfAMessageWithControlFramesBetween) {
  const ReadFrames read(MaskedFrame(0x01, "\xe2\x82") + MaskedFrame(0x89, "") + MaskedFrame(0x00, "\xac") +
                        MaskedFrame(0x80, "!"));
  ASSERT_EQ(read.frames.size(), 4U);
  EXPECT_EQ(read.frames[0].kind, Kind::kPart);
  EXPECT_EQ(read.frames[1].kind, Kind::kPing);
  EXPECT_EQ(read.frames[2].kind, Kind::kPart);
  EXPECT_EQ(read.frames[3].payload, "€!");
}

TEST(FrameReader, RefusesALengthThatIsTooLargeBeforeAnyOfItComes) {
  const std::string mask(4, '\0');
  EXPECT_EQ(RefusalOf(std::string("\x81\xff\x10\x00\x00\x00\x00\x00\x00\x00", 10)), CloseCode::kTooBig);
  EXPECT_EQ(RefusalOf(std::string("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10)), CloseCode::kTooBig);
  EXPECT_EQ(RefusalOf(std::string("\x81\xfe\x10\x01", 4)), CloseCode::kTooBig);
  EXPECT_EQ(RefusalOf(MaskedFrame(0x81, std::string(4096, 'x'))), std::nullopt);
}

TEST(FrameReader, RefusesFragmentsThatAreTooLargeTogether) {
  EXPECT_EQ(RefusalOf(MaskedFrame(0x01, std::string(4000, 'x')) + MaskedFrame(0x00, std::string(96, 'x'))),
            std::nullopt);
  EXPECT_EQ(RefusalOf(MaskedFrame(0x01, std::string(4000, 'x')) + MaskedFrame(0x00, std::string(97, 'x'))),
            CloseCode::kTooBig);
}

TEST(FrameReader, RefusesWhatTheProtocolForbids) {
  EXPECT_EQ(RefusalOf(std::string("\x81\x02hi", 4)), CloseCode::kProtocolError) << "not masked";
  EXPECT_EQ(RefusalOf(MaskedFrame(0xc1, "x")), CloseCode::kProtocolError) << "compressed";
  EXPECT_EQ(RefusalOf(MaskedFrame(0x83, "x")), CloseCode::kProtocolError) << "unknown opcode";
  EXPECT_EQ(RefusalOf(MaskedFrame(0x8b, "x")), CloseCode::kProtocolError) << "unknown control opcode";
  EXPECT_EQ(RefusalOf(MaskedFrame(0x09, "x")), CloseCode::kProtocolError) << "a ping in parts";
  EXPECT_EQ(RefusalOf(MaskedFrame(0x89, std::string(126, 'x'))), CloseCode::kProtocolError) << "a long ping";
  EXPECT_EQ(RefusalOf(MaskedFrame(0x80, "x")), CloseCode::kProtocolError) << "goes on with nothing";
  EXPECT_EQ(RefusalOf(MaskedFrame(0x01, "x") + MaskedFrame(0x81, "x")), CloseCode::kProtocolError);
  EXPECT_EQ(RefusalOf(std::string("\x81\xfe\x00\x05", 4)), CloseCode::kProtocolError)
      << "a length written long";
  EXPECT_EQ(RefusalOf(MaskedFrame(0x88, "x")), CloseCode::kProtocolError) << "half a close code";
  EXPECT_EQ(RefusalOf(MaskedFrame(0x88, std::string("\x03\xed", 2))), CloseCode::kProtocolError) << "1005";
}

TEST(FrameReader, RefusesBinaryAndBadText) {
  EXPECT_EQ(RefusalOf(MaskedFrame(0x82, "x")), CloseCode::kNotAccepted);
  EXPECT_EQ(RefusalOf(MaskedFrame(0x81, "\xff")), CloseCode::kBadText);
  EXPECT_EQ(RefusalOf(MaskedFrame(0x88, std::string("\x03\xe8\xff", 3))), CloseCode::kBadText);
}

TEST(Frames, HaveTheShortestLength) {
  EXPECT_EQ(*TextFrame("hi"), "\x81\x02hi");
  EXPECT_EQ(TextFrame(std::string(126, 'x'))->substr(0, 4), std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(TextFrame(std::string(65'536, 'x'))->substr(0, 10),
            std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  EXPECT_EQ(*CloseFrame(CloseCode::kGoingAway, "bye"), std::string("\x88\x05\x03\xe9", 4) + "bye");
  EXPECT_EQ(*PingFrame(), std::string("\x89\x00", 2));
  EXPECT_EQ(*PongFrame("a"),
            "\x8a\x01"
            "a");
}

}  // namespace
}  // namespace keymeter::query_api
