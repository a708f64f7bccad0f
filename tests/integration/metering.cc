#include "tests/integration/metering.h"

#include <csignal>
#include <stdexcept>
#include <utility>

#include "processor/redis/redis_url.h"
#include "schema/profile_loader.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {

namespace {

template <typename T>
T OrThrow(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().Text());
  return std::move(*result);
}

processor::RedisTarget TargetOf(const RedisServer& redis) {
  processor::RedisTarget target;
  target.url = OrThrow(processor::ParseRedisUrl(redis.url()));
  return target;
}

}  // namespace

Metering::Metering(const RedisServer& redis, std::string db_path, const Clock& clock,
                   const MeteringOptions& options)
    : Metering(TargetOf(redis), std::move(db_path), clock, options) {}

Metering::Metering(processor::RedisTarget target, std::string db_path, const Clock& clock,
                   const MeteringOptions& options)
    : db_path_(std::move(db_path)) {
  std::signal(SIGPIPE, SIG_IGN);  // as the program does
  processor::ProcessorOptions processor_options;
  processor_options.redis = std::move(target);
  processor_options.db_path = db_path_;
  processor_options.profiles = OrThrow(LoadProfiles(options.profile));
  processor_options.poll_ms = options.poll_ms;
  processor_options.import_max_load = options.import_max_load;
  processor_options.redis.subscribe = options.poll_ms == 0;
  processor_options.utc_offset_s = options.utc_offset_s;
  processor_options.flush_interval_ms = options.flush_interval_ms;
  processor_ = OrThrow(processor::Processor::Open(std::move(processor_options), clock));
  thread_ = std::thread([this] { result_ = processor_->Run(); });
}

void Metering::AwaitBaseline() const {
  if (!WaitFor([this] { return metrics().is_baseline_read.load(); }))
    throw std::runtime_error("no baseline was read");
}

std::string Metering::AwaitSums(Level level, const UsageSums& expected) const {
  const DatabaseRows rows(db_path_);
  std::string differences;
  (void)WaitFor([&] { return (differences = Differences(expected, rows.SumLevel(level))).empty(); });
  return differences;
}

Status Metering::Stop() {
  if (thread_.joinable()) {
    processor_->Stop();
    thread_.join();
  }
  return result_;
}

}  // namespace keymeter::testing
