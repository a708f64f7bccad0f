#include "query-api/access/bearer.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

Request With(std::vector<Header> headers) {
  return {"GET", "/", "", std::move(headers)};
}

/// The token of an Authorization header; "none" without one, else the error's code.
std::string TokenOf(std::vector<Header> headers) {
  const auto token = BearerOf(With(std::move(headers)));
  if (!token) return token.error().code == ErrorCode::kInvalid ? "invalid" : "refused";
  return token->value_or("none");
}

TEST(Bearer, ReadsTheTokenOfTheSchemeInAnyCase) {
  EXPECT_EQ(TokenOf({{"Authorization", "Bearer km_abc"}}), "km_abc");
  EXPECT_EQ(TokenOf({{"authorization", "  bearer   a.b.c  "}}), "a.b.c");
  EXPECT_EQ(TokenOf({}), "none");
}

TEST(Bearer, RefusesOtherSchemesAndWhatIsNoToken) {
  for (const char* value :
       {"", "Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Bearer a=", "Bearer ä", "km_abc"})
    EXPECT_EQ(TokenOf({{"Authorization", value}}), "refused") << value;
  EXPECT_EQ(TokenOf({{"Authorization", "Bearer " + std::string(kMaxTokenBytes, 'x')}}),
            std::string(kMaxTokenBytes, 'x'));
  EXPECT_EQ(TokenOf({{"Authorization", "Bearer " + std::string(kMaxTokenBytes + 1, 'x')}}), "refused");
}

TEST(Bearer, TakesOneHeaderOnly) {
  EXPECT_EQ(TokenOf({{"Authorization", "Bearer a"}, {"authorization", "Bearer a"}}), "invalid");
}

TEST(ProtocolOffer, FindsOurProtocolAndTheTokenInAllHeaders) {
  const auto offer = ProtocolOfferOf(
      With({{"Sec-WebSocket-Protocol", "chat, keymeter"}, {"sec-websocket-protocol", " bearer.km_abc "}}));
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->protocol, "keymeter");
  EXPECT_EQ(offer->token, "km_abc");
}

TEST(ProtocolOffer, MayBeEmpty) {
  const auto offer = ProtocolOfferOf(With({{"Sec-WebSocket-Protocol", "chat"}}));
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->protocol, "");
  EXPECT_FALSE(offer->token);
}

TEST(ProtocolOffer, TakesOneTokenOnly) {
  for (const char* value : {"bearer.a, bearer.a", "bearer.", "keymeter, bearer.a=b"})
    EXPECT_FALSE(ProtocolOfferOf(With({{"Sec-WebSocket-Protocol", value}}))) << value;
}

}  // namespace
}  // namespace keymeter::query_api
