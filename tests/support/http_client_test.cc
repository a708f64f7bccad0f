#include "tests/support/http_client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/raw_socket.h"
#include "tests/support/redis_server.h"

namespace keymeter::testing {

namespace {

// A Redis takes lines as well: it stands in for any server that is not HTTP.
TEST(RawSocket, SendsAndReadsWhatItIsTold) {
  const RedisServer server;
  RawSocket socket(server.port());
  socket.Send("PI");
  socket.Send("NG\r\n");
  EXPECT_EQ(socket.ReadUntil("\r\n"), "+PONG\r\n");
  EXPECT_FALSE(socket.IsClosedByPeer(Milliseconds(0)));
  socket.Send("QUIT\r\n");
  EXPECT_TRUE(socket.IsClosedByPeer());
}

TEST(HttpGet, SaysWhyThereIsNoAnswer) {
  RedisServer server;
  server.Stop();
  const HttpResponse response = HttpGet(fmt::format("http://127.0.0.1:{}/", server.port()));
  EXPECT_EQ(response.status, 0);
  EXPECT_NE(response.error, "");
}

}  // namespace

}  // namespace keymeter::testing
