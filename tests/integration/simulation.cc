#include "tests/integration/simulation.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "processor/redis/redis_url.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {

namespace {

constexpr std::int64_t kMinuteMs = kMinuteSeconds * 1000;
constexpr std::int64_t kHourMs = kHourSeconds * 1000;
constexpr std::int64_t kEdgeMs = 100;                   ///< so close to an edge traffic stands
constexpr std::int64_t kLateMs = 2000;                  ///< before an edge, where Redis stands still over it
constexpr std::int64_t kBehindTickMs = 300;             ///< behind an edge, too late for a minute
constexpr std::int64_t kLongestStepMs = 9 * kMinuteMs;  ///< longer ones are not claimed as covered
constexpr std::int64_t kForEverMs = 1'000'000 * kHourMs;

std::int64_t MsOf(std::string_view text) {
  return ParseRfc3339(text).value();
}

}  // namespace

Simulation::Simulation(Plan plan)
    : plan_(std::move(plan)),
      clock_(MsOf(plan_.begin) - 2 * kHourMs),
      random_(plan_.seed),
      relay_(redis_.Connect(), clock_, plan_.seed + 1, [this](int events) { AwaitEvents(events); }) {}

std::int64_t Simulation::Below(std::int64_t bound) {
  return static_cast<std::int64_t>(random_()) % bound;
}

// ---- What happens when
// --------------------------------------------------------------------------------------------

std::vector<Simulation::Moment> Simulation::Moments() {
  std::vector<Moment> moments;
  const std::int64_t begin_ms = MsOf(plan_.begin);
  for (int i = 0; i < plan_.hours; ++i) {
    const std::int64_t hour_ms = begin_ms + i * kHourMs;
    moments.push_back({hour_ms + Below(kHourMs), Act::kServe});
    AddEdge(hour_ms + (1 + Below(58)) * kMinuteMs, moments);
    AddEdge(hour_ms + kHourMs, moments);
  }
  for (const Absence& absence : plan_.absences) AddAbsence(absence, moments);
  std::ranges::stable_sort(moments, {}, &Moment::at_ms);
  return moments;
}

void Simulation::AddEdge(std::int64_t edge_ms, std::vector<Moment>& moments) {
  const auto act = static_cast<Act>(std::max<std::int64_t>(0, Below(5) - 2));  // mostly kServe
  const std::int64_t before_ms = act == Act::kServeLate ? kLateMs : 1 + Below(kEdgeMs);
  moments.push_back({edge_ms - before_ms, act});
  moments.push_back({edge_ms + Below(kEdgeMs), Act::kServe});
}

void Simulation::AddAbsence(const Absence& absence, std::vector<Moment>& moments) {
  const std::int64_t begin_ms = MsOf(absence.begin);
  const std::int64_t end_ms = begin_ms + absence.length_ms;
  moments.push_back({begin_ms, Act::kLeave, &absence});
  moments.push_back({begin_ms + 100, Act::kServe});
  for (const std::int64_t edge_ms : {(begin_ms / kMinuteMs + 1) * kMinuteMs, end_ms / kMinuteMs * kMinuteMs})
    for (const std::int64_t at_ms : {edge_ms - Below(kEdgeMs), edge_ms + Below(kEdgeMs)})
      if (at_ms > begin_ms && at_ms < end_ms - kEdgeMs) moments.push_back({at_ms, Act::kServe});
  moments.push_back({end_ms - kEdgeMs, Act::kServe});
  moments.push_back({end_ms, Act::kReturn, &absence});
  moments.push_back({end_ms + Below(kEdgeMs), Act::kServe});
}

// ---- The run
// ------------------------------------------------------------------------------------------------------

void Simulation::Run() {
  const std::int64_t begin_ms = MsOf(plan_.begin);
  for (const std::int64_t before_ms : {kHourMs + kMinuteMs, kMinuteMs}) {
    PassUntil(begin_ms - before_ms);
    Serve(Act::kServe);
  }
  PassUntil(begin_ms);
  metered_.begin_ms = clock_.WallMs();
  Start();
  AwaitBaseline();
  for (const Moment& moment : Moments()) Do(moment);
  AwaitRead();
  metered_.end_ms = clock_.WallMs();
  if (const Status stopped = metering_->Stop(); !stopped) throw std::runtime_error(stopped.error().message);
}

void Simulation::Do(const Moment& moment) {
  PassUntil(moment.at_ms);
  if (moment.act == Act::kLeave) return Leave(moment.absence->kind);
  if (moment.act == Act::kReturn) return Return(moment.absence->kind);
  moment.act == Act::kServeLate&& is_watched_ ? ServeLate() : Serve(moment.act);
}

/// In steps that the processor claims to have watched, each of which it has seen.
void Simulation::PassUntil(std::int64_t at_ms) {
  while (clock_.WallMs() < at_ms) {
    const std::int64_t left_ms = at_ms - clock_.WallMs();
    relay_.Pass(is_watched_ ? std::min(left_ms, kLongestStepMs) : left_ms);
    if (is_watched_ && left_ms > kEdgeMs) {
      AwaitFlush();
      relay_.Pass(0);
    }
  }
}

