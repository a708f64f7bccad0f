#include "processor/source/read_commands.h"

#include <gtest/gtest.h>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kOffset = 8 * kHourSeconds;
constexpr std::int64_t kHour = 1'795'636'800;  ///< 2026-11-25T20:00:00Z

CounterSpec Spec(const char* key, std::vector<std::pair<Metric, std::string>> fields) {
  CounterSpec spec;
  spec.key = KeyPattern::Parse(key).value();
  spec.fields = std::move(fields);
  return spec;
}

class ReadCommandsTest : public ::testing::Test {
 protected:
  ReadCommandsTest() { commands_.SetOffset(kOffset); }
  std::string Of(std::size_t spec, std::int64_t hour) {
    std::string text;
    commands_.Append(text, specs_[spec], series_, hour);
    return text;
  }

  const std::vector<CounterSpec> specs_ = {
      Spec("usage:{id}:hourly:{model}:{date}:{hour}",
           {{Metric::kRequests, "requests"}, {Metric::kInputTokens, "in"}}),
      Spec("usage:{id}", {{Metric::kRequests, "totalRequests"}})};
  const Series series_{EntityKind::kApiKey, "k1", "gpt:5"};
  ReadCommands commands_{specs_};
};

TEST_F(ReadCommandsTest, AskForTheFieldsOfTheCounterAndNothingElse) {
  EXPECT_EQ(
      Of(0, kHour),
      "*4\r\n$5\r\nHMGET\r\n$35\r\nusage:k1:hourly:gpt:5:2026-11-26:04\r\n$8\r\nrequests\r\n$2\r\nin\r\n");
  EXPECT_EQ(Of(1, 0), "*3\r\n$5\r\nHMGET\r\n$8\r\nusage:k1\r\n$13\r\ntotalRequests\r\n");
}

TEST_F(ReadCommandsTest, NameEachCountersOwnHour) {
  const auto names = [&](std::int64_t hour, const char* text) {
    return Of(0, hour).find(text) != std::string::npos;
  };
  EXPECT_TRUE(names(kHour, ":2026-11-26:04\r"));
  EXPECT_TRUE(names(kHour + kHourSeconds, ":2026-11-26:05\r"));
  EXPECT_TRUE(names(kHour - 5 * kHourSeconds, ":2026-11-25:23\r"));
  commands_.SetOffset(0);
  EXPECT_TRUE(names(kHour - 5 * kHourSeconds, ":2026-11-25:15\r"));
}

TEST_F(ReadCommandsTest, StandBehindEachOther) {
  std::string text;
  commands_.Append(text, specs_[0], series_, kHour);
  commands_.Append(text, specs_[1], series_, 0);
  EXPECT_EQ(text, Of(0, kHour) + Of(1, 0));
}

}  // namespace

}  // namespace keymeter::processor
