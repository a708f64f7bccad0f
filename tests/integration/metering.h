#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "processor/pipeline/processor.h"
#include "schema/clock.h"
#include "tests/support/database_rows.h"
#include "tests/support/redis_server.h"

namespace keymeter::testing {

/// How a test meters; the defaults suit tests, not production.
struct MeteringOptions {
  std::optional<std::int64_t> utc_offset_s;  ///< nothing: auto
  std::int64_t flush_interval_ms = 100;
  std::string profile = "auto";
  std::int64_t poll_ms = 0;  ///< above 0: no events
  double import_max_load = 0.1;
};

/// A processor on a thread of its own, under a clock that the test moves, so that minutes do not depend on
/// when the test runs. Threads: that of the test.
class Metering {
 public:
  Metering(const RedisServer& redis, std::string db_path, const Clock& clock,
           const MeteringOptions& options = {});
  Metering(processor::RedisTarget target, std::string db_path, const Clock& clock,
           const MeteringOptions& options = {});
  ~Metering() { Stop(); }
  Metering(const Metering&) = delete;
  Metering& operator=(const Metering&) = delete;

  /// Waits until it has subscribed and read the baseline: from then on growth gets a minute.
  void AwaitBaseline() const;
  /// Waits until the sums of a level are the expected ones; returns "" or, after kPatience, the differences.
  [[nodiscard]] std::string AwaitSums(Level level, const UsageSums& expected) const;
  Status Stop();

  [[nodiscard]] const processor::ProcessorMetrics& metrics() const { return processor_->metrics(); }

 private:
  std::string db_path_;
  std::unique_ptr<processor::Processor> processor_;
  Status result_;
  std::thread thread_;
};

}  // namespace keymeter::testing
