#include "query-api/endpoints/text_search.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(TextSearch, KnowsTheCaseOfEveryScript) {
  const struct {
    const char* text;
    const char* in;
  } cases[] = {{"москва", "Ключ МОСКВА 1"},
               {"ÉCOLE", "l'école"},
               {"Straße", "STRAßE"},
               {"STRASSE", "Straße"},
               {"strasse", "STRAẞE 1"},
               {"σίγμα", "ΣΊΓΜΑ"},
               {"ΠΕΛΆΤΗΣ", "πελάτης 2"},
               {"πελάτης", "ΠΕΛΆΤΗΣ"},
               {"fi", "ﬁle"},
               {"abc", "xABCx"},
               {"键", "我的键"},
               {"", "anything"},
               {"İ", "i̇ or İ"}};
  for (const auto& c : cases) EXPECT_TRUE(TextSearch(c.text).IsIn(c.in)) << c.text;
  EXPECT_FALSE(TextSearch("école").IsIn("ecole"));
  EXPECT_FALSE(TextSearch("键").IsIn("锁"));
}

TEST(TextSearch, TakesBytesThatAreNoUtf8ForThemselves) {
  EXPECT_TRUE(TextSearch("\xff\x41")
                  .IsIn("x\xff"
                        "A"));
  EXPECT_TRUE(TextSearch("\xc3").IsIn("cut \xc3"));
  EXPECT_FALSE(TextSearch("\xc3").IsIn("\xc3\xa9"));
  EXPECT_FALSE(TextSearch("\xe2\x82").IsIn("€"));
}

}  // namespace
}  // namespace keymeter::query_api
