#pragma once

#include <cstdint>
#include <optional>

#include "query-api/usage/usage_sum.h"

namespace keymeter::query_api {

/// Rates of the last minute and the last ten minutes by the sliding-window counter: the oldest minute counts
/// by the part of it that is still inside the window.
///
/// Threads: one. Bounds: O(1) a row; nothing is allocated.
class LiveRates {
 public:
  explicit LiveRates(std::int64_t now_ms);

  /// A row of the minute that begins at `bucket`; one outside of the windows counts nothing.
  void Add(std::int64_t bucket, const UsageSum& usage);
  [[nodiscard]] double rpm() const { return rpm_; }  ///< requests in the last 60 s
  [[nodiscard]] double tpm() const { return tpm_; }  ///< tokens in the last 60 s
  [[nodiscard]] double requests_10m() const { return requests_10m_; }
  [[nodiscard]] double rpm_10m() const { return requests_10m_ / 10; }
  /// The newest of its minutes that has a request.
  [[nodiscard]] std::optional<std::int64_t> last_use() const { return last_use_; }
  /// The first minute that counts.
  [[nodiscard]] std::int64_t first_bucket() const { return newest_ - 600; }
  /// The part of the minute that is inside a window of so many minutes: 0…1.
  [[nodiscard]] double Weight(std::int64_t bucket, std::int64_t window_minutes) const;

 private:
  std::int64_t newest_;
  double elapsed_;  ///< the part of the newest minute that is over
  double rpm_ = 0;
  double tpm_ = 0;
  double requests_10m_ = 0;
  std::optional<std::int64_t> last_use_{};
};

}  // namespace keymeter::query_api
