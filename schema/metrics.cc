#include "schema/metrics.h"

#include <limits>

namespace keymeter {

namespace {

constexpr std::array<std::string_view, kMetricCount> kNames = {
    "requests",          "input_tokens",        "output_tokens",       "cache_create_tokens",
    "cache_read_tokens", "ephemeral_5m_tokens", "ephemeral_1h_tokens", "cost_micros",
    "real_cost_micros"};

using Limits = std::numeric_limits<std::int64_t>;

std::int64_t SaturatingAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? Limits::max() : Limits::min();
}

std::int64_t SaturatingSubtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return a > b ? Limits::max() : Limits::min();
}

}  // namespace

Amounts& Amounts::operator+=(const Amounts& other) {
  for (std::size_t i = 0; i < kMetricCount; ++i) values[i] = SaturatingAdd(values[i], other.values[i]);
  return *this;
}

std::int64_t Amounts::TotalTokens() const {
  return SaturatingAdd(SaturatingAdd((*this)[Metric::kInputTokens], (*this)[Metric::kOutputTokens]),
                       SaturatingAdd((*this)[Metric::kCacheCreateTokens], (*this)[Metric::kCacheReadTokens]));
}

Amounts operator-(const Amounts& a, const Amounts& b) {
  Amounts difference;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    difference.values[i] = SaturatingSubtract(a.values[i], b.values[i]);
  return difference;
}

std::string_view MetricName(Metric metric) {
  return kNames[static_cast<std::size_t>(metric)];
}

std::optional<Metric> MetricByName(std::string_view name) {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (kNames[i] == name) return static_cast<Metric>(i);
  return std::nullopt;
}

}  // namespace keymeter
