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
#include "query-api/snapshot/file_version.h"
#include "schema/mutex.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// What an answer was made from.
struct ResponseVersion {
  FileVersion file;
  std::int64_t step = 0;  ///< of time, for answers that change with it; else 0

  bool operator==(const ResponseVersion& other) const {
    return file.HasSameData(other.file) && step == other.step;
  }
};

/// How much a ResponseCache keeps, and how long a thread waits for another.
struct ResponseCacheOptions {
  std::size_t max_bytes = std::size_t{32} << 20;  ///< 0: nothing is kept, and nobody waits for another
  std::chrono::milliseconds max_wait{10'000};     ///< for an answer that another thread is making
};

/// Answers that were made, the newest of each question: what is asked again, and has not changed, is not made
/// again.
///
/// A question is its text, whole: no hash stands for it. Of several threads that ask the same at once, one
/// makes the answer and the others wait for it; when it fails, throws, takes longer than `max_wait`, or is
/// no 200, each of them makes its own.
/// Threads: any; `make` and `before_waiting` run without the lock. Bounds: `max_bytes`, the least recently
/// asked go first; an answer above half of it is handed on to those who wait, and not kept. A compressed copy
/// counts from the next time its answer is asked for.
class ResponseCache {
 public:
  using Make = std::function<Result<Response>()>;

  explicit ResponseCache(const ResponseCacheOptions& options = {}) : options_(options) {}

  /// The answer if it is kept.
  [[nodiscard]] std::optional<Response> Find(const std::string& question, const ResponseVersion& version)
      EXCLUDES(mutex_);
  /// The answer that is kept, or that another thread is making, or else that `make` makes. `before_waiting`
  /// lets the caller give back what others need; `make` may be called after it.
  [[nodiscard]] Result<Response> Get(const std::string& question, const ResponseVersion& version,
                                     const Make& make, const std::function<void()>& before_waiting = {})
      EXCLUDES(mutex_);

  struct Stats {
    std::uint64_t hits = 0;    ///< answers that were not made: kept ones, and those of another thread
    std::uint64_t misses = 0;  ///< answers that were made
    std::size_t answers = 0;
    std::size_t bytes = 0;
    std::size_t waiting = 0;  ///< threads that wait for another's answer now
  };
  [[nodiscard]] Stats stats() const EXCLUDES(mutex_);
  void Write(PrometheusText& writer) const;

 private:
  /// An answer that a thread is making. Protected by the cache's mutex.
  struct Pending {
    ResponseVersion version;
    bool is_finished = false;
    std::optional<Response> response{};  ///< nothing when it failed
  };
  /// What Get found at first: a kept answer, or a pending one, of this thread or another. Neither: make one
  /// without telling others.
  struct Claim {
    std::optional<Response> kept{};
    std::shared_ptr<Pending> pending{};
    bool is_mine = false;
  };
  struct Entry {
    ResponseVersion version;
    Response response;
    std::size_t bytes = 0;  ///< as counted in stats_.bytes
    std::list<std::string>::iterator place;
  };
  class PendingGuard;
  using Entries = std::map<std::string, Entry>;

  [[nodiscard]] Claim ClaimFor(const std::string& question, const ResponseVersion& version) EXCLUDES(mutex_);
  [[nodiscard]] std::optional<Response> FindKept(const std::string& question, const ResponseVersion& version)
      REQUIRES(mutex_);
  [[nodiscard]] std::optional<Response> WaitFor(const Pending& pending) EXCLUDES(mutex_);
  [[nodiscard]] Result<Response> MakeUnshared(const Make& make) EXCLUDES(mutex_);
  void Finish(const std::string& question, const std::shared_ptr<Pending>& pending, const Response* response)
      EXCLUDES(mutex_);
  void Keep(const std::string& question, const ResponseVersion& version, const Response& response)
      REQUIRES(mutex_);
  void Count(Entry& entry) REQUIRES(mutex_);
  void Drop(Entries::iterator entry) REQUIRES(mutex_);
  void MakeRoom() REQUIRES(mutex_);

  const ResponseCacheOptions options_;
  mutable Mutex mutex_;
  CondVar finished_;
  Entries entries_ GUARDED_BY(mutex_);
  std::list<std::string> by_use_ GUARDED_BY(mutex_);  ///< questions, the most recently asked first
  std::map<std::string, std::shared_ptr<Pending>> pending_ GUARDED_BY(mutex_);
  Stats stats_ GUARDED_BY(mutex_);
};

}  // namespace keymeter::query_api
