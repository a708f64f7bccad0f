#include "schema/log.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace keymeter::log {

namespace {

constexpr std::int64_t kMoment = 1795177161007;

std::string Logfmt(std::string_view message, std::initializer_list<Field> fields) {
  return FormatLine(Format::kLogfmt, kMoment, Severity::kInfo, message, fields);
}

std::string Json(std::string_view message, std::initializer_list<Field> fields) {
  return FormatLine(Format::kJson, kMoment, Severity::kWarn, message, fields);
}

/// How logfmt writes the value.
std::string Value(std::string_view value) {
  const std::string line = Logfmt("m", {{"v", value}});
  return line.substr(line.find(" v=") + 3);
}

TEST(Logfmt, WritesOneLineOfPairs) {
  EXPECT_EQ(Logfmt("listening", {{"address", "127.0.0.1:8787"}, {"port", 8787}}),
            "ts=2026-11-20T12:19:21.007Z level=info msg=\"listening\" address=127.0.0.1:8787 port=8787");
}

TEST(Logfmt, QuotesWhatWouldBreakThePair) {
  EXPECT_EQ(Value("plain-value"), "plain-value");
  EXPECT_EQ(Value(""), R"("")");
  EXPECT_EQ(Value("two words"), R"("two words")");
  EXPECT_EQ(Value("a=b"), R"("a=b")");
  EXPECT_EQ(Value(R"(say "hi")"), R"("say \"hi\"")");
  EXPECT_EQ(Value(R"(back\slash)"), R"("back\\slash")");
}

TEST(Logfmt, KeepsNamesOfAllScripts) {
  EXPECT_EQ(Value("密钥-α"), "\"密钥-α\"");
}

TEST(Logfmt, MakesControlCharactersHarmless) {
  EXPECT_EQ(Value("a\nts=forged"), R"("a\nts=forged")");
  EXPECT_EQ(Value("\x1b[2J"), R"("\u001b[2J")");
  EXPECT_EQ(Value(std::string_view("a\0b", 3)), R"("a\u0000b")");
  EXPECT_EQ(Value("a\x7f"), R"("a\u007f")");
  EXPECT_EQ(Value("\xc2\x9b"
                  "2J"),
            R"("\u009b2J")");
}

TEST(Logfmt, ReplacesBytesThatAreNoText) {
  EXPECT_EQ(Value("a\xff"), "\"a\xef\xbf\xbd\"");
}

TEST(Logfmt, ShortensWhatIsTooLong) {
  const std::string value = Value(std::string(100'000, 'x'));
  EXPECT_LT(value.size(), 2100U);
  EXPECT_TRUE(value.ends_with("x... (100000 bytes)\"")) << value.substr(value.size() - 40);
}

TEST(Json, IsOneObjectOfTexts) {
  const std::string line = Json("cut off", {{"reason", "a \"b\"\n\x1b\x7f\xc2\x9b\xff"}, {"tries", 3}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x7f'), std::string::npos);
  EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["ts"], "2026-11-20T12:19:21.007Z");
  EXPECT_EQ(json["level"], "warn");
  EXPECT_EQ(json["msg"], "cut off");
  EXPECT_EQ(json["reason"], "a \"b\"\n\x1b\x7f\xc2\x9b\xef\xbf\xbd");
  EXPECT_EQ(json["tries"], "3");
}

TEST(Json, WithoutFieldsIsWholeToo) {
  EXPECT_EQ(Json("m", {}), R"({"ts":"2026-11-20T12:19:21.007Z","level":"warn","msg":"m"})");
}

TEST(Write, DropsWhatIsBelowTheLowestSeverity) {
  Configure(Severity::kWarn, Format::kLogfmt);
  ::testing::internal::CaptureStderr();
  Info("quiet");
  Warn("loud");
  const std::string written = ::testing::internal::GetCapturedStderr();
  Configure(Severity::kInfo, Format::kLogfmt);
  EXPECT_EQ(written.find("quiet"), std::string::npos);
  EXPECT_TRUE(written.ends_with("level=warn msg=\"loud\"\n")) << written;
}

TEST(ParseSeverity, NamesTheKnownOnes) {
  EXPECT_EQ(ParseSeverity("debug"), Severity::kDebug);
  EXPECT_EQ(ParseSeverity("error"), Severity::kError);
  const auto unknown = ParseSeverity("INFO");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "log level 'INFO' is unknown; known are debug, info, warn, error");
}

TEST(ParseFormat, NamesTheKnownOnes) {
  EXPECT_EQ(ParseFormat("json"), Format::kJson);
  const auto unknown = ParseFormat("xml");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "log format 'xml' is unknown; known are logfmt, json");
}

}  // namespace

}  // namespace keymeter::log
