#include "query-api/http/params.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

Params Parsed(std::string_view query) {
  auto params = Params::Parse(query, {"limit", "flag", "order", "search"});
  EXPECT_TRUE(params) << query;
  return params ? *params : Params();
}

TEST(Params, AnUnknownOneIsNamedWithThoseThatAreKnown) {
  const auto params = Params::Parse("oops=1", {"limit", "order"});
  ASSERT_FALSE(params);
  EXPECT_EQ(params.error().message, "unknown parameter oops: known are limit, order");
}

TEST(Params, OneThatStandsTwiceIsRefused) {
  EXPECT_FALSE(Params::Parse("limit=1&limit=2", {"limit"}));
}

TEST(Params, OneWithoutValueCountsAsNotGiven) {
  EXPECT_FALSE(Parsed("search=").Text("search"));
  EXPECT_EQ(*Parsed("limit=").Int("limit", 1, 9), std::nullopt);
}

TEST(Params, NumbersAreWholeAndWithinBounds) {
  EXPECT_EQ(**Parsed("limit=9").Int("limit", 1, 9), 9);
  for (const char* value :
       {"0", "10", "-1", "NaN", "1e3", "1.0", "%201", "1%20", "0x1", "99999999999999999999"})
    EXPECT_FALSE(Parsed(std::string("limit=") + value).Int("limit", 1, 9)) << value;
}

TEST(Params, BooleansAndChoicesNameWhatTheyTake) {
  EXPECT_EQ(**Parsed("flag=true").Bool("flag"), true);
  EXPECT_EQ(**Parsed("flag=0").Bool("flag"), false);
  EXPECT_EQ(Parsed("flag=yes").Bool("flag").error().message, "flag takes true or false");
  EXPECT_EQ(*Parsed("").OneOf("order", {"asc", "desc"}), "asc");
  EXPECT_EQ(Parsed("order=up").OneOf("order", {"asc", "desc"}).error().message,
            "order takes one of asc, desc");
}

}  // namespace
}  // namespace keymeter::query_api
