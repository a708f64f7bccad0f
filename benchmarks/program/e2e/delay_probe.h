#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "schema/sqlite.h"
#include "tests/support/redis_client.h"
#include "tests/support/usage_sums.h"

namespace keymeter::e2e {

/// How long it takes from a write to the moment it can be queried: counts up a key of its own about every 100
/// ms, at random phases of the flushes, and looks when the file, and then the API, knows of it.
///
/// A look is a `PRAGMA data_version` every two milliseconds; rows are read, and the API is asked, only after
/// it moved. Threads: its own; the methods are for one other. Throws std::runtime_error, also what its thread
/// ran into.
class DelayProbe {
 public:
  struct Delays {
    std::vector<double> row_ms;
    std::vector<double> answer_ms;  ///< empty without an API
  };

  /// `api`: the address of the probe's key in the API, "" without one.
  DelayProbe(testing::RedisClient client, const std::string& db, std::string api, std::uint64_t seed);
  ~DelayProbe();
  DelayProbe(const DelayProbe&) = delete;
  DelayProbe& operator=(const DelayProbe&) = delete;

  void StopWriting();
  /// What it wrote, for what was written in all.
  void AddTo(testing::UsageSums& written) const;
  /// Waits until all that it wrote was seen, at most five seconds: what was not seen is not among the delays.
  Delays Finish();

  static constexpr const char* kKey = "e2e-probe";

 private:
  using Clock = std::chrono::steady_clock;

  void Loop();
  void WriteWhenDue();
  void LookIntoFile();
  void AskApi();
  void TakeSeen(std::int64_t count, std::int64_t& seen, std::vector<double>& delays_ms) const;
  [[nodiscard]] bool HasSeenAll() const;

  testing::RedisClient client_;
  Database database_;
  Statement version_statement_;
  Statement count_statement_;
  const std::string api_;
  std::mt19937_64 random_;

  std::atomic<bool> is_ending_{false};
  mutable std::mutex mutex_;  ///< protects what follows
  bool is_writing_ = true;
  std::vector<Clock::time_point> writes_;  ///< when each began
  Clock::time_point next_write_ = Clock::now();
  std::int64_t version_ = -1;
  std::int64_t in_rows_ = 0;
  std::int64_t in_answers_ = 0;
  Delays delays_;
  std::string failure_;

  std::thread thread_;
};

}  // namespace keymeter::e2e
