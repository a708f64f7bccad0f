#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "processor/check/facts.h"
#include "processor/check/redis_dialogue.h"
#include "processor/config/options.h"

namespace keymeter::check {

/// Gathers which counters a relay keeps, a sample of their values, and the UTC offset that the newest one
/// shows.
///
/// Threads: loop thread only. Lifetime: borrows all that it is given. Bounds: kMostSteps of SCAN within a
/// part of the remaining time, so at most 200,000 keys in memory; a few hundred PTTLs; kMostSampled HMGETs;
/// of kMostDays others as many as leave a few seconds. Tested by
/// tests/processor/check/relay_gatherer_test.cc, tests/integration/check_test.cc and check_faults_test.cc.
class RelayGatherer {
 public:
  RelayGatherer(RedisDialogue& redis, const Clock& clock, const processor::Options& options, Facts& facts);

  [[nodiscard]] Status Gather();

 private:
  static constexpr int kMostSteps = 200;
  static constexpr std::size_t kMostSampled = 50;
  static constexpr std::size_t kMostTimes = 64;
  static constexpr std::size_t kMostRemembered = 5000;
  static constexpr std::size_t kMostDays = 20'000;

  /// A counter that the relay keeps.
  struct Found {
    std::size_t spec = 0;
    std::int64_t naive_hour = 0;  ///< hours since 1970 in its key, read as UTC; 0 without
    std::string key;
  };
  /// What an entity used in a day, by a model.
  struct FoundDay {
    std::size_t spec;
    std::int64_t day;  ///< see RequestsByDay
    std::string key;
  };
  struct Candidate {
    std::size_t sight = 0;  ///< its profile, in facts.relay.sights
    CounterSpec counter;
  };

  [[nodiscard]] Status AskIndexes();
  [[nodiscard]] Status AskIndexesOf(const CounterSpec& counter);
  [[nodiscard]] Status TakeListed(const CounterSpec& counter, const std::string& index,
                                  std::int64_t naive_hour);
  [[nodiscard]] Status Scan();
  void Take(const std::string& key);
  void TakeHistory(const std::string& key);
  [[nodiscard]] Status ReadDays();
  [[nodiscard]] Status Sample();
  void TakeValues(const Found& found, const RedisReply& reply);
  [[nodiscard]] std::vector<const Found*> Witnesses() const;
  [[nodiscard]] Status AskTimes();

  RedisDialogue& redis_;
  const Clock& clock_;
  RelayFacts& relay_;
  const SourceFacts& source_;
  std::vector<Candidate> candidates_;
  std::vector<Found> found_;  ///< from Sample on the newest hour first
  std::vector<FoundDay> days_;
  std::set<std::string> taken_;  ///< all keys so far: each is evidence once
};

}  // namespace keymeter::check
