#pragma once

#include <cstdint>
#include <string>

#include "processor/redis/redis_url.h"

namespace keymeter::processor {

/// Whom we trust, and who we are, on a rediss:// connection. A plain value.
struct RedisTls {
  std::string ca_file;           ///< PEM of the CA that we trust; empty: the system's store
  std::string certificate_file;  ///< PEM of our certificate, where the server demands one; with `key_file`
  std::string key_file;          ///< PEM of its private key
  std::string server_name;       ///< the name that the server's certificate must carry; empty: the URL's host
  bool verify = true;            ///< false: do not verify the server's certificate (insecure)
};

struct RedisTimeouts {
  std::int64_t connect_ms = 5000;  ///< from the look-up of the name until we are subscribed
  std::int64_t command_ms = 5000;  ///< longest wait for the answer to a command
  std::int64_t silence_ms = 5000;  ///< longest wait for the answer to a heartbeat of the subscription
};

/// The relay's Redis and how to reach it: everything that a connection needs to know. A plain value.
struct RedisTarget {
  RedisUrl url;
  RedisTls tls;
  RedisTimeouts timeouts;
  bool subscribe = true;  ///< false: take no events (`--poll`)
};

}  // namespace keymeter::processor
