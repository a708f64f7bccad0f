#include "tests/integration/relay_life/relay_life.h"

#include <chrono>

#include <fmt/format.h>

#include "processor/redis/redis_url.h"

namespace keymeter::testing {

namespace {

constexpr std::int64_t kForEverMs = 1'000'000'000'000;

/// When nothing has changed for so long, many flushes, a step of a life is not waited for any longer.
constexpr Milliseconds kUnchanged{2000};

}  // namespace

void RelayLife::Serve(int requests, const Who& who) {
  relay_.Serve(requests, who, metering_ != nullptr);
  // What is read later than the clock moves on has no minute.
  if (metering_) AwaitRead();
}

void RelayLife::AwaitRead() {
  if (is_lost_) return;
  is_lost_ = !Await(kUnchanged, [this](const DatabaseRows& rows) {
                return relay_.truth().HourDifferences(rows, clock_.WallMs() / 1000);
              }).empty();
}

void RelayLife::Watch() {
  processor::RedisTarget target;
  target.url = processor::ParseRedisUrl(server_.url()).value();
  // By a clock that jumps, every command would be hours old.
  target.timeouts.command_ms = target.timeouts.silence_ms = kForEverMs;
  metering_ = std::make_unique<Metering>(
      target, Db(), clock_,
      MeteringOptions{.utc_offset_s = offset_s_, .flush_interval_ms = 20, .profile = profile_});
  // Never read while the profile or the offset is unknown, as on an empty relay.
  (void)WaitFor(kUnchanged, [this] { return metering_->metrics().is_baseline_read.load(); });
  relay_.See();
  AwaitRead();
}

void RelayLife::Leave() {
  ASSERT_TRUE(metering_->Stop());
  metering_.reset();
}

void RelayLife::AwaitAudit() {
  Pass(25 * kHour);
  const std::string of_now =
      fmt::format("SELECT count(*) > 0 FROM audits WHERE begun_ms >= {}", clock_.WallMs());
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(100);  // an audit that was under way ends, and the next one comes when it is due
    return Value(of_now) == "1";
  })) << "no audit came; history due from "
      << Value("SELECT history_due_from_ms FROM source_state") << ", backlog " << metering_->metrics().backlog
      << ", dirty " << metering_->metrics().dirty << ", baseline " << metering_->metrics().is_baseline_read;
}

bool RelayLife::IsAtRest() const {
  if (!metering_) return true;
  const processor::ProcessorMetrics& metrics = metering_->metrics();
  return metrics.dirty == 0 && metrics.backlog == 0;
}

std::string RelayLife::Wrong() {
  return Await(is_lost_ ? kUnchanged : kPatience, [this](const DatabaseRows& rows) {
    return relay_.truth().Differences(rows, clock_.WallMs() / 1000);
  });
}

std::string RelayLife::Await(Milliseconds unchanged,
                             const std::function<std::string(const DatabaseRows&)>& differences_of) const {
  const DatabaseRows rows(Db());
  std::string differences;
  auto changed_at = std::chrono::steady_clock::now();
  (void)WaitFor([&] {
    std::string now = differences_of(rows);
    if (now != differences || !IsAtRest()) changed_at = std::chrono::steady_clock::now();
    differences = std::move(now);
    return differences.empty() || std::chrono::steady_clock::now() - changed_at > unchanged;
  });
  return differences;
}

std::string RelayLife::Value(const std::string& sql) const {
  return DatabaseRows(Db()).Value(sql);
}

bool RelayLife::Becomes(const std::string& sql, const std::string& expected) const {
  return WaitFor([&] { return Value(sql) == expected; });
}

}  // namespace keymeter::testing
