#include "query-api/push/web_socket_handshake.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

Request Asking(std::vector<Header> more = {}) {
  Request request{"GET",
                  "/api/ws",
                  "",
                  {{"Host", "localhost"},
                   {"Upgrade", "WebSocket"},
                   {"Connection", "keep-alive, Upgrade"},
                   {"Sec-WebSocket-Version", "13"},
                   {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}};
  for (Header& header : more) request.headers.push_back(std::move(header));
  return request;
}

Request With(std::string_view name, const std::string& value) {
  Request request = Asking();
  std::erase_if(request.headers, [&](const Header& header) { return header.name == name; });
  if (!value.empty()) request.headers.push_back({std::string(name), value});
  return request;
}

TEST(WebSocketHandshake, AnswersTheKey) {
  const Response response = WebSocketHandshake(Asking());
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(*response.FindHeader("Upgrade"), "websocket");
  EXPECT_EQ(*response.FindHeader("Connection"), "Upgrade");
  EXPECT_EQ(*response.FindHeader("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // of the RFC
  EXPECT_EQ(response.FindHeader("Sec-WebSocket-Protocol"), nullptr);
  EXPECT_EQ(response.FindHeader("Sec-WebSocket-Extensions"), nullptr);
}

TEST(WebSocketHandshake, ChoosesItsOwnSubprotocolAndNeverATokens) {
  for (const std::string offered : {"keymeter, secret-token", "secret-token,keymeter", "keymeter"}) {
    const Response response = WebSocketHandshake(Asking({{"Sec-WebSocket-Protocol", offered}}));
    ASSERT_EQ(response.status, 101) << offered;
    EXPECT_EQ(*response.FindHeader("Sec-WebSocket-Protocol"), "keymeter") << offered;
  }
  const Response two = WebSocketHandshake(
      Asking({{"Sec-WebSocket-Protocol", "secret-token"}, {"Sec-WebSocket-Protocol", "keymeter"}}));
  EXPECT_EQ(*two.FindHeader("Sec-WebSocket-Protocol"), "keymeter");
  const Response refused = WebSocketHandshake(Asking({{"Sec-WebSocket-Protocol", "secret-token"}}));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.body.find("secret-token"), std::string::npos);
}

TEST(WebSocketHandshake, AsksForAnUpgradeWhereThereIsNone) {
  for (const Request& request : {With("Upgrade", ""), With("Upgrade", "h2c"), With("Connection", "close"),
                                 With("Sec-WebSocket-Version", "8"), With("Sec-WebSocket-Version", "")}) {
    const Response response = WebSocketHandshake(request);
    EXPECT_EQ(response.status, 426);
    EXPECT_EQ(*response.FindHeader("Connection"), "Upgrade");
    EXPECT_EQ(*response.FindHeader("Upgrade"), "websocket");
    EXPECT_EQ(*response.FindHeader("Sec-WebSocket-Version"), "13");
    EXPECT_EQ(*response.FindHeader("Content-Type"), "application/problem+json");
  }
}

TEST(WebSocketHandshake, RefusesWhatIsMalformed) {
  for (const std::string key :
       {"", "dGhlIHNhbXBsZQ==", "not base64 at all, no!==", "dGhlIHNhbXBsZSBub25jZQAA"})
    EXPECT_EQ(WebSocketHandshake(With("Sec-WebSocket-Key", key)).status, 400) << key;
  EXPECT_EQ(WebSocketHandshake(Asking({{"Content-Length", "5"}})).status, 400);
  EXPECT_EQ(WebSocketHandshake(Asking({{"Transfer-Encoding", "chunked"}})).status, 400);
  Request head = Asking();
  head.method = "HEAD";
  EXPECT_EQ(WebSocketHandshake(head).status, 405);
}

}  // namespace
}  // namespace keymeter::query_api
