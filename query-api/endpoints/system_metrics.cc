#include "query-api/endpoints/system_metrics.h"

#include <algorithm>
#include <cmath>

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/health.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/usage/live_rates.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kWindowMinutes = 10;

/// What all API keys used in the last ten minutes, and which keys and accounts were active; in one pass over
/// their rows.
///
/// Threads: one.
class Window {
 public:
  explicit Window(std::int64_t now_ms) : rates(now_ms) {}

  Status Read(Snapshot& snapshot, UsageCaches& caches) {
    ASSIGN_OR_RETURN(const auto catalog, caches.catalogs.Of(snapshot));
    ASSIGN_OR_RETURN(const auto end, EndOfMinutes(snapshot));
    is_active_key_.resize(catalog->keys().size());
    is_active_account_.resize(catalog->accounts().size());
    return caches.blocks.Each(
        snapshot, UsageTable::kMinute, rates.first_bucket(), end,
        [&](std::int64_t bucket, const UsageBlocks::Block& block) { Add(bucket, *block, *catalog); });
  }

  LiveRates rates;
  double input = 0;
  double output = 0;
  double cache_create = 0;
  double cache_read = 0;
  std::int64_t keys = 0;  ///< that had a request
  std::int64_t accounts = 0;

 private:
  /// Also minutes that are in the future by our clock.
  static Result<std::int64_t> EndOfMinutes(Snapshot& snapshot) {
    ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare("SELECT coalesce(max(bucket), 0) FROM usage_minute"));
    RETURN_IF_ERROR(query->Step());
    const std::int64_t now = BucketOf(Level::kMinute, snapshot.now_ms / 1000, 0);
    return std::clamp(query->Int(0), now, now + kHourSeconds) + kMinuteSeconds;
  }

  void Add(std::int64_t bucket, const UsageBlock& block, const SeriesCatalog& catalog) {
    UsageSum sum;
    for (std::size_t row = 0; row < block.rows(); ++row) {
      if (block.Series(row) >= catalog.entries().size()) continue;
      const SeriesCatalog::Entry& entry = catalog.entries()[block.Series(row)];
      const bool is_key = entry.kind == SeriesCatalog::Kind::kApiKey;
      const std::int64_t requests = block.At(BlockColumn::kRequests, row);
      if (requests > 0)
        Count(is_key ? is_active_key_ : is_active_account_, entry.entity, is_key ? keys : accounts);
      if (!is_key) continue;
      sum += {requests,
              block.At(BlockColumn::kInputTokens, row),
              block.At(BlockColumn::kOutputTokens, row),
              block.At(BlockColumn::kCacheCreateTokens, row),
              block.At(BlockColumn::kCacheReadTokens, row),
              0};
    }
    rates.Add(bucket, sum);
    const double weight = rates.Weight(bucket, kWindowMinutes);
    input += weight * static_cast<double>(sum.input_tokens);
    output += weight * static_cast<double>(sum.output_tokens);
    cache_create += weight * static_cast<double>(sum.cache_create_tokens);
    cache_read += weight * static_cast<double>(sum.cache_read_tokens);
  }

  static void Count(std::vector<bool>& is_active, std::uint32_t entity, std::int64_t& count) {
    if (is_active[entity]) return;
    is_active[entity] = true;
    ++count;
  }

  std::vector<bool> is_active_key_;
  std::vector<bool> is_active_account_;
};

Json ProcessorJson(const SourceState& state, std::int64_t now_ms) {
  return Json{{"connected", IsConnected(state, now_ms)},
              {"lastEventAt", state.last_event_ms ? Json(FormatRfc3339(*state.last_event_ms)) : Json()},
              {"lagMs", state.lag_ms},
              {"drift", state.drift},
              {"profile", TextOrNull(state.profile)}};
}

}  // namespace

Result<Json> SystemMetricsJson(Snapshot& snapshot, UsageCaches& caches) {
  Window window(snapshot.now_ms);
  RETURN_IF_ERROR(window.Read(snapshot, caches));
  const auto rounded = [](double value) { return std::llround(value); };
  const double tokens = window.input + window.output + window.cache_create + window.cache_read;
  return Json{{"realtimeRPM", RateJson(window.rates.rpm())},
              {"realtimeTPM", RateJson(window.rates.tpm())},
              {"windowMinutes", kWindowMinutes},
              {"totalRequests", rounded(window.rates.requests_10m())},
              {"totalTokens", rounded(tokens)},
              {"inputTokens", rounded(window.input)},
              {"outputTokens", rounded(window.output)},
              {"cacheCreateTokens", rounded(window.cache_create)},
              {"cacheReadTokens", rounded(window.cache_read)},
              {"activeKeys", window.keys},
              {"activeAccounts", window.accounts},
              {"asOf", FormatRfc3339(snapshot.now_ms)},
              {"processor", ProcessorJson(snapshot.state, snapshot.now_ms)}};
}

Result<Response> SystemMetrics(ApiContext& context, const Call& call) {
  return CachedResponse(context, call, Freshness::kChangesWithTime,
                        [&](Snapshot& snapshot) -> Result<Response> {
                          ASSIGN_OR_RETURN(const auto metrics, SystemMetricsJson(snapshot, context.caches));
                          return JsonResponse(metrics);
                        });
}

}  // namespace keymeter::query_api
