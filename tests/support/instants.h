#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/bucket_sums.h"
#include "tests/support/child_process.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// The real program, started again and again at random instants on files of its own, while a relay writes
/// without a pause: on a fresh file it imports, on one of before it returns. Each life ends at a random
/// moment, by SIGKILL or SIGTERM, some before they are ready. At the end traffic stops, every file is
/// returned to once more, and compared with what the relay wrote.
///
/// The days of that relay begin at the next full hour, so a run over an hour's edge is one over midnight.
/// Threads: that of the test, and those of Run.
class Instants {
 public:
  struct Options {
    int imports = 10;
    int returns = 10;
    int workers = 2;
    int requests_per_second = 300;
    int history_hours = 24;
    std::uint32_t seed = 1;
  };
  struct Result {
    std::vector<double> import_ms;  ///< from the start of the program to its baseline
    std::vector<double> return_ms;
    int early_deaths = 0;  ///< lives that ended before their baseline
    std::int64_t requests = 0;
    std::size_t hours = 0;     ///< that the relay wrote to
    std::size_t counters = 0;  ///< series × hours
    int files = 0;
    int values_off = 0;       ///< of an hour, a day, or a minute that does not nest, in any file
    int adjustments = 0;      ///< in all files
    std::string differences;  ///< the first of them
  };

  explicit Instants(Options options);

  /// Throws std::runtime_error when the program or the relay does not do what it should.
  Result Run();

 private:
  enum class Job : std::uint8_t { kImport, kReturn };

  [[nodiscard]] std::vector<Job> ShuffledJobs();
  void InParallel(const std::function<bool(std::mt19937&)>& take_one);
  bool TakeJob(std::mt19937& random);
  [[nodiscard]] std::string TakeFile(Job job, std::mt19937& random);
  void MaybeDieEarly(const std::string& file, std::mt19937& random);
  [[nodiscard]] double Live(const std::string& file, std::mt19937& random) const;

  void EndTraffic();
  bool CompareNext();
  void Compare(const std::string& file);
  void Note(const std::string& file, const std::string& differences);

  [[nodiscard]] std::vector<std::string> Arguments(const std::string& file) const;

  const Options options_;
  TempDir directory_;
  RedisServer redis_;
  const std::int64_t utc_offset_s_;
  std::mt19937 random_;
  ChildProcess load_;
  BucketSums hours_;  ///< what the relay wrote

  std::mutex mutex_;  ///< protects what follows
  std::vector<Job> jobs_;
  std::vector<std::string> files_;  ///< that nobody uses now
  Result result_;
};

}  // namespace keymeter::testing
