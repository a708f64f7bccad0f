#pragma once

#include <deque>
#include <string>
#include <vector>

#include "benchmarks/relay_load/traffic.h"
#include "tests/support/redis_client.h"

namespace keymeter::relay_load {

/// A request of the recorded trace: what the relay wrote, and what the generator must be told to write the
/// same. `request` points into the other members, so these stay where they are.
struct RecordedRequest {
  std::vector<testing::RedisCommand> commands;
  ApiKey key;
  Account account;
  Model model;
  Request request;

  RecordedRequest() = default;
  RecordedRequest(const RecordedRequest&) = delete;
  RecordedRequest& operator=(const RecordedRequest&) = delete;
};

/// All of tests/data/relay-trace.resp.gz, without what an administrator did between them.
[[nodiscard]] std::deque<RecordedRequest> RecordedRequests();

}  // namespace keymeter::relay_load
