#include "processor/check/relay_gatherer.h"

#include <gtest/gtest.h>

#include "processor/redis/redis_url.h"
#include "schema/profile_loader.h"
#include "tests/support/redis_server.h"

namespace keymeter::check {

namespace {

/// Stands still until the relay's keys are listed; from then on each look at it takes two seconds.
class SlowBehindTheScan final : public Clock {
 public:
  explicit SlowBehindTheScan(const RelayFacts& relay) : relay_(relay) {}
  [[nodiscard]] std::int64_t WallMs() const override { return 1'795'178'070'000; }  // 2026-11-20
  [[nodiscard]] std::int64_t MonotonicMs() const override {
    if (relay_.is_scan_whole) ms_ += 2000;
    return ms_;
  }

 private:
  const RelayFacts& relay_;
  mutable std::int64_t ms_ = 0;
};

TEST(RelayGatherer, ReadsDaysAsLongAsThereIsTime) {
  testing::RedisServer server;
  server.Connect().Must(
      {"EVAL",
       "for i = 1, 6000 do redis.call('HSET', 'usage:k' .. i .. ':model:daily:gpt-5:2026-11-19',"
       " 'requests', 1) end",
       "0"});
  processor::Options options;
  options.profile = "claude-relay-service";
  options.processor.profiles = LoadProfiles(options.profile).value();
  options.processor.redis.url = processor::ParseRedisUrl(server.url()).value();
  Facts facts;
  const SlowBehindTheScan clock(facts.relay);
  const EventLoop loop;
  RedisDialogue redis(loop, clock, options.processor.redis, 10'000);
  ASSERT_TRUE(redis.Connect());
  const Status gathered = RelayGatherer(redis, clock, options, facts).Gather();
  EXPECT_TRUE(gathered) << gathered.error().Text();
  ASSERT_EQ(facts.relay.days.size(), 1U);
  const std::int64_t requests = facts.relay.days.begin()->second;
  EXPECT_GT(requests, 0);
  EXPECT_LT(requests, 6000);
}

}  // namespace

}  // namespace keymeter::check
