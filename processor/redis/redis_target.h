#pragma once

#include <cstdint>
#include <string>

#include "processor/redis/redis_url.h"

namespace keymeter::processor {

/// Whom we trust and who we are on a rediss:// connection.
struct RedisTls {
  std::string ca_file;           ///< PEM; empty: the system's store
  std::string certificate_file;  ///< PEM of ours, where the server demands one; with `key_file`
  std::string key_file;
  std::string server_name;  ///< the name its certificate must carry; empty: the URL's host
  bool verify = true;       ///< false: whoever answers is believed
};

struct RedisTimeouts {
  std::int64_t connect_ms = 5000;  ///< from looking the name up to being subscribed
  std::int64_t command_ms = 5000;  ///< the oldest unanswered command
  std::int64_t silence_ms = 5000;  ///< a heartbeat's way on the subscribed connection
};

/// The relay's Redis and how to reach it: everything that a connection needs to know.
struct RedisTarget {
  RedisUrl url;
  RedisTls tls;
  RedisTimeouts timeouts;
  bool subscribe = true;  ///< false: no events are taken (`--poll`)
};

}  // namespace keymeter::processor
