#include "query-api/endpoints/response_cache.h"

#include <tuple>

#include "query-api/http/shared_body.h"

namespace keymeter::query_api {

namespace {

/// What an entry takes beside its texts: tree node, list node, vectors.
constexpr std::size_t kCacheEntryBytes = 512;
constexpr std::size_t kLargestAnswerShare = 2;

std::size_t MemoryOfAnswer(const std::string& question, const Response& response) {
  std::size_t bytes = kCacheEntryBytes + 2 * question.size() + response.shared_body->MemoryBytes();
  for (const Header& header : response.headers)
    bytes += sizeof(Header) + header.name.size() + header.value.size();
  return bytes;
}

bool IsNewerVersion(const AnswerVersion& a, const AnswerVersion& b) {
  return a.file_id == b.file_id && std::tie(a.data_version, a.step) > std::tie(b.data_version, b.step);
}

}  // namespace

/// Lands a flight, also when what it carries fails or throws: nobody waits for one that is lost.
class ResponseCache::Pilot {
 public:
  Pilot(ResponseCache& cache, const std::string& question, std::shared_ptr<Flight> flight)
      : cache_(cache), question_(question), flight_(std::move(flight)) {}
  ~Pilot() {
    if (flight_) cache_.Land(question_, flight_, nullptr);
  }
  Pilot(const Pilot&) = delete;
  Pilot& operator=(const Pilot&) = delete;

  void Deliver(const Response& response) { cache_.Land(question_, std::exchange(flight_, {}), &response); }

 private:
  ResponseCache& cache_;
  const std::string& question_;
  std::shared_ptr<Flight> flight_;
};

Result<Response> ResponseCache::Get(const std::string& question, const AnswerVersion& version,
                                    const Make& make) {
  auto flight = std::make_shared<Flight>(Flight{version});
  {
    Lock lock(mutex_);
    if (auto kept = FindKept(question, version)) return std::move(*kept);
    const auto found = flights_.find(question);
    if (found != flights_.end() && found->second->version == version) {
      if (auto given = WaitFor(lock, found->second)) return std::move(*given);
      flight.reset();  // it came to nothing: everybody who waited makes an own one
    } else if (options_.max_bytes > 0) {
      flights_[question] = flight;  // one with an older version lands for those who wait for it
    } else {
      flight.reset();
    }
    ++stats_.misses;
  }
  if (!flight) return make();
  Pilot pilot(*this, question, std::move(flight));
  auto response = make();
  if (!response || response->status != 200 || response->stream) return response;
  response->shared_body = std::make_shared<const SharedBody>(std::move(response->body));
  response->body = {};
  pilot.Deliver(*response);
  return response;
}

std::optional<Response> ResponseCache::FindKept(const std::string& question, const AnswerVersion& version) {
  const auto found = entries_.find(question);
  if (found == entries_.end() || found->second.version != version) return std::nullopt;
  Entry& entry = found->second;
  by_use_.splice(by_use_.begin(), by_use_, entry.place);
  ++stats_.hits;
  Response response = entry.response;
  Count(entry);  // it may have got a compressed copy
  MakeRoom();
  return response;
}

std::optional<Response> ResponseCache::WaitFor(Lock& lock, const std::shared_ptr<Flight>& flight) {
  const std::shared_ptr<Flight> held = flight;  // the map may let go of it
  ++stats_.waiting;
  landed_.wait_for(lock, options_.max_wait, [&] { return held->has_landed; });
  --stats_.waiting;
  if (held->response) ++stats_.hits;
  return held->response;
}

void ResponseCache::Land(const std::string& question, const std::shared_ptr<Flight>& flight,
                         const Response* response) {
  {
    const Lock lock(mutex_);
    flight->has_landed = true;
    if (const auto found = flights_.find(question); found != flights_.end() && found->second == flight)
      flights_.erase(found);
    if (response != nullptr) {
      flight->response = *response;
      Keep(question, flight->version, *response);
    }
  }
  landed_.notify_all();
}

void ResponseCache::Keep(const std::string& question, const AnswerVersion& version,
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
  const Lock lock(mutex_);
  Stats stats = stats_;
  stats.answers = entries_.size();
  return stats;
}

void ResponseCache::Write(PrometheusText& writer) const {
  const Stats now = stats();
  writer.Counter("keymeter_api_answer_cache_hits_total", "Answers that were given without being made again.",
                 static_cast<double>(now.hits));
  writer.Counter("keymeter_api_answer_cache_misses_total", "Answers that had to be made.",
                 static_cast<double>(now.misses));
  writer.Gauge("keymeter_api_answer_cache_answers", "Answers that are kept.",
               static_cast<double>(now.answers));
  writer.Gauge("keymeter_api_answer_cache_bytes", "Memory that kept answers take.",
               static_cast<double>(now.bytes));
}

}  // namespace keymeter::query_api