void Simulation::Serve(Act act) {
  relay_.Serve();
  unread_hours_.merge(relay_.TakeTouchedHours());
  if (!is_watched_) return relay_.minutes().Miss();
  if (act == Act::kServe) AwaitRead();
}

void Simulation::ServeLate() {
  Serve(Act::kServeOnly);
  redis_.Pause();
  clock_.AdvanceMs(kLateMs + kBehindTickMs);
  redis_.Resume();
  AwaitRead();
}

void Simulation::Leave(Absence::Kind kind) {
  Serve(Act::kServe);
  if (kind == Absence::Kind::kKilled) {
    AwaitFlush();
    absences_.push_back({clock_.WallMs(), 0});
    (void)rows_->Query(fmt::format("VACUUM INTO '{}'", directory_.File("killed.db")));
  }
  Serve(Act::kServeOnly);  // perhaps it is still read, perhaps not
  if (kind != Absence::Kind::kKilled) absences_.push_back({clock_.WallMs(), 0});
  is_watched_ = false;
  relay_.minutes().Miss();
  switch (kind) {
    case Absence::Kind::kStopped:
      return metering_.reset();
    case Absence::Kind::kKilled:
      metering_.reset();
      return ReplaceFile();
    case Absence::Kind::kCut:
    case Absence::Kind::kRedisRestarted:
      return Cut();
  }
}

void Simulation::Return(Absence::Kind kind) {
  absences_.back().end_ms = clock_.WallMs();
  switch (kind) {
    case Absence::Kind::kStopped:
    case Absence::Kind::kKilled:
      Start();
      break;
    case Absence::Kind::kCut:
      redis_.Connect().Must({"CONFIG", "SET", "port", std::to_string(redis_.port())});
      break;
    case Absence::Kind::kRedisRestarted:
      redis_.Stop(RedisServer::Data::kKept);
      redis_.Start();
      relay_.Reconnect(redis_.Connect());
      break;
  }
  AwaitBaseline();
}

// ---- The processor
// ------------------------------------------------------------------------------------------------

void Simulation::Start() {
  processor::RedisTarget target;
  target.url = processor::ParseRedisUrl(redis_.url()).value();
  // By a clock that jumps, every command would be hours old.
  target.timeouts.command_ms = target.timeouts.silence_ms = kForEverMs;
  metering_ = std::make_unique<Metering>(target, db_, clock_,
                                         MeteringOptions{.utc_offset_s = SimulatedRelay::kOffset,
                                                         .flush_interval_ms = 20,
                                                         .profile = "claude-relay-service"});
  rows_ = std::make_unique<DatabaseRows>(db_);
}

/// Nothing of the network reaches Redis any more; the relay comes through its socket.
void Simulation::Cut() {
  RedisClient client = redis_.Connect();
  client.Must({"CONFIG", "SET", "port", "0"});
  client.Must({"CLIENT", "KILL", "LADDR", fmt::format("127.0.0.1:{}", redis_.port())});
  Await("to be cut", [this] { return rows_->Value("SELECT connected FROM processor_status") == "0"; });
}

/// The file becomes what it was at the last flush before the kill.
void Simulation::ReplaceFile() {
  rows_.reset();
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(db_ + end);
  std::filesystem::rename(directory_.File("killed.db"), db_);
}

void Simulation::AwaitEvents(int events) {
  events_ += events;
  if (is_watched_) Await("events", [this] { return metering_->metrics().events >= events_; });
}

void Simulation::AwaitRead() {
  Await("readings", [this] { return UnreadHours().empty(); });
  unread_hours_.clear();
  relay_.minutes().Read(clock_.WallMs());
}

std::string Simulation::UnreadHours() const {
  std::string differences;
  for (const std::int64_t hour : unread_hours_) {
    const std::string where = fmt::format("bucket = {}", hour);
    UsageSums rows = rows_->SumView("api_key_usage_hour", where);
    rows.merge(rows_->SumView("account_usage_hour", where));
    differences += Differences(BucketSums{{hour, relay_.hours().at(hour)}}, {{hour, rows}});
  }
  return differences;
}

void Simulation::AwaitFlush() {
  const std::string sql = fmt::format("SELECT last_flush_ms >= {} FROM processor_status", clock_.WallMs());
  Await("a flush", [&] { return rows_->Value(sql) == "1"; });
}

/// Back for good: everything that was missed is in the rows.
void Simulation::AwaitBaseline() {
  const std::string sql = fmt::format(
      "SELECT connected AND baseline_read AND (SELECT count(*) FROM gaps) = {} FROM processor_status",
      absences_.size());
  Await("the baseline", [&] { return rows_->Value(sql) == "1"; });
  is_watched_ = true;
  events_ = metering_->metrics().events;
  AwaitRead();
}

void Simulation::Await(const std::string& what, const std::function<bool()>& condition) const {
  if (WaitFor(condition)) return;
  throw std::runtime_error(
      fmt::format("waited for {} in vain at {}\n{}", what, FormatRfc3339(clock_.WallMs()), UnreadHours()));
}

}  // namespace keymeter::testing
