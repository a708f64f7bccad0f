#include "query-api/http/request_metrics.h"

#include <algorithm>
#include <vector>

#include "schema/mutex.h"

namespace keymeter::query_api {

void RequestMetrics::Observe(std::string_view route, int status, double seconds) {
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  const auto latency = static_cast<std::size_t>(bound - kBounds.begin());
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
  const MutexLock lock(mutex_);
  RouteMetrics& metrics = routes_[route];
  ++metrics.by_class[status_class];
  ++metrics.by_latency[latency];
  metrics.seconds += seconds;
}

void RequestMetrics::Write(PrometheusText& writer) const {
  constexpr std::array<std::string_view, 6> kClasses = {"0xx", "1xx", "2xx", "3xx", "4xx", "5xx"};
  const auto routes = [&] {
    const MutexLock lock(mutex_);
    return routes_;
  }();
  for (const auto& [route, metrics] : routes) {
    for (std::size_t i = 0; i < kClasses.size(); ++i)
      if (metrics.by_class[i] > 0)
        writer.Counter("keymeter_api_requests_total", "Answered API requests.",
                       static_cast<double>(metrics.by_class[i]), {{"route", route}, {"status", kClasses[i]}});
    writer.Histogram("keymeter_api_request_duration_seconds", "Time from a read request to its answer.",
                     std::vector<double>(kBounds.begin(), kBounds.end()),
                     std::vector<std::uint64_t>(metrics.by_latency.begin(), metrics.by_latency.end()),
                     metrics.seconds, {{"route", route}});
  }
}

}  // namespace keymeter::query_api
