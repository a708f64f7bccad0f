#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "processor/redis/address_lookup.h"
#include "processor/redis/redis_target.h"
#include "schema/clock.h"
#include "schema/event_loop.h"
#include "tests/support/redis_server.h"
#include "tests/support/wait_for.h"

namespace keymeter::processor {

/// A loop that a test runs until something has happened.
class LoopFixture : public ::testing::Test {
 protected:
  LoopFixture() : poll_(loop_, [this] { Poll(); }), give_up_(loop_, [this] { loop_.Stop(); }) {}

  /// Runs the loop until it holds; false when that took too long.
  bool RunUntil(std::function<bool()> condition) {
    condition_ = std::move(condition);
    poll_.StartIn(0);
    give_up_.StartIn(testing::kPatience.count());
    loop_.Run();
    give_up_.Stop();
    return condition_();
  }

  const SystemClock clock_{};
  EventLoop loop_;

 private:
  void Poll() {
    if (condition_()) return loop_.Stop();
    poll_.StartIn(1);
  }

  Timer poll_;
  Timer give_up_;
  std::function<bool()> condition_;
};

/// A port of this machine.
inline SocketAddress LoopbackAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SocketAddress place;
  place.size = sizeof address;
  std::memcpy(&place.storage, &address, sizeof address);
  return place;
}

/// A real Redis, and the loop.
class RedisFixture : public LoopFixture {
 protected:
  /// Where the server listens.
  std::vector<SocketAddress> Addresses() {
    std::vector<SocketAddress> found;
    AddressLookup lookup(loop_, target_.url,
                         [&](const AddressLookup::Answer& answer) { found = answer.value(); });
    lookup.Start();
    EXPECT_TRUE(RunUntil([&] { return !found.empty(); }));
    return found;
  }

  testing::RedisServer redis_;
  RedisTarget target_{ParseRedisUrl(redis_.url()).value(), {}, {}};
};

}  // namespace keymeter::processor
