#include "query-api/endpoints/cached_response.h"

#include <optional>
#include <string>
#include <vector>

#include "query-api/endpoints/response_cache.h"

namespace keymeter::query_api {

namespace {

using Kind = SeriesCatalog::Kind;

/// Of a file that no processor is known to write.
constexpr std::int64_t kUsualFlushIntervalMs = 1000;
/// A request that found another thread making its sums so often makes them itself.
constexpr int kMostWaits = 4;

/// A request, and how it is answered.
struct Asked {
  ApiContext& context;
  const Call& call;
  const FreshnessOf& freshness;
  std::vector<Kind> sums;
  const MakeResponse& make;
  std::string question;
};

/// What an answer is made from, and what it is known by.
struct Source {
  Snapshot snapshot;
  ResponseVersion version;
  std::string etag;
};

ResponseVersion VersionOf(const Snapshot& snapshot, Freshness freshness) {
  std::int64_t step = 0;
  if (freshness == Freshness::kChangesWithTime)
    step = snapshot.now_ms /
           (snapshot.state.flush_interval_ms > 0 ? snapshot.state.flush_interval_ms : kUsualFlushIntervalMs);
  return {snapshot.version(), step};
}

/// What is asked, whole, and who asks. A path as sent holds no '?'.
std::string QuestionOf(const Call& call) {
  return fmt::format("{} {}?{}", call.caller.RoleMark(), call.request.path, call.request.query);
}

/// A hash suffices here: a client compares ETags of one target only.
std::string EtagOf(const ResponseVersion& version, const std::string& question) {
  return fmt::format("W/\"{:x}-{:x}-{:x}-{:x}\"", version.file.file, version.file.data_version, version.step,
                     std::hash<std::string>()(question));
}

bool IsNotModified(const Request& request, const std::string& etag) {
  const std::string* known = request.FindHeader("If-None-Match");
  // Weak comparison: `W/` does not count. ETags of ours hold no commas.
  return known != nullptr && known->find(etag.substr(2)) != std::string::npos;
}

/// `*` stands for any answer that there is: whether there is one is known when it has been made.
bool TakesAnyForKnown(const Request& request) {
  const std::string* known = request.FindHeader("If-None-Match");
  return known != nullptr && *known == "*";
}

Response NotModified(const std::string& etag) {
  Response response;
  response.status = 304;
  response.headers.push_back({"ETag", etag});
  return response;
}

Result<Source> TakeSource(const Asked& asked) {
  ASSIGN_OR_RETURN(auto snapshot, asked.context.TakeSnapshot());
  ASSIGN_OR_RETURN(const auto changes, asked.freshness(snapshot));
  const ResponseVersion version = VersionOf(snapshot, changes);
  return Source{std::move(snapshot), version, EtagOf(version, asked.question)};
}

Result<Response> MakeFrom(const Asked& asked, Source& source) {
  auto response = asked.make(source.snapshot);
  if (response && response->status == 200) response->headers.push_back({"ETag", source.etag});
  return response;
}

/// Makes the sums that are missing. The kind whose sums another thread is making, if there is one.
Result<std::optional<Kind>> PrepareSums(const Asked& asked, Snapshot& snapshot) {
  for (const Kind kind : asked.sums) {
    ASSIGN_OR_RETURN(const auto is_there, asked.context.caches.sums.Prepare(snapshot, kind));
    if (!is_there) return kind;
  }
  return std::nullopt;
}

/// `source` may be given back while another thread makes the same answer.
Result<Response> GetOrMake(const Asked& asked, std::optional<Source>& source) {
  if (asked.context.responses == nullptr) return MakeFrom(asked, *source);
  const auto make = [&]() -> Result<Response> {
    if (!source) {
      ASSIGN_OR_RETURN(auto taken, TakeSource(asked));
      source.emplace(std::move(taken));
    }
    return MakeFrom(asked, *source);
  };
  const ResponseVersion version = source->version;
  return asked.context.responses->Get(asked.question, version, make, [&] { source.reset(); });
}

Result<Response> Answer(const Asked& asked) {
  std::optional<Source> source;
  for (int waits = 0;; ++waits) {
    ASSIGN_OR_RETURN(auto taken, TakeSource(asked));
    source.emplace(std::move(taken));
    if (IsNotModified(asked.call.request, source->etag)) return NotModified(source->etag);
    if (asked.sums.empty()) break;
    if (asked.context.responses != nullptr)
      if (auto kept = asked.context.responses->Find(asked.question, source->version))
        return TakesAnyForKnown(asked.call.request) ? NotModified(source->etag) : std::move(*kept);
    ASSIGN_OR_RETURN(const auto busy, PrepareSums(asked, source->snapshot));
    if (!busy || waits == kMostWaits) break;
    source.reset();
    asked.context.caches.sums.AwaitMaker(*busy);
  }
  const std::string etag = source->etag;
  auto response = GetOrMake(asked, source);
  if (response && response->status == 200 && TakesAnyForKnown(asked.call.request)) return NotModified(etag);
  return response;
}

}  // namespace

Result<Response> CachedResponse(ApiContext& context, const Call& call, Freshness freshness,
                                const MakeResponse& make) {
  return CachedResponse(context, call, freshness, {}, make);
}

Result<Response> CachedResponse(ApiContext& context, const Call& call, const FreshnessOf& freshness,
                                const MakeResponse& make) {
  return Answer({context, call, freshness, {}, make, QuestionOf(call)});
}

Result<Response> CachedResponse(ApiContext& context, const Call& call, Freshness freshness,
                                std::initializer_list<Kind> sums, const MakeResponse& make) {
  const FreshnessOf always = [freshness](Snapshot&) -> Result<Freshness> { return freshness; };
  return Answer({context, call, always, sums, make, QuestionOf(call)});
}

}  // namespace keymeter::query_api
