#include "schema/bounded_json.h"

#include <functional>

#include <gtest/gtest.h>

namespace keymeter {

namespace {

constexpr JsonBounds kBounds{.bytes = 1'000'000};

std::string Nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

std::string NestedObjects(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += "{\"a\":1,\"b\":";
  return text + "2" + std::string(depth, '}');
}

/// "" when it is read.
template <typename Json = nlohmann::json>
std::string WhyRefused(const std::string& text, const JsonBounds& bounds = kBounds) {
  const auto read = ParseJson<Json>(text, bounds);
  return read ? "" : read.error().Text();
}

TEST(BoundedJson, ReadsWhatTheParserReads) {
  for (const char* text : {"null", "-1.5", R"("a")", R"([1,"b",{"c":[true]}])", " {} "})
    EXPECT_EQ(ParseJson<nlohmann::json>(text, kBounds).value(), nlohmann::json::parse(text)) << text;
}

TEST(BoundedJson, BoundsDepth) {
  for (const auto& nested : {std::function(Nested), std::function(NestedObjects)}) {
    EXPECT_EQ(WhyRefused(nested(16)), "");
    EXPECT_EQ(WhyRefused<nlohmann::ordered_json>(nested(16)), "");
    for (const std::size_t depth : {std::size_t{17}, std::size_t{410}, std::size_t{100'000}}) {
      const JsonBounds bounds{.bytes = 10'000'000};
      EXPECT_EQ(WhyRefused(nested(depth), bounds), "is nested deeper than 16");
      EXPECT_EQ(WhyRefused<nlohmann::ordered_json>(nested(depth), bounds), "is nested deeper than 16");
    }
  }
  EXPECT_EQ(WhyRefused("[1,2]", {.bytes = 10, .depth = 1}), "");
  EXPECT_EQ(WhyRefused("[[]]", {.bytes = 10, .depth = 1}), "is nested deeper than 1");
  EXPECT_EQ(WhyRefused("1", {.bytes = 10, .depth = 0}), "");
}

TEST(BoundedJson, BoundsDepthOfWhatIsNeverClosed) {
  EXPECT_EQ(WhyRefused(std::string(100'000, '[')), "is nested deeper than 16");
}

TEST(BoundedJson, CountsWhatIsOpenAndNotWhatStandsBeside) {
  std::string wide = "[";
  for (int i = 0; i < 1000; ++i) wide += Nested(15) + ",";
  EXPECT_EQ(WhyRefused(wide + "1]"), "");
  EXPECT_EQ(WhyRefused("[\"" + std::string(1000, '[') + "\"]"), "");
}

TEST(BoundedJson, BoundsBytes) {
  EXPECT_EQ(WhyRefused("[1,2]", {.bytes = 5}), "");
  EXPECT_EQ(WhyRefused("[1,2]", {.bytes = 4}), "is JSON of 5 bytes, more than 4");
}

TEST(BoundedJson, NamesThePlaceAndQuotesNothing) {
  EXPECT_EQ(WhyRefused(""), "is not JSON at line 1, column 1");
  EXPECT_EQ(WhyRefused("{\"a\": 1,\n\n  SECRET}"), "is not JSON at line 3, column 3");
  EXPECT_EQ(WhyRefused("[1] SECRET"), "is not JSON at line 1, column 5");
  EXPECT_EQ(WhyRefused("1e999"), "is not JSON at line 1, column 5");
  EXPECT_NE(WhyRefused("[\"\xff\"]"), "");
}

TEST(BoundedJson, TakesCommentsOnlyWhereTheyAreAllowed) {
  const std::string text = "{ // it's [[[[[[[[[[[[[[[[[[[[ here\n\"a\": /* \" */ 1}";
  EXPECT_NE(WhyRefused(text), "");
  EXPECT_EQ(WhyRefused(text, {.bytes = 100, .depth = 1, .allows_comments = true}), "");
}

TEST(BoundedJson, ShowsEventsToTheCaller) {
  int keys = 0;
  const auto watch = [&keys](int, nlohmann::json::parse_event_t event, const nlohmann::json&) {
    keys += event == nlohmann::json::parse_event_t::key ? 1 : 0;
    return true;
  };
  EXPECT_TRUE(ParseJson<nlohmann::json>(R"({"a":1,"b":2})", kBounds, watch));
  EXPECT_EQ(keys, 2);
}

}  // namespace

}  // namespace keymeter
