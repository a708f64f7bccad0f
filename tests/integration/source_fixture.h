#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "processor/redis/redis_target.h"
#include "schema/clock.h"
#include "tests/integration/metering.h"
#include "tests/support/database_rows.h"
#include "tests/support/redis_client.h"
#include "tests/support/relay_trace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {

/// A processor that meters any Redis: tests look into its file for what was written to Redis, or for the
/// problem that prevents metering.
class SourceFixture : public ::testing::Test {
 protected:
  static processor::RedisTarget Target(const std::string& url) {
    processor::RedisTarget target;
    target.url = processor::ParseRedisUrl(url).value();
    return target;
  }

  void Meter(processor::RedisTarget target) {
    metering_.reset();
    metering_ = std::make_unique<Metering>(std::move(target), Db(), clock_,
                                           MeteringOptions{.utc_offset_s = offset_s_});
  }
  void Meter(const std::string& url) { Meter(Target(url)); }

  /// Waits until all that the relay keeps is read.
  void AwaitHistory() const {
    ASSERT_TRUE(WaitFor([&] { return metering_->metrics().is_history_read.load(); })) << Problem();
  }
  void Leave() {
    ASSERT_TRUE(metering_->Stop());
    metering_.reset();
  }

  /// Writes what the relay writes for requests.
  static void Use(RedisClient client, int requests = 1) {
    client.Must({"HINCRBY", kCounter, "requests", std::to_string(requests)});
    client.Must({"SADD", kIndex, "key-1:gpt-5"});
  }

  [[nodiscard]] std::string Value(const std::string& sql) const { return DatabaseRows(Db()).Value(sql); }
  [[nodiscard]] std::string Problem() const { return Value("SELECT problem FROM processor_status"); }

  /// Whether the requests of the hour reach this number before the test's patience ends.
  [[nodiscard]] bool Shows(int requests) const {
    return WaitFor(
        [&] { return Value("SELECT sum(requests) FROM api_key_usage_hour") == std::to_string(requests); });
  }
  /// Whether metering has begun, so that a request of now gets a minute.
  [[nodiscard]] bool MetersLive(const RedisServer& redis, int database = 0) const {
    metering_->AwaitBaseline();
    RedisClient client = redis.Connect();
    client.Must({"SELECT", std::to_string(database)});
    Use(std::move(client), 7);
    return WaitFor([&] { return Value("SELECT sum(requests) FROM api_key_usage_minute") == "7"; });
  }
  /// Waits until the problem that prevents metering, as the file tells it, contains `part`.
  void ExpectProblem(const std::string& part) const {
    EXPECT_TRUE(WaitFor([&] { return Problem().find(part) != std::string::npos; }))
        << "expected: " << part << "\n      is: " << Problem();
  }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  static constexpr const char* kCounter = "usage:key-1:model:hourly:gpt-5:2026-11-20:20";
  static constexpr const char* kIndex = "usage:keymodel:hourly:index:2026-11-20:20";

  TempDir directory_;
  ManualClock clock_{(kTraceHour + 1800) * 1000};
  std::optional<std::int64_t> offset_s_ = kTraceOffset;
  std::unique_ptr<Metering> metering_;
};

}  // namespace keymeter::testing
