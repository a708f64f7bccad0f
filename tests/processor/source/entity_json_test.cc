#include "processor/source/entity_json.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

const Fields kListed = {
    {"name", "name"}, {"is_active", "isActive"}, {"priority", "priority"}, {"region", "r"}};

/// "name=…;priority=…;" in the order of the list, or the error.
std::string Read(std::string_view text) {
  const auto read = ReadJsonFields(text, kListed);
  if (!read) return "! " + read.error().message;
  std::string shown;
  for (const auto& [attribute, value] : *read) shown.append(attribute).append("=").append(value).append(";");
  return shown;
}

constexpr const char* kRefused = "! is no JSON object that can be read";

TEST(EntityJson, TakesWhatIsListedAndNothingElse) {
  EXPECT_EQ(Read(R"({"id":"1","name":"Ключ \"b\"","awsCredentials":"secret","r":"eu"})"),
            "name=Ключ \"b\";region=eu;");
}

TEST(EntityJson, SpellsValuesAsAHashHoldsThem) {
  EXPECT_EQ(Read(R"({"name":null,"isActive":true,"priority":50})"), "is_active=true;priority=50;");
  EXPECT_EQ(Read(R"({"isActive":false,"priority":-7})"), "is_active=false;priority=-7;");
  EXPECT_EQ(Read(R"({"priority":1.50})"), "priority=1.50;");
  EXPECT_EQ(Read(R"({"priority":18446744073709551615})"), "priority=18446744073709551615;");
}

TEST(EntityJson, SkipsNestedValues) {
  EXPECT_EQ(Read(R"({"x":{"name":"inner"},"name":"outer"})"), "name=outer;");
  EXPECT_EQ(Read(R"({"name":"outer","x":{"name":"inner","y":[{"name":"deep"}]}})"), "name=outer;");
  EXPECT_EQ(Read(R"({"name":{"name":"inner"},"r":["eu"]})"), "");
}

TEST(EntityJson, TakesTheLastOfSeveralMembersOfOneName) {
  EXPECT_EQ(Read(R"({"name":"first","name":"last"})"), "name=last;");
  EXPECT_EQ(Read(R"({"name":"first","name":{"secret":"x"}})"), "");
  EXPECT_EQ(Read(R"({"name":"first","name":null})"), "");
}

TEST(EntityJson, KnowsANameHoweverItIsEscaped) {
  EXPECT_EQ(Read(R"({"n\u0061me":"A","\u0061wsCredentials":"secret"})"), "name=A;");
}

TEST(EntityJson, EndsABlindedStringWhereTheRealOneEnds) {
  EXPECT_EQ(Read(R"({"x":"a\"b\\","name":"A"})"), "name=A;");
  EXPECT_EQ(Read(R"({"x":"\u0022,\"name\":\"stolen\"","name":"A"})"), "name=A;");
  EXPECT_EQ(Read(R"({"x":{"k\"e":"v\\\\"},"name":"A\\"})"), "name=A\\;");
  EXPECT_EQ(Read(R"({"x":[1,-20,3.25e+10,"]"],"name":"A"})"), "name=A;");
}

TEST(EntityJson, RefusesWhatIsNoObject) {
  for (const char* text : {"", " ", "null", "7", "\"name\"", "[]", R"([{"name":"A"}])", "{", R"({"name":"A")",
                           R"({"name":"A"}x)", R"({"name" "A"})", "{'name':'A'}", "{\"name\":\"\xff\"}"})
    EXPECT_EQ(Read(text), kRefused) << text;
  EXPECT_EQ(Read("{}"), "");
}

TEST(EntityJson, BoundsDepthAndSize) {
  const auto nested = [](std::size_t depth) {
    return "{\"x\":" + std::string(depth, '[') + std::string(depth, ']') + ",\"name\":\"A\"}";
  };
  EXPECT_EQ(Read(nested(kMostJsonDepth - 1)), "name=A;");
  EXPECT_EQ(Read(nested(kMostJsonDepth)), kRefused);
  EXPECT_EQ(Read(std::string(kMostJsonBytes, '[')), kRefused);
  const std::string fits = R"({"name":"A","x":")" + std::string(kMostJsonBytes - 19, 'x') + "\"}";
  ASSERT_EQ(fits.size(), kMostJsonBytes);
  EXPECT_EQ(Read(fits), "name=A;");
  EXPECT_EQ(Read(fits + " "), "! is JSON of 65537 bytes, more than 65536");
}

TEST(EntityJson, QuotesNothingInAnError) {
  for (const char* text :
       {R"({"x":"SECRET)", R"({"x":SECRET})", R"({"name":"A","x":"SECRET",})", R"("SECRET")"})
    EXPECT_EQ(Read(text), kRefused) << text;
}

}  // namespace

}  // namespace keymeter::processor
