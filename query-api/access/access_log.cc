#include "query-api/access/access_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include "query-api/http/http_types.h"
#include "schema/log.h"
#include "schema/mutex.h"
#include "schema/percent.h"
#include "schema/thread_name.h"

namespace keymeter::query_api {

namespace {

constexpr std::array<std::string_view, 5> kSecretBegins = {"km_", "eyJ", "cr_", "sk-", "Bearer"};
constexpr std::size_t kLeastHiddenBytes = 16;  ///< behind its begin
constexpr std::size_t kLongWordBytes = 32;
constexpr std::string_view kHidden = "***";

bool IsSecretByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.+/= ").find(c) != std::string_view::npos;
}

bool HoldsRun(std::string_view text, std::size_t from, std::size_t least) {
  const auto end =
      std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), IsSecretByte);
  return static_cast<std::size_t>(end - text.begin()) >= from + least;
}

bool HoldsSecret(std::string_view text) {
  for (const std::string_view begin : kSecretBegins)
    for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at + 1))
      if (HoldsRun(text, at + begin.size(), kLeastHiddenBytes)) return true;
  return false;
}

bool HoldsLongWord(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (HoldsRun(text, at, kLongWordBytes)) return true;
  return false;
}

}  // namespace

std::string PathForLog(std::string_view path, bool is_of_a_route) {
  std::string shown;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    const std::string text = PercentDecode(segment).value_or(std::string(segment));
    const bool hides = HoldsSecret(text) || (!is_of_a_route && HoldsLongWord(text));
    shown += hides ? kHidden : segment;
    if (end < path.size()) shown.push_back('/');
    begin = end + 1;
  }
  return shown;
}

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
  line.path = PathForLog(line.path, line.route != kNoRoute);
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
