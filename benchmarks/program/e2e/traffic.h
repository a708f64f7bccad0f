#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "benchmarks/program/e2e/renamed_ids.h"
#include "tests/support/redis_server.h"
#include "tests/support/relay_trace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/usage_sums.h"

namespace keymeter::e2e {

/// What a load wrote.
struct WrittenTraffic {
  testing::UsageSums sums;    ///< by key or account, and model
  std::int64_t requests = 0;  ///< of the relay
  double seconds = 0;         ///< until the last was answered
  double generator_cpu = 0;   ///< seconds
};

/// A relay's writes. Threads: one. Throws std::runtime_error when they cannot be made.
class RelayTraffic {
 public:
  virtual ~RelayTraffic() = default;
  /// Prepares what need not be measured.
  virtual void Prepare() {}
  /// Returns when all is written and answered.
  virtual WrittenTraffic Write(const testing::RedisServer& redis) = 0;
};

/// relay_load at `rps` requests a second.
class PacedTraffic : public RelayTraffic {
 public:
  PacedTraffic(double rps, double seconds) : rps_(rps), seconds_(seconds) {}
  WrittenTraffic Write(const testing::RedisServer& redis) override;

 private:
  double rps_;
  double seconds_;
};

/// The recorded trace, re-dated to now, in several copies with other ids, by redis-cli --pipe as fast as
/// Redis takes it.
class TraceTraffic : public RelayTraffic {
 public:
  explicit TraceTraffic(int copies);
  /// Writes the commands to a file; kept until the hour ends.
  void Prepare() override;
  WrittenTraffic Write(const testing::RedisServer& redis) override;

 private:
  [[nodiscard]] std::string File() const { return directory_.File("trace.resp"); }

  int copies_;
  testing::TempDir directory_;
  testing::RelayTrace trace_ = testing::RelayTrace::Load();
  RenamedIds ids_;
  testing::UsageSums sums_;
  std::int64_t requests_ = 0;
  std::optional<std::int64_t> hour_;  ///< the hour in the keys of the file
};

}  // namespace keymeter::e2e
