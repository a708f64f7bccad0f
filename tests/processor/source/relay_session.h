#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "processor/redis/redis_url.h"
#include "processor/source/relay_readers.h"
#include "processor/source/session_context.h"
#include "schema/clock.h"
#include "schema/profile_loader.h"
#include "tests/processor/metering/values.h"
#include "tests/support/redis_server.h"
#include "tests/support/wait_for.h"

namespace keymeter::processor {

/// What a session works with, against a real Redis, at 12:30 UTC of 2026-11-20; the relay's own clock shows
/// 20:30. The loop runs on the test's thread, as long as RunUntil says.
class RelaySession : public ::testing::Test {
 protected:
  static constexpr std::int64_t kOffset = 8 * kHourSeconds;
  static constexpr const char* kCounter = "usage:k1:model:hourly:gpt-5:2026-11-20:20";
  static constexpr const char* kIndex = "usage:keymodel:hourly:index:2026-11-20:20";

  void Use(int requests) {
    relay_.Must({"HINCRBY", kCounter, "requests", std::to_string(requests)});
    relay_.Must({"SADD", kIndex, "k1:gpt-5"});
  }

  /// Connects; then `on_ready`. `subscribe`: else no events come.
  void Connect(const std::string& profile, std::optional<std::int64_t> offset_s, bool subscribe,
               std::function<void()> on_ready) {
    plan_.emplace(MeteringPlan::Make(LoadProfiles(profile).value(), {}, 0, clock_.WallMs()).value());
    offset_.emplace(offset_s);
    RedisTarget target;
    target.url = ParseRedisUrl(redis_.url()).value();
    target.subscribe = subscribe;
    link_ = std::make_unique<RedisLink>(
        loop_, clock_, target,
        RedisLink::Handler{.on_ready = [call = std::move(on_ready)](const SourceInfo&) { call(); },
                           .on_lost = [this](const Error& why) { lost_ = why; },
                           .on_unreachable = [this](const Error& why) { lost_ = why; },
                           .on_event = [](KeyEvent, std::string_view) {}});
    readers_ = std::make_unique<RelayReaders>(
        loop_, clock_, *plan_, *link_, meter_,
        RelayReaders::Options{.database = 0,
                              .max_load = 1.0,
                              .history_due_from_ms = -1,
                              .audited_until = 0,
                              .audit_interval_ms = 0},
        CounterReader::Handler{.on_backlog_read = [this] { on_backlog_read_(); },
                               .on_data_set_changed = [](DataSetChange) {}});
    link_->Start();
  }
  [[nodiscard]] SessionContext Context(std::int64_t poll_ms = 0) {
    return {.clock = clock_,
            .poll_ms = poll_ms,
            .plan = *plan_,
            .offset = *offset_,
            .data_set = data_set_,
            .meter = meter_,
            .link = *link_,
            .readers = *readers_,
            .counts = counts_};
  }
  /// True when the condition held within the patience of the tests.
  [[nodiscard]] bool RunUntil(const std::function<bool()>& condition) {
    const std::int64_t end_us = SteadyUs() + testing_patience_us_;
    Timer look(loop_, [&] {
      if (condition() || SteadyUs() > end_us) return loop_.Stop();
      look_->StartIn(2);
    });
    look_ = &look;
    look.StartIn(0);
    loop_.Run();
    return condition();
  }

  const std::int64_t testing_patience_us_ = testing::kPatience.count() * 1000;
  testing::RedisServer redis_;
  testing::RedisClient relay_ = redis_.Connect();
  EventLoop loop_;
  ManualClock clock_{At("12:30:00")};
  Meter meter_;
  SourceCounts counts_;
  std::string data_set_;
  std::optional<MeteringPlan> plan_;
  std::optional<OffsetDetector> offset_;
  std::optional<Error> lost_;
  std::function<void()> on_backlog_read_ = [] {};
  std::unique_ptr<RedisLink> link_;
  std::unique_ptr<RelayReaders> readers_;
  Timer* look_ = nullptr;
};

}  // namespace keymeter::processor
