#include "query-api/system_metrics.h"

#include <cmath>
#include <set>

#include "query-api/answer.h"
#include "query-api/api_keys.h"
#include "query-api/health.h"
#include "query-api/usage.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kWindowMinutes = 10;

struct Window {
  explicit Window(std::int64_t now_ms) : rates(now_ms) {}

  LiveRates rates;
  double input = 0;
  double output = 0;
  double cache_create = 0;
  double cache_read = 0;

  void Add(std::int64_t bucket, const UsageSum& usage) {
    rates.Add(bucket, usage);
    const double weight = rates.Weight(bucket, kWindowMinutes);
    input += weight * static_cast<double>(usage.input_tokens);
    output += weight * static_cast<double>(usage.output_tokens);
    cache_create += weight * static_cast<double>(usage.cache_create_tokens);
    cache_read += weight * static_cast<double>(usage.cache_read_tokens);
  }
};

Result<Window> ReadWindow(Snapshot& snapshot) {
  Window window(snapshot.now_ms);
  auto query = snapshot.lease.Prepare(
      fmt::format("SELECT u.bucket, {} FROM usage_minute u CROSS JOIN series s ON s.id = u.series "
                  "WHERE u.bucket >= ?1 AND s.kind = 'api_key'",
                  UsageColumns("api_key")));
  if (!query) return Fail(query.error());
  (*query)->Bind(1, window.rates.first_bucket());
  for (;;) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) return window;
    window.Add((*query)->Int(0), ReadUsageSum(**query, 1));
  }
}

Result<std::int64_t> CountActive(Snapshot& snapshot, std::string_view kind) {
  auto query = snapshot.lease.Prepare(
      "SELECT count(DISTINCT s.entity) FROM usage_minute u CROSS JOIN series s ON s.id = u.series "
      "WHERE u.bucket >= ?1 AND s.kind = ?2 AND u.requests > 0");
  if (!query) return Fail(query.error());
  (*query)->Bind(1, LiveRates(snapshot.now_ms).first_bucket()).Bind(2, kind);
  const auto row = (*query)->Step();
  if (!row) return Fail(row.error());
  return (*query)->Int(0);
}

Json ProcessorJson(const SourceState& state, std::int64_t now_ms) {
  return Json{{"connected", IsConnected(state, now_ms)},
              {"lastEventAt", state.last_event_ms ? Json(FormatRfc3339(*state.last_event_ms)) : Json()},
              {"lagMs", state.lag_ms},
              {"drift", state.drift},
              {"profile", TextOrNull(state.profile)}};
}

}  // namespace

Result<Json> SystemMetricsJson(Snapshot& snapshot) {
  const auto window = ReadWindow(snapshot);
  if (!window) return Fail(window.error());
  const auto keys = CountActive(snapshot, "api_key");
  if (!keys) return Fail(keys.error());
  const auto accounts = CountActive(snapshot, "account");
  if (!accounts) return Fail(accounts.error());
  const auto rounded = [](double value) { return std::llround(value); };
  const double tokens = window->input + window->output + window->cache_create + window->cache_read;
  return Json{{"realtimeRPM", window->rates.rpm()},
              {"realtimeTPM", window->rates.tpm()},
              {"windowMinutes", kWindowMinutes},
              {"totalRequests", rounded(window->rates.requests_10m())},
              {"totalTokens", rounded(tokens)},
              {"inputTokens", rounded(window->input)},
              {"outputTokens", rounded(window->output)},
              {"cacheCreateTokens", rounded(window->cache_create)},
              {"cacheReadTokens", rounded(window->cache_read)},
              {"activeKeys", *keys},
              {"activeAccounts", *accounts},
              {"asOf", FormatRfc3339(snapshot.now_ms)},
              {"processor", ProcessorJson(snapshot.state, snapshot.now_ms)}};
}

Result<Response> SystemMetrics(ApiContext& context, const Call& call) {
  return Answer(context, call, Freshness::kChangesWithTime, [](Snapshot& snapshot) -> Result<Response> {
    const auto metrics = SystemMetricsJson(snapshot);
    if (!metrics) return Fail(metrics.error());
    return JsonResponse(*metrics);
  });
}

}  // namespace keymeter::query_api
