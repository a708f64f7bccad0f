#include "schema/service_rates.h"

#include <gtest/gtest.h>

namespace keymeter {

namespace {

std::string Kept(std::string_view json) {
  const auto rates = ReadServiceRates(json);
  return rates ? ServiceRatesJson(*rates) : rates.error().message;
}

TEST(ServiceRates, AreNumbersByService) {
  EXPECT_EQ(Kept(R"({"claude": 1.2, "codex": 0, "gemini": 3})"),
            R"({"claude":1.2,"codex":0.0,"gemini":3.0})");
  EXPECT_EQ(Kept(R"({"claude": "0.85"})"), R"({"claude":0.85})") << "the relay takes texts of numbers, too";
  EXPECT_EQ(Kept("{}"), "{}");
  EXPECT_EQ(Kept(R"({"claude": null, "codex": 2})"), R"({"codex":2.0})") << "the relay takes 1";
}

TEST(ServiceRates, AreNoneWhereOneOfThemIsNone) {
  for (const char* json : {R"({"claude": -1})", R"({"claude": "x"})", R"({"claude": ""})",
                           R"({"claude": true})", R"({"claude": "inf"})", R"({"claude": "1.5 "})"})
    EXPECT_EQ(Kept(json), "holds what is no factor") << json;
  EXPECT_EQ(Kept("[1]"), "is no JSON object");
  EXPECT_FALSE(ReadServiceRates(""));
  EXPECT_FALSE(ReadServiceRates(R"({"claude": {"deep": 1}})"));
  EXPECT_FALSE(ReadServiceRates(R"({"claude": 1e999})"));
}

TEST(ServiceRates, AreBounded) {
  std::string many = R"({"s0":1)";
  for (int i = 1; i <= 64; ++i) many += fmt::format(R"(,"s{}":1)", i);
  EXPECT_EQ(Kept(many + "}"), "has more than 64 services");
  EXPECT_EQ(Kept(R"({")" + std::string(65, 's') + R"(":1})"), "names a service with more than 64 bytes");
  EXPECT_FALSE(ReadServiceRates(R"({"s":")" + std::string(20'000, '1') + R"("})"));
}

}  // namespace

}  // namespace keymeter
