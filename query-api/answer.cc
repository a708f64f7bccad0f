#include "query-api/answer.h"

#include <algorithm>

namespace keymeter::query_api {

namespace {

std::string EtagOf(const Snapshot& snapshot, const Call& call, Freshness freshness) {
  std::int64_t step = 0;
  if (freshness == Freshness::kChangesWithTime)
    step = snapshot.now_ms / std::max<std::int64_t>(snapshot.state.flush_interval_ms, 1);
  const std::size_t target = std::hash<std::string>()(call.request.path + '?' + call.request.query);
  return fmt::format("W/\"{:x}-{:x}-{:x}-{:x}-{}\"", snapshot.lease.file_id(), snapshot.state.data_version,
                     step, target, call.caller.IsAdmin() ? 'a' : 'v');
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

}  // namespace

Result<Response> Answer(ApiContext& context, const Call& call, Freshness freshness,
                        const MakeResponse& make) {
  return Answer(
      context, call, [freshness](Snapshot&) -> Result<Freshness> { return freshness; }, make);
}

Result<Response> Answer(ApiContext& context, const Call& call, const FreshnessOf& freshness,
                        const MakeResponse& make) {
  auto snapshot = Snapshot::Take(context);
  if (!snapshot) return Fail(snapshot.error());
  const auto changes = freshness(*snapshot);
  if (!changes) return Fail(changes.error());
  const std::string etag = EtagOf(*snapshot, call, *changes);
  if (IsNotModified(call.request, etag)) return NotModified(etag);
  auto response = make(*snapshot);
  if (response && response->status == 200) response->headers.push_back({"ETag", etag});
  return response;
}

}  // namespace keymeter::query_api
