#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keymeter {

/// What is metered, in the order of the columns of every usage table. Cost is in millionths of a USD, as
/// rated to the customer; real cost as paid. Ephemeral tokens are inside cache-create tokens.
enum class Metric : std::uint8_t {
  kRequests,
  kInputTokens,
  kOutputTokens,
  kCacheCreateTokens,
  kCacheReadTokens,
  kEphemeral5mTokens,
  kEphemeral1hTokens,
  kCostMicros,
  kRealCostMicros,
};

inline constexpr std::size_t kMetricCount = 9;

/// The columns' names, separated by ", ".
inline constexpr std::string_view kMetricColumns =
    "requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens, ephemeral_5m_tokens, "
    "ephemeral_1h_tokens, cost_micros, real_cost_micros";

/// One amount per metric; index by Metric.
struct Amounts {
  std::array<std::int64_t, kMetricCount> values{};

  [[nodiscard]] std::int64_t operator[](Metric metric) const {
    return values[static_cast<std::size_t>(metric)];
  }
  std::int64_t& operator[](Metric metric) { return values[static_cast<std::size_t>(metric)]; }
  Amounts& operator+=(const Amounts& other);
  bool operator==(const Amounts&) const = default;
  [[nodiscard]] bool IsZero() const { return *this == Amounts{}; }
  [[nodiscard]] std::int64_t TotalTokens() const;  ///< input + output + cache create + cache read
};

/// a - b. Sums and differences saturate instead of overflowing: counters are outside data.
[[nodiscard]] Amounts operator-(const Amounts& a, const Amounts& b);

[[nodiscard]] std::string_view MetricName(Metric metric);  ///< "input_tokens"
[[nodiscard]] std::optional<Metric> MetricByName(std::string_view name);

}  // namespace keymeter
