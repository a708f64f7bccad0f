#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/integration/metering.h"
#include "tests/integration/relay_life/life_relay.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {

/// A relay's life, told in a few words: Install, Serve, Pass, Watch, Leave, and what an administrator does.
/// At its end `Wrong()` must be empty: every hour, day and month of our file is what the relay counted.
///
/// The moment at which it begins is 20:30 of 2026-11-20 at the relay. Threads: that of the test.
class RelayLife : public ::testing::Test {
 protected:
  static constexpr std::int64_t kMinute = 60'000;
  static constexpr std::int64_t kHour = 60 * kMinute;
  static constexpr std::int64_t kDay = 24 * kHour;

  void Install(const std::string& release) { relay_.Install(release); }
  /// Another release takes over: its start-up runs.
  void Upgrade(const std::string& release) {
    relay_.Install(release);
    relay_.Start();
  }
  void Serve(int requests, const Who& who = {});
  void Pass(std::int64_t ms) { relay_.Pass(ms); }

  /// Meters from now on, with the file of before if there is one; returns once it has read what there is.
  void Watch();
  void Leave();
  /// Waits for an audit of all that the relay keeps: a day passes.
  void AwaitAudit();

  /// What differs from the truth once nothing changes any more.
  [[nodiscard]] std::string Wrong();
  /// What the audits say: "day requests 7 5; …": level, metric, the relay's value, ours.
  [[nodiscard]] std::string Drift() const { return Value(kDriftSql); }
  [[nodiscard]] std::string Value(const std::string& sql) const;
  [[nodiscard]] bool Becomes(const std::string& sql, const std::string& expected) const;
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }
  [[nodiscard]] const std::string& KeyId(std::size_t key) const {
    return relay_.population().keys.at(key).id;
  }
  [[nodiscard]] const std::string& AccountId(std::size_t account) const {
    return relay_.population().accounts.at(account).id;
  }

  TempDir directory_;
  RedisServer server_;
  ManualClock clock_{1795177800'000};
  LifeRelay relay_{server_, clock_};
  /// Nothing: to be found out.
  std::optional<std::int64_t> offset_s_ = LifeRelay::kOffset;
  std::string profile_ = "auto";
  std::unique_ptr<Metering> metering_;

 private:
  static constexpr const char* kDriftSql =
      "SELECT group_concat(level || ' ' || metric || ' ' || relay || ' ' || ours, '; ') FROM "
      "(SELECT * FROM drift ORDER BY level, entity, metric)";

  void AwaitRead();
  /// What still differs when all agrees, or nothing has changed for so long.
  [[nodiscard]] std::string Await(
      Milliseconds unchanged, const std::function<std::string(const DatabaseRows&)>& differences_of) const;
  [[nodiscard]] bool IsAtRest() const;

  bool is_lost_ = false;  ///< something is wrong already: waiting for it again would only take time
};

}  // namespace keymeter::testing
