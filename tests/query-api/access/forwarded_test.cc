#include "query-api/access/forwarded.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

using Hops = std::vector<std::string>;

TEST(Forwarded, IsReadByItsGrammar) {
  EXPECT_EQ(*ForwardedHops("for=192.0.2.60"), (Hops{"192.0.2.60"}));
  EXPECT_EQ(*ForwardedHops("For=\"[2001:db8::1]:4711\";proto=http;by=203.0.113.43, for=10.0.0.1"),
            (Hops{"[2001:db8::1]:4711", "10.0.0.1"}));
  EXPECT_EQ(*ForwardedHops("for=\"a,b;c\\\"d\" , proto=https"), (Hops{"a,b;c\"d", ""}));
  EXPECT_EQ(*ForwardedHops("for=unknown ; by=_x"), (Hops{"unknown"}));
  EXPECT_EQ(*ForwardedHops(""), (Hops{""}));
  for (const char* text :
       {"for", "for=", "=x", "for=\"x", "for=\"x\\", "for=x y", "for=x;for=y", "for=\"x\"y", "for =x"})
    EXPECT_FALSE(ForwardedHops(text)) << text;
}

TEST(Forwarded, ForIsAListOfAddresses) {
  EXPECT_EQ(ForwardedForHops("1.2.3.4"), (Hops{"1.2.3.4"}));
  EXPECT_EQ(ForwardedForHops(" 1.2.3.4 ,\t::1,"), (Hops{"1.2.3.4", "::1", ""}));
}

}  // namespace
}  // namespace keymeter::query_api
