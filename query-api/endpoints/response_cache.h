#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "query-api/http/http_types.h"
#include "schema/mutex.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// What an answer was made from.
struct AnswerVersion {
  std::uint64_t file_id = 0;
  std::int64_t data_version = 0;
  std::int64_t step = 0;  ///< of time, for answers that change with it; else 0

  bool operator==(const AnswerVersion&) const = default;
};

struct AnswerCacheOptions {
  std::size_t max_bytes = std::size_t{32} << 20;  ///< 0: nothing is kept, and nobody waits for another
  std::chrono::milliseconds max_wait{10'000};     ///< for an answer that another thread is making
};

/// Answers that were made, the newest of each question; what is asked again, and has not changed, is not made
/// again.
///
/// A question is its text, whole: no hash stands for it. Of several threads that ask the same at once, one
/// makes the answer and the others wait for it; when it fails, throws, takes longer than `max_wait`, or is
/// no 200, each of them makes its own.
/// Threads: any; `make` runs without a lock. Bounds: `max_bytes`, the least recently asked go first; an
/// answer above half of it is handed on to those who wait, and not kept. A compressed copy counts from
/// the next time its answer is asked for.
class ResponseCache {
 public:
  using Make = std::function<Result<Response>()>;

  explicit ResponseCache(const AnswerCacheOptions& options = {}) : options_(options) {}

  [[nodiscard]] Result<Response> Get(const std::string& question, const AnswerVersion& version,
                                     const Make& make);

  struct Stats {
    std::uint64_t hits = 0;    ///< answered without making, those who waited among them
    std::uint64_t misses = 0;  ///< made
    std::size_t answers = 0;
    std::size_t bytes = 0;
    std::size_t waiting = 0;  ///< for another's answer, now
  };
  [[nodiscard]] Stats stats() const;
  void Write(PrometheusText& writer) const;

 private:
  /// An answer that a thread is making. Protected by the cache's mutex.
  struct Flight {
    AnswerVersion version;
    bool has_landed = false;
    std::optional<Response> response{};  ///< nothing when it failed
  };
  struct Entry {
    AnswerVersion version;
    Response response;
    std::size_t bytes = 0;  ///< as counted in bytes_
    std::list<std::string>::iterator place;
  };
  class Pilot;
  using Entries = std::map<std::string, Entry>;
  using Lock = MutexLock;

  [[nodiscard]] std::optional<Response> FindKept(const std::string& question, const AnswerVersion& version);
  [[nodiscard]] std::optional<Response> WaitFor(Lock& lock, const std::shared_ptr<Flight>& flight);
  void Land(const std::string& question, const std::shared_ptr<Flight>& flight, const Response* response);
  void Keep(const std::string& question, const AnswerVersion& version, const Response& response);
  void Count(Entry& entry);
  void Drop(Entries::iterator entry);
  void MakeRoom();

  const AnswerCacheOptions options_;
  mutable Mutex mutex_;
  CondVar landed_;
  // Protected by mutex_:
  Entries entries_;
  std::list<std::string> by_use_;  ///< questions, the one asked last first
  std::map<std::string, std::shared_ptr<Flight>> flights_;
  Stats stats_;
};

}  // namespace keymeter::query_api
