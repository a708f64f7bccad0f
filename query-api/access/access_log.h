#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "schema/mutex.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// Which requests get a line: none, those that were refused or failed (400 and above), all.
enum class AccessLogMode : std::uint8_t { kOff, kErrors, kOn };

/// One answered request. Never a token, and no query: it may hold what somebody searched for.
struct AccessLogLine {
  std::string method;
  std::string path;  ///< as sent, cut at kMaxPathBytes
  std::string_view route;
  int status = 0;
  std::uint64_t bytes = 0;  ///< of the body, as sent
  std::int64_t ms = 0;
  std::string client;  ///< its address
  std::string token;   ///< its name, or the JWT's `sub`; "" without
  std::string id;      ///< of the request

  static constexpr std::size_t kMaxPathBytes = 256;
};

/// A line in the log for each request, written by a thread of its own: where stderr is slow or full, no
/// request waits for it.
///
/// Threads: any. Bounds: kMaxWaiting lines; further ones are counted, not kept. The destructor writes what
/// waits.
class AccessLog {
 public:
  using Sink = std::function<void(const AccessLogLine&)>;
  static constexpr std::size_t kMaxWaiting = 4096;

  /// The program's log, at level info.
  static void WriteLine(const AccessLogLine& line);

  explicit AccessLog(AccessLogMode mode, Sink sink = WriteLine);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  [[nodiscard]] bool Wants(int status) const {
    return mode_ == AccessLogMode::kOn || (mode_ == AccessLogMode::kErrors && status >= 400);
  }
  void Add(AccessLogLine line);

  void WriteMetrics(PrometheusText& writer) const;

 private:
  void WriteLines();

  const AccessLogMode mode_;
  const Sink sink_;
  std::atomic<std::uint64_t> dropped_{0};
  Mutex mutex_;
  CondVar has_lines_;  ///< or is ending
  std::deque<AccessLogLine> lines_ GUARDED_BY(mutex_);
  bool is_ending_ GUARDED_BY(mutex_) = false;
  std::thread writer_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
