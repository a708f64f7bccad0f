#include "query-api/endpoints/cached_response.h"

#include "query-api/endpoints/response_cache.h"

namespace keymeter::query_api {

namespace {

/// Of a file that no processor is known to write.
constexpr std::int64_t kUsualFlushIntervalMs = 1000;

AnswerVersion VersionOf(const Snapshot& snapshot, Freshness freshness) {
  std::int64_t step = 0;
  if (freshness == Freshness::kChangesWithTime)
    step = snapshot.now_ms /
           (snapshot.state.flush_interval_ms > 0 ? snapshot.state.flush_interval_ms : kUsualFlushIntervalMs);
  return {snapshot.lease.file_id(), snapshot.state.data_version, step};
}

/// What is asked, whole, and who asks. A path as sent holds no '?'.
std::string QuestionOf(const Call& call) {
  return fmt::format("{} {}?{}", call.caller.IsAdmin() ? 'a' : 'v', call.request.path, call.request.query);
}

/// A hash suffices here: a client compares ETags of one target only.
std::string EtagOf(const AnswerVersion& version, const std::string& question) {
  return fmt::format("W/\"{:x}-{:x}-{:x}-{:x}\"", version.file_id, version.data_version, version.step,
                     std::hash<std::string>()(question));
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

Result<Response> CachedResponse(ApiContext& context, const Call& call, Freshness freshness,
                                const MakeResponse& make) {
  return CachedResponse(
      context, call, [freshness](Snapshot&) -> Result<Freshness> { return freshness; }, make);
}

Result<Response> CachedResponse(ApiContext& context, const Call& call, const FreshnessOf& freshness,
                                const MakeResponse& make) {
  ASSIGN_OR_RETURN(auto snapshot, Snapshot::Take(context));
  ASSIGN_OR_RETURN(const auto changes, freshness(snapshot));
  const AnswerVersion version = VersionOf(snapshot, changes);
  const std::string question = QuestionOf(call);
  const std::string etag = EtagOf(version, question);
  if (IsNotModified(call.request, etag)) return NotModified(etag);
  const auto make_anew = [&]() -> Result<Response> {
    auto response = make(snapshot);
    if (response && response->status == 200) response->headers.push_back({"ETag", etag});
    return response;
  };
  if (context.answers == nullptr) return make_anew();
  return context.answers->Get(question, version, make_anew);
}

}  // namespace keymeter::query_api
