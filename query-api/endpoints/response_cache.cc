#include "query-api/endpoints/response_cache.h"

#include <tuple>
#include <utility>

#include "query-api/http/shared_body.h"

namespace keymeter::query_api {

namespace {

/// What an entry takes besides its texts: tree node, list node, vectors.
constexpr std::size_t kCacheEntryBytes = 512;
constexpr std::size_t kLargestAnswerShare = 2;

std::size_t MemoryOfAnswer(const std::string& question, const Response& response) {
  std::size_t bytes = kCacheEntryBytes + 2 * question.size() + response.shared_body->MemoryBytes();
  for (const Header& header : response.headers)
    bytes += sizeof(Header) + header.name.size() + header.value.size();
  return bytes;
}

bool IsNewerVersion(const ResponseVersion& a, const ResponseVersion& b) {
  return a.file.file == b.file.file &&
         std::tie(a.file.data_version, a.step) > std::tie(b.file.data_version, b.step);
}

}  // namespace

/// Finishes a pending answer, also when making it fails or throws: nobody waits for one that never comes.
class ResponseCache::PendingGuard {
 public:
  PendingGuard(ResponseCache& cache, const std::string& question, std::shared_ptr<Pending> pending)
      : cache_(cache), question_(question), pending_(std::move(pending)) {}
  ~PendingGuard() {
    if (pending_) cache_.Finish(question_, pending_, nullptr);
  }
  PendingGuard(const PendingGuard&) = delete;
  PendingGuard& operator=(const PendingGuard&) = delete;

  void Deliver(const Response& response) { cache_.Finish(question_, std::exchange(pending_, {}), &response); }

 private:
  ResponseCache& cache_;
  const std::string& question_;
  std::shared_ptr<Pending> pending_;
};

std::optional<Response> ResponseCache::Find(const std::string& question, const ResponseVersion& version) {
  const MutexLock lock(mutex_);
  return FindKept(question, version);
}

ResponseCache::Claim ResponseCache::ClaimFor(const std::string& question, const ResponseVersion& version) {
  const MutexLock lock(mutex_);
  if (auto kept = FindKept(question, version)) return {.kept = std::move(kept)};
  const auto found = pending_.find(question);
  if (found != pending_.end() && found->second->version == version) return {.pending = found->second};
  if (options_.max_bytes == 0) return {};
  // One of another version is finished for those who wait for it already.
  auto mine = std::make_shared<Pending>(Pending{version});
  pending_[question] = mine;
  ++stats_.misses;
  return {.pending = std::move(mine), .is_mine = true};
}

Result<Response> ResponseCache::Get(const std::string& question, const ResponseVersion& version,
                                    const Make& make, const std::function<void()>& before_waiting) {
  Claim claim = ClaimFor(question, version);
  if (claim.kept) return std::move(*claim.kept);
  if (!claim.pending) return MakeUnshared(make);
  if (!claim.is_mine) {
    if (before_waiting) before_waiting();
    if (auto given = WaitFor(*claim.pending)) return std::move(*given);
    return MakeUnshared(make);
  }
  PendingGuard guard(*this, question, std::move(claim.pending));
  auto response = make();
  if (!response || response->status != 200 || response->file) return response;
  response->shared_body = std::make_shared<const SharedBody>(std::move(response->body));
  response->body = {};
  guard.Deliver(*response);
  return response;
}

Result<Response> ResponseCache::MakeUnshared(const Make& make) {
  {
    const MutexLock lock(mutex_);
    ++stats_.misses;
  }
  return make();
}

std::optional<Response> ResponseCache::FindKept(const std::string& question, const ResponseVersion& version) {
  const auto found = entries_.find(question);
  if (found == entries_.end() || !(found->second.version == version)) return std::nullopt;
  Entry& entry = found->second;
  by_use_.splice(by_use_.begin(), by_use_, entry.place);
  ++stats_.hits;
  Response response = entry.response;
  Count(entry);  // it may have got a compressed copy
  MakeRoom();
  return response;
}

std::optional<Response> ResponseCache::WaitFor(const Pending& pending) {
  const auto deadline = std::chrono::steady_clock::now() + options_.max_wait;
  MutexLock lock(mutex_);
  ++stats_.waiting;
  while (!pending.is_finished)
    if (finished_.wait_until(lock, deadline) == std::cv_status::timeout) break;
  --stats_.waiting;
  if (pending.response) ++stats_.hits;
  return pending.response;
}

void ResponseCache::Finish(const std::string& question, const std::shared_ptr<Pending>& pending,
                           const Response* response) {
  {
    const MutexLock lock(mutex_);
    pending->is_finished = true;
    if (const auto found = pending_.find(question); found != pending_.end() && found->second == pending)
      pending_.erase(found);
    if (response != nullptr) {
      pending->response = *response;
      pending->response->made_bytes = 0;  // for whoever made it
      Keep(question, pending->version, *pending->response);
    }
  }
  finished_.notify_all();
}

void ResponseCache::Keep(const std::string& question, const ResponseVersion& version,
                         const Response& response) {
  if (const auto other = entries_.find(question); other != entries_.end()) {
    if (IsNewerVersion(other->second.version, version)) return;  // this one took long
    Drop(other);
  }
  if (MemoryOfAnswer(question, response) > options_.max_bytes / kLargestAnswerShare) return;
  by_use_.push_front(question);
  const auto place = entries_.emplace(question, Entry{version, response, 0, by_use_.begin()}).first;
  Count(place->second);
  MakeRoom();
}

void ResponseCache::Count(Entry& entry) {
  stats_.bytes -= entry.bytes;
  entry.bytes = MemoryOfAnswer(*entry.place, entry.response);
  stats_.bytes += entry.bytes;
}

void ResponseCache::Drop(Entries::iterator entry) {
  stats_.bytes -= entry->second.bytes;
  by_use_.erase(entry->second.place);
  entries_.erase(entry);
}

void ResponseCache::MakeRoom() {
  while (stats_.bytes > options_.max_bytes && !by_use_.empty()) Drop(entries_.find(by_use_.back()));
}

ResponseCache::Stats ResponseCache::stats() const {
  const MutexLock lock(mutex_);
  Stats stats = stats_;
  stats.answers = entries_.size();
  return stats;
}

void ResponseCache::Write(PrometheusText& writer) const {
  const Stats now = stats();
  writer.Counter("keymeter_api_answer_cache_hits_total",
                 "Answers that the cache gave, so that they were not made again.",
                 static_cast<double>(now.hits));
  writer.Counter("keymeter_api_answer_cache_misses_total",
                 "Answers that were made, because the cache did not have them.",
                 static_cast<double>(now.misses));
  writer.Gauge("keymeter_api_answer_cache_answers", "Answers in the cache.",
               static_cast<double>(now.answers));
  writer.Gauge("keymeter_api_answer_cache_bytes", "Memory that the answers in the cache take, in bytes.",
               static_cast<double>(now.bytes));
}

}  // namespace keymeter::query_api
