#include "processor/config/setting_parsers.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace keymeter::processor {
namespace {

std::pair<double, double> RateOf(std::string_view text) {
  const auto rate = ParseRequestRate(text);
  EXPECT_TRUE(rate) << text;
  return rate ? std::pair(rate->per_second, rate->burst) : std::pair(-1.0, -1.0);
}

TEST(SettingParsers, ARateAllowsTwiceAsManyAtOnceOrAsSaid) {
  EXPECT_EQ(RateOf("50/s"), std::pair(50.0, 100.0));
  EXPECT_EQ(RateOf("1.5/s:7"), std::pair(1.5, 7.0));
  EXPECT_EQ(RateOf("0.1/s"), std::pair(0.1, 1.0)) << "one at least";
  EXPECT_EQ(RateOf("1000000/s:1"), std::pair(1e6, 1.0));
  EXPECT_EQ(RateOf("off"), std::pair(0.0, 0.0));
}

TEST(SettingParsers, ARateThatIsNoneIsRefused) {
  for (const char* text : {"", "50", "/s", "0/s", "-1/s", "50/m", "50/s:", "50/s:0", "50/s200", "50/s:x",
                           "50/s:200x", "1e9/s", "nan/s", "inf/s", "50 /s", "0.05/s", "on"})
    EXPECT_FALSE(ParseRequestRate(text)) << text;
}

TEST(SettingParsers, ListsHaveNoHoles) {
  using List = std::vector<std::string>;
  EXPECT_EQ(ParseHosts("a.example,10.0.0.5"), (List{"a.example", "10.0.0.5"}));
  EXPECT_EQ(ParseHosts(""), List{});
  for (const char* text : {",", "a,,b", ",a", "a b", "http://a"}) EXPECT_FALSE(ParseHosts(text)) << text;
  EXPECT_TRUE(ParseOrigins("https://a.example,*"));
  EXPECT_FALSE(ParseOrigins("https://a.example, https://b.example"));
  EXPECT_TRUE(ParseNetworks("10.0.0.0/8,::1"));
  EXPECT_FALSE(ParseNetworks("10.0.0.0/8 ::1"));
}

TEST(SettingParsers, ALifetimeIsOfMinutesHoursOrDays) {
  EXPECT_EQ(*ParseLifetime("30m"), 1800);
  EXPECT_EQ(*ParseLifetime("12h"), 43'200);
  EXPECT_EQ(*ParseLifetime("90d"), 7'776'000);
  EXPECT_EQ(*ParseLifetime("3660d"), 3660 * 86'400);
  for (const char* text :
       {"", "90", "0d", "-1d", "3661d", "1.5d", "90 d", "90dd", "9999999999999999999d", "forever"})
    EXPECT_FALSE(ParseLifetime(text)) << text;
}

TEST(SettingParsers, ADurationIsANumberWithOrWithoutAUnit) {
  EXPECT_EQ(ParseDurationMs("1s"), 1000);
  EXPECT_EQ(ParseDurationMs("500ms"), 500);
  EXPECT_EQ(ParseDurationMs("2"), 2000);
  EXPECT_EQ(ParseDurationMs("0.25s"), 250);
  EXPECT_EQ(ParseDurationMs("100ms"), 100);
  EXPECT_EQ(ParseDurationMs("60m"), 3'600'000);
}

TEST(SettingParsers, ADurationIsNothingElse) {
  for (const char* text :
       {"", "s", "abc", "-1s", "0", "99ms", "61m", "1h", "1 s", "nan", "inf", "1e999", "1ss"})
    EXPECT_FALSE(ParseDurationMs(text)) << text;
}

TEST(SettingParsers, ASizeIsInMiBOrGiB) {
  EXPECT_EQ(ParseBytes("1MiB"), 1 << 20);
  EXPECT_EQ(ParseBytes("2GiB"), std::int64_t{2} << 30);
  for (const char* text : {"", "1", "1MB", "0MiB", "-1MiB", "1.5GiB", "1025GiB", "99999999999999999999MiB"})
    EXPECT_FALSE(ParseBytes(text)) << text;
}

TEST(SettingParsers, OffIsZeroWhereASettingCanBeOff) {
  EXPECT_EQ(ParsePollMs("off"), 0);
  EXPECT_EQ(ParsePollMs("30"), 30'000);
  EXPECT_EQ(ParseAuditIntervalMs("off"), 0);
  EXPECT_EQ(ParseCacheBytes("off"), 0);
  EXPECT_EQ(ParseAddressLimit("off"), 0);
  EXPECT_FALSE(ParsePollMs("0.5")) << "below a second";
  EXPECT_FALSE(ParseAddressLimit("0"));
}

TEST(SettingParsers, AnOffsetIsKnownOrAuto) {
  EXPECT_EQ(ParseOffset("+08:00").value(), 28'800);
  EXPECT_EQ(ParseOffset("auto").value(), std::nullopt);
  EXPECT_FALSE(ParseOffset("Berlin"));
}

}  // namespace
}  // namespace keymeter::processor
