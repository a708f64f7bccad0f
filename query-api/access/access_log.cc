#include "query-api/access/access_log.h"

#include <utility>

#include "schema/log.h"
#include "schema/mutex.h"
#include "schema/thread_name.h"

namespace keymeter::query_api {

void AccessLog::WriteLine(const AccessLogLine& line) {
  log::Info("request", {{"method", line.method},
                        {"path", line.path},
                        {"route", line.route},
                        {"status", line.status},
                        {"bytes", line.bytes},
                        {"ms", line.ms},
                        {"client", line.client},
                        {"token", line.token},
                        {"request_id", line.id}});
}

AccessLog::AccessLog(AccessLogMode mode, Sink sink) : mode_(mode), sink_(std::move(sink)) {
  if (mode_ != AccessLogMode::kOff) writer_ = std::thread([this] { WriteLines(); });
}

AccessLog::~AccessLog() {
  if (!writer_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    is_ending_ = true;
  }
  has_lines_.notify_one();
  writer_.join();
}

void AccessLog::Add(AccessLogLine line) {
  if (!Wants(line.status)) return;
  if (line.path.size() > AccessLogLine::kMaxPathBytes) line.path.resize(AccessLogLine::kMaxPathBytes);
  {
    const MutexLock lock(mutex_);
    if (lines_.size() >= kMaxWaiting) {
      ++dropped_;
      return;
    }
    lines_.push_back(std::move(line));
  }
  has_lines_.notify_one();
}

void AccessLog::WriteLines() {
  NameThread("km-access-log");
  MutexLock lock(mutex_);
  for (;;) {
    while (!is_ending_ && lines_.empty()) has_lines_.wait(lock);
    if (lines_.empty()) return;
    const std::deque<AccessLogLine> taken = std::exchange(lines_, {});
    lock.unlock();
    for (const AccessLogLine& line : taken) sink_(line);
    lock.lock();
  }
}

void AccessLog::WriteMetrics(PrometheusText& writer) const {
  writer.Counter("keymeter_api_dropped_log_lines_total",
                 "Lines of the access log that were dropped because stderr was too slow.",
                 static_cast<double>(dropped_));
}

}  // namespace keymeter::query_api
