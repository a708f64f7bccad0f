#include "query-api/endpoints/usage_range.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace keymeter::query_api {

namespace {

constexpr std::array<std::string_view, 6> kRangeParams = {"minCost",   "maxCost",     "minTokens",
                                                          "maxTokens", "minRequests", "maxRequests"};
constexpr std::int64_t kMostCounted = (std::int64_t{1} << 53) - 1;

Status ReadUsd(const Params& params, std::string_view name, double& usd) {
  const auto text = params.Text(name);
  if (!text) return {};
  const char* end = text->data() + text->size();
  const auto [stop, failure] = std::from_chars(text->data(), end, usd, std::chars_format::fixed);
  if (failure != std::errc() || stop != end || !std::isfinite(usd) || std::signbit(usd))
    return Fail(ErrorCode::kInvalid, "{} takes an amount of USD such as 12.50", name);
  return {};
}

Status ReadCount(const Params& params, std::string_view name, std::int64_t& count) {
  ASSIGN_OR_RETURN(const auto read, params.Int(name, 0, kMostCounted));
  if (read) count = *read;
  return {};
}

}  // namespace

Result<std::optional<UsageRange>> UsageRange::Of(const Params& params) {
  ASSIGN_OR_RETURN(const auto span, params.OneOf("usageOf", {"total", "today", "month"}));
  if (std::none_of(kRangeParams.begin(), kRangeParams.end(),
                   [&](std::string_view name) { return params.Text(name).has_value(); }))
    return std::nullopt;
  UsageRange range;
  if (span == "today") range.span = &UsageSummary::today;
  if (span == "month") range.span = &UsageSummary::month;
  range.has_cost = params.Text("minCost") || params.Text("maxCost");
  RETURN_IF_ERROR(ReadUsd(params, "minCost", range.min_cost));
  RETURN_IF_ERROR(ReadUsd(params, "maxCost", range.max_cost));
  if (range.min_cost > range.max_cost) return Fail(ErrorCode::kInvalid, "minCost must not be above maxCost");
  RETURN_IF_ERROR(ReadCount(params, "minTokens", range.min_tokens));
  RETURN_IF_ERROR(ReadCount(params, "maxTokens", range.max_tokens));
  if (range.min_tokens > range.max_tokens)
    return Fail(ErrorCode::kInvalid, "minTokens must not be above maxTokens");
  RETURN_IF_ERROR(ReadCount(params, "minRequests", range.min_requests));
  RETURN_IF_ERROR(ReadCount(params, "maxRequests", range.max_requests));
  if (range.min_requests > range.max_requests)
    return Fail(ErrorCode::kInvalid, "minRequests must not be above maxRequests");
  return range;
}

bool UsageRange::Holds(const UsageSummary& usage) const {
  const UsageSum& sum = usage.*span;
  const auto cost = sum.CostUsd();  // as the answer shows it
  if (has_cost && (!cost || *cost < min_cost || *cost > max_cost)) return false;
  const std::int64_t tokens = sum.TotalTokens();
  return tokens >= min_tokens && tokens <= max_tokens && sum.requests >= min_requests &&
         sum.requests <= max_requests;
}

}  // namespace keymeter::query_api
