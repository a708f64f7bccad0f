#include "query-api/snapshot.h"

#include <algorithm>
#include <functional>

namespace keymeter::query_api {

Result<Snapshot> Snapshot::Take(ApiContext& context) {
  auto lease = context.pool.Take();
  if (!lease) return Fail(lease.error());
  auto state = ReadSourceState(*lease);
  if (!state) return Fail(state.error());
  return Snapshot{std::move(*lease), std::move(*state), context.clock.WallMs()};
}

std::string EtagOf(const Snapshot& snapshot, const Request& request, Freshness freshness) {
  std::int64_t step = 0;
  if (freshness == Freshness::kChangesWithTime)
    step = snapshot.now_ms / std::max<std::int64_t>(snapshot.state.flush_interval_ms, 1);
  const std::size_t target = std::hash<std::string>()(request.path + '?' + request.query);
  return fmt::format("W/\"{:x}-{:x}-{:x}-{:x}\"", snapshot.lease.file_id(), snapshot.state.data_version, step,
                     target);
}

bool IsNotModified(const Request& request, const std::string& etag) {
  const std::string* known = request.FindHeader("If-None-Match");
  if (known == nullptr) return false;
  // Weak comparison: `W/` does not count. ETags of ours hold no commas.
  return *known == "*" || known->find(etag.substr(2)) != std::string::npos;
}

Response NotModified(const std::string& etag) {
  Response response;
  response.status = 304;
  response.headers.push_back({"ETag", etag});
  return response;
}

Response Fresh(const Json& body, const std::string& etag) {
  Response response = JsonResponse(body);
  response.headers.push_back({"ETag", etag});
  return response;
}

}  // namespace keymeter::query_api
