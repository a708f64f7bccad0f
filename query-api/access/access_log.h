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

/// Which requests get a line: none, those answered with 400 and above, all.
enum class AccessLogMode : std::uint8_t { kOff, kErrors, kOn };

/// The path of a request as a log may show it: a segment that holds a secret, as people type one into a path
/// by mistake, is "***". Secrets are tokens of ours, JWTs, keys of relays and providers; and any long word of
/// a path that is none of ours. Percent-encoded ones too.
[[nodiscard]] std::string PathForLog(std::string_view path, bool is_of_a_route);

/// One answered request. Without its token, and without its query, which may contain a search text.
struct AccessLogLine {
  std::string method;
  std::string path;  ///< as sent but for secrets (PathForLog), at most kMaxPathBytes
  std::string_view route;
  int status = 0;
  std::uint64_t bytes = 0;  ///< size of the body as sent
  std::int64_t ms = 0;
  std::string client;  ///< address
  std::string token;   ///< the token's name, or the JWT's `sub`; "" without
  std::string id;      ///< the request's id

  static constexpr std::size_t kMaxPathBytes = 256;
};

/// Writes a line to the log for each request, on its own thread, so that no request waits for a slow stderr.
///
/// Not for the events of the program itself: see schema/log.h.
/// Threads: any. Lifetime: the destructor writes the lines that wait. Bounds: kMaxWaiting lines; further ones
/// are dropped and counted.
class AccessLog {
 public:
  using Sink = std::function<void(const AccessLogLine&)>;
  static constexpr std::size_t kMaxWaiting = 4096;

  /// Writes to the program's log, at level info.
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
  CondVar has_lines_;  ///< there are lines, or is_ending_
  std::deque<AccessLogLine> lines_ GUARDED_BY(mutex_);
  bool is_ending_ GUARDED_BY(mutex_) = false;
  std::thread writer_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
