#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/metering/offset_evidence.h"
#include "processor/redis/redis_link.h"
#include "processor/redis/scan_queue.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// Asks an idle relay for its UTC offset: the keys of its hour counters say the relay's hour, and their
/// remaining times to live say when they were last written.
///
/// Only the counters' own times to live: those of the index sets that list them are renewed by the relay's
/// migrations. Counters are found by the newest index sets, else by one walk over all keys. A relay that is
/// polled may have one counter only: asked again after it was written anew, it shows its hour by both writes.
/// Threads: loop thread. Lifetime: one session; borrows all that it is given. Bounds: one question under way
/// at a time; kHours index sets, about kOfAnHour counters of each; SCAN is paced, and ends with the first
/// kMostFound counters.
/// Tested by tests/processor/source/offset_probe_test.cc.
class OffsetProbe {
 public:
  /// What the relay keeps, whether or not it shows the offset.
  enum class Found : std::uint8_t {
    kNothing,  ///< no counter that names a period
    kHistory,  ///< days or months, and no hour
    kHours,    ///< or a search was broken off, so that nobody knows
  };

  OffsetProbe(const MeteringPlan& plan, const Clock& clock, RedisLink& link, ScanQueue& scans,
              OffsetDetector& detector);

  /// The detector knows the offset by the time of `on_done`, if the counters show it.
  void Start(std::function<void(Found)> on_done);

 private:
  static constexpr std::size_t kHours = 6;
  static constexpr std::size_t kOfAnHour = OffsetEvidence::kMostOfAnHour;
  static constexpr std::size_t kMostFound = 64;

  struct Sighting {
    std::int64_t naive_hour;
    std::string key;
    std::int64_t keep_ms;  ///< its time to live when it is written
  };
  struct Write {
    std::int64_t ttl_ms;  ///< as it was seen
    std::int64_t written_ms;
  };

  [[nodiscard]] std::vector<std::size_t> SpecsOfHours() const;
  void AskIndexes();
  void AskMembers();
  void Sight(const CounterSpec& spec, std::int64_t naive_hour, std::string key);
  void TakeMembers(const CounterSpec& spec, std::int64_t naive_hour, const Reply& reply);
  void AskTimes(std::function<void()> then);
  void TakeWrite(const Sighting& sight, const Write& last);
  void OnIndexedTimes();
  void Search();
  void OnKey(std::string_view key);
  void SightOfHour(const CounterSpec& spec, const KeyParts& parts, std::string_view key);
  void OnSearched(bool is_whole);
  void Finish(Found found);
  [[nodiscard]] bool HasEnough() const;
  /// The callback, which is not called any more once another Start has begun.
  template <typename Call>
  auto Guarded(Call call);

  const MeteringPlan& plan_;
  const Clock& clock_;
  RedisLink& link_;
  ScanQueue& scans_;
  OffsetDetector& detector_;
  std::function<void(Found)> on_done_;
  std::vector<std::size_t> specs_;  ///< all counters of hours; those that are metered come first
  std::vector<std::int64_t> indexed_hours_;
  std::vector<Sighting> sights_;
  std::set<std::string> sighted_;        ///< all keys so far: a counter is evidence once
  std::map<std::string, Write> oldest_;  ///< of each counter, the write that was seen at the greatest age
  std::map<std::string, Write> before_;  ///< likewise, by the end of the Start before
  OffsetEvidence evidence_;
  bool has_hours_ = false;
  bool is_coarse_found_ = false;
  std::uint64_t generation_ = 0;  ///< only the last Start is answered
};

}  // namespace keymeter::processor
