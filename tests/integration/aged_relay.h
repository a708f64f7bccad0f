#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "schema/clock.h"
#include "tests/support/redis_client.h"

namespace keymeter::testing {

/// What a release of the first relay writes.
struct RelayAge {
  const char* version = "";
  bool has_account_models = true;  ///< since 1.1.23
  bool has_sets = false;           ///< since 1.1.263; so the next
  bool has_money = false;
};

/// A relay whose release may change, and what it has counted: its keys by hour, day and month, at the offset
/// of the trace. Threads: that of the test. Tested by the tests that compare a file with it.
class AgedRelay {
 public:
  AgedRelay(RedisClient client, const Clock& clock, const RelayAge& age)
      : client_(std::move(client)), clock_(clock), age_(age) {}

  void Upgrade(const RelayAge& age) { age_ = age; }

  /// Requests of one key, served by one account, at the present moment.
  void Serve(const std::string& key, const std::string& account, int requests);
  /// Nobody hears of what is served meanwhile, and a subscription stays.
  void Silence() { client_.Must({"CONFIG", "SET", "notify-keyspace-events", ""}); }
  void Speak() { client_.Must({"CONFIG", "SET", "notify-keyspace-events", "AKE"}); }
  /// What an upgrade does with the hours of before: only those of keys get their sets.
  void MakeSetsOfKeys();

  /// Which counters of hours: those by model, or also those of accounts for which the release has no others.
  /// Such are read of days that are over.
  enum class Counters { kByModel, kFinest };
  /// A line for each counter of an hour: kind, entity, hour (epoch seconds), requests, tokens; in that order.
  [[nodiscard]] std::string Counted(Counters which = Counters::kByModel) const;
  RedisClient& client() { return client_; }

 private:
  void Add(const std::string& key, int requests, bool has_money);
  void List(const std::string& prefix, const std::string& entity, const std::string& date,
            const std::string& hour);

  RedisClient client_;
  const Clock& clock_;
  RelayAge age_;
  using Counts = std::map<std::tuple<std::string, std::string, std::int64_t>, int>;
  Counts counted_;
  Counts without_model_;  ///< of accounts, of a release that counts them no other way
};

}  // namespace keymeter::testing
