#include "processor/config/access_settings.h"

#include <gtest/gtest.h>

namespace keymeter::processor {
namespace {

std::pair<double, double> RateOf(const std::string& text) {
  Options options;
  const Status taken = TakeRateLimit(text, options);
  EXPECT_TRUE(taken) << text;
  return {options.rate_limit_per_second, options.rate_limit_burst};
}

TEST(AccessSettings, ARateAllowsTwiceAsManyAtOnceOrAsSaid) {
  EXPECT_EQ(RateOf("50/s"), std::pair(50.0, 100.0));
  EXPECT_EQ(RateOf("1.5/s:7"), std::pair(1.5, 7.0));
  EXPECT_EQ(RateOf("0.1/s"), std::pair(0.1, 1.0)) << "one at least";
  EXPECT_EQ(RateOf("1000000/s:1"), std::pair(1e6, 1.0));
  EXPECT_EQ(RateOf("off"), std::pair(0.0, 0.0));
}

TEST(AccessSettings, ARateThatIsNoneIsRefused) {
  for (const char* text : {"", "50", "/s", "0/s", "-1/s", "50/m", "50/s:", "50/s:0", "50/s200", "50/s:x",
                           "50/s:200x", "1e9/s", "nan/s", "inf/s", "50 /s", "0.05/s", "on"}) {
    Options options;
    EXPECT_FALSE(TakeRateLimit(text, options)) << text;
  }
}

TEST(AccessSettings, ListsHaveNoHoles) {
  Options options;
  EXPECT_TRUE(TakeHosts("a.example,10.0.0.5", options));
  EXPECT_EQ(options.allowed_hosts, (std::vector<std::string>{"a.example", "10.0.0.5"}));
  EXPECT_TRUE(TakeHosts("", options));
  EXPECT_TRUE(options.allowed_hosts.empty());
  for (const char* text : {",", "a,,b", ",a", "a b", "http://a"})
    EXPECT_FALSE(TakeHosts(text, options)) << text;
  EXPECT_TRUE(TakeCorsOrigins("https://a.example,*", options));
  EXPECT_FALSE(TakeCorsOrigins("https://a.example, https://b.example", options));
  EXPECT_TRUE(TakeTrustedProxies("10.0.0.0/8,::1", options));
  EXPECT_FALSE(TakeTrustedProxies("10.0.0.0/8 ::1", options));
}

TEST(AccessSettings, ALifetimeIsOfMinutesHoursOrDays) {
  EXPECT_EQ(*ParseLifetime("30m"), 1800);
  EXPECT_EQ(*ParseLifetime("12h"), 43'200);
  EXPECT_EQ(*ParseLifetime("90d"), 7'776'000);
  EXPECT_EQ(*ParseLifetime("3660d"), 3660 * 86'400);
  for (const char* text :
       {"", "90", "0d", "-1d", "3661d", "1.5d", "90 d", "90dd", "9999999999999999999d", "forever"})
    EXPECT_FALSE(ParseLifetime(text)) << text;
}

}  // namespace
}  // namespace keymeter::processor
