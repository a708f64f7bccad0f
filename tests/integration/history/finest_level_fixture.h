#pragma once

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/integration/source_fixture.h"

namespace keymeter::testing {

/// A relay of which tests write single counters, at 20:30 on 2026-11-20.
class FinestLevel : public SourceFixture {
 protected:
  static constexpr std::int64_t kOneMinuteMs = kMinuteSeconds * 1000;
  static constexpr std::int64_t kOneDayMs = kDaySeconds * 1000;

  void Start() {
    SourceFixture::Meter(redis_.url());
    AwaitHistory();
  }
  [[nodiscard]] std::string Date(std::int64_t days_ago) const {
    return FormatDate(clock_.WallMs() / 1000 - days_ago * kDaySeconds, kTraceOffset);
  }
  void Write(const std::string& key, std::int64_t requests) {
    client_.Must(
        {"HSET", key, "requests", std::to_string(requests), "inputTokens", std::to_string(10 * requests)});
  }
  void WriteModelDay(const std::string& id, const std::string& date, std::int64_t requests) {
    Write("usage:" + id + ":model:daily:m:" + date, requests);
    client_.Must({"SADD", "usage:keymodel:daily:index:" + date, id + ":m"});
  }
  /// Live traffic, in the hash of the hour, day and month.
  void Serve(const std::string& id, std::int64_t requests) {
    const std::string hour = Date(0) + ":" + FormatHour(clock_.WallMs() / 1000, kTraceOffset);
    for (const std::string& key : {fmt::format("usage:{}:model:daily:m:{}", id, Date(0)),
                                   fmt::format("usage:{}:model:monthly:m:{}", id, Date(0).substr(0, 7)),
                                   fmt::format("usage:{}:model:hourly:m:{}", id, hour)}) {
      client_.Must({"HINCRBY", key, "requests", std::to_string(requests)});
      client_.Must({"HINCRBY", key, "inputTokens", std::to_string(10 * requests)});
    }
    client_.Must({"SADD", "usage:keymodel:hourly:index:" + hour, id + ":m"});
    client_.Must({"SADD", "usage:keymodel:daily:index:" + Date(0), id + ":m"});
  }
  /// Time passes until an audit: after a day it covers everything.
  void AwaitAudit(std::int64_t ms = kOneDayMs + 61 * kOneMinuteMs) {
    const std::string audits = Value("SELECT count(*) FROM audits");
    clock_.AdvanceMs(ms);
    ASSERT_TRUE(WaitFor([&] { return Value("SELECT count(*) FROM audits") != audits; }));
  }
  /// "2026-11-18 m 5, …": date, model, requests.
  [[nodiscard]] std::string Days() const {
    return Value(
        "SELECT group_concat(date || ' ' || coalesce(model, '') || ' ' || requests, ', ') FROM (SELECT * "
        "FROM "
        "api_key_usage_day ORDER BY bucket, model, api_key)");
  }
  [[nodiscard]] bool DaysBecome(const std::string& expected) const {
    return WaitFor([&] { return Days() == expected; });
  }
  [[nodiscard]] std::string Months() const {
    return Value(
        "SELECT group_concat(month || ' ' || coalesce(model, '') || ' ' || requests, ', ') FROM (SELECT * "
        "FROM "
        "api_key_usage_month ORDER BY bucket, model, api_key DESC)");
  }
  [[nodiscard]] std::string Recovered() const {
    return Value(
        "SELECT group_concat(found_by || ' ' || level || ' ' || entity || ' ' || requests, ', ') FROM "
        "(SELECT * FROM recovered ORDER BY level, bucket, entity)");
  }
  [[nodiscard]] std::string Differences() const {
    return Value("SELECT (SELECT count(*) FROM drift) || ' ' || (SELECT count(*) FROM adjustments)");
  }

  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
};

}  // namespace keymeter::testing
