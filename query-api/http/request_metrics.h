#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "schema/mutex.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// Counts answered requests by route template and status class, with their latency.
/// Threads: any. Bounds: routes are templates of the table, so the number of series is fixed.
class RequestMetrics {
 public:
  /// `route` is of static storage.
  void Observe(std::string_view route, int status, double seconds);
  void Write(PrometheusText& writer) const;

 private:
  static constexpr std::array<double, 7> kBounds = {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10};
  struct RouteMetrics {
    std::array<std::uint64_t, 6> by_class{};  ///< 2 for 2xx, …
    std::array<std::uint64_t, kBounds.size() + 1> by_latency{};
    double seconds = 0;
  };

  mutable Mutex mutex_;
  std::map<std::string_view, RouteMetrics> routes_ GUARDED_BY(mutex_);
};

}  // namespace keymeter::query_api
