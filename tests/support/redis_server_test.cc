#include "tests/support/redis_server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace keymeter::testing {

namespace {

TEST(RedisServer, LosesOrKeepsItsDataOverARestart) {
  RedisServer server;
  const int port = server.port();
  server.Connect().Must({"HSET", "h", "f", "1"});
  server.Stop(RedisServer::Data::kKept);
  server.Start();
  EXPECT_EQ(server.Connect().Text({"HGET", "h", "f"}), "1");
  server.Stop();
  server.Start();
  EXPECT_TRUE(server.Connect().Command({"HGET", "h", "f"}).IsNil());
  EXPECT_EQ(server.port(), port);
}

TEST(RedisServer, GoesBackToTheLastSnapshotInACrash) {
  RedisServer server;
  server.Connect().Must({"SET", "n", "1"});
  server.Save();
  server.Connect().Must({"SET", "n", "2"});
  server.Crash();
  server.Start();
  EXPECT_EQ(server.Connect().Text({"GET", "n"}), "1");
}

TEST(RedisServer, AsksForItsPassword) {
  const RedisServer server({.password = "s3cret", .arguments = {}});
  EXPECT_TRUE(RedisClient(server.port()).Command({"PING"}).IsError());
  EXPECT_EQ(server.Connect().Text({"PING"}), "PONG");
  EXPECT_EQ(server.url(), fmt::format("redis://:s3cret@127.0.0.1:{}", server.port()));
}

TEST(RedisServer, SaysWhyItDoesNotStart) {
  EXPECT_THROW(RedisServer({.password = "", .arguments = {"--no-such-option", "1"}}), std::runtime_error);
}

TEST(RedisServer, AnswersNothingWhilePaused) {
  RedisServer server;
  server.Pause();
  RedisClient client(server.port(), "", Milliseconds(50));
  EXPECT_THROW(client.Command({"PING"}), std::runtime_error);
  server.Resume();
  EXPECT_EQ(server.Connect().Text({"PING"}), "PONG");
}

TEST(RedisClient, PipesMoreThanTheBuffersHold) {
  const RedisServer server;
  RedisClient client = server.Connect();
  const std::string padding(2000, 'x');
  std::string resp;
  for (int i = 0; i < 20'000; ++i) {
    for (int j = 0; j < 4; ++j) AppendResp(resp, {"HINCRBY", "h", "f", "1"});
    AppendResp(resp, {"ECHO", padding});
  }
  AppendResp(resp, {"HINCRBY", "h", "f", "much"});
  const PipeResult result = client.Pipe(resp);
  EXPECT_EQ(result.replies, 100'001);
  EXPECT_EQ(result.errors, 1);
  EXPECT_EQ(result.first_error, "ERR value is not an integer or out of range");
  EXPECT_EQ(client.Text({"HGET", "h", "f"}), "80000");
}

TEST(RedisClient, CarriesBytesThatAreNoText) {
  const RedisServer server;
  RedisClient client = server.Connect();
  const std::string bytes("a\0b\r\n$", 6);
  client.Must({"SET", "k", bytes});
  EXPECT_EQ(client.Text({"GET", "k"}), bytes);
  EXPECT_EQ(client.Must({"MGET", "k", "none"}).Texts(), (std::vector<std::string>{bytes, ""}));
}

}  // namespace

}  // namespace keymeter::testing
