#include "tests/integration/faults/world.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "schema/civil_time.h"
#include "tests/support/relay/calendar.h"
#include "tests/support/test_hooks.h"

namespace keymeter::testing {

namespace {

constexpr std::int64_t kSpeed = KEYMETER_FAULT_CLOCK_SPEED;  ///< 60: an hour is a minute
constexpr std::size_t kLogTail = 6000;
/// On the program's clock: half a second of ours, or a little more.
constexpr const char* kTimeout = "30s";

/// A start takes less, unless it is frozen.
constexpr Milliseconds kStart{2000};

/// The program looks at its clock once a second.
constexpr Milliseconds kNoticeOfClock{2500};

/// A relay whose Redis hangs tries little.
constexpr Milliseconds kLongestDwell{2500};

/// Somewhere before the edge of an hour, a day or a month of the relay, so that some schedules pass it.
std::int64_t AnyStart(relay_load::Random& random) {
  const char* const edges[] = {"2026-11-20T15:00:00+08:00", "2026-11-21T00:00:00+08:00",
                               "2026-12-01T00:00:00+08:00"};
  const std::int64_t edge_ms = relay_load::ParseTime(edges[random.Between(0, 2)]).value();
  return edge_ms - random.Between(0, 1800) * 1000;
}

/// The clock of one of those who take part: it can be set.
FastClock::Start ClockWithFile(FastClock::Start start, std::string file) {
  start.shift_file = std::move(file);
  return start;
}

std::vector<std::string> AnyRedis(relay_load::Random& random) {
  std::vector<std::string> arguments = {"--repl-diskless-sync-delay", "0", "--rdbcompression", "no"};
  if (random.Chance(50)) arguments.insert(arguments.end(), {"--appendonly", "yes", "--appendfsync", "no"});
  return arguments;
}

std::string TailOf(const std::string& text) {
  return text.size() > kLogTail ? "…" + text.substr(text.size() - kLogTail) : text;
}

}  // namespace

World::World(std::uint64_t seed, StartState start)
    : start_(start),
      random_(seed),
      clock_start_(FastClock::StartAt(AnyStart(random_), kSpeed)),
      relay_clock_(ClockWithFile(clock_start_, directory_.File("relay_clock"))),
      program_clock_start_(ClockWithFile(clock_start_, directory_.File("program_clock"))),
      program_clock_(program_clock_start_),
      clock_run_from_ms_(program_clock_.WallMs()),
      redis_arguments_(AnyRedis(random_)),
      redis_(std::make_unique<RedisServer>(RedisServer::Options{.arguments = redis_arguments_})),
      proxy_(std::make_unique<FaultProxy>(redis_->port())) {
  std::signal(SIGPIPE, SIG_IGN);  // of a Redis that was killed
  Say(fmt::format("{}, Redis with{}", FormatRfc3339(relay_clock_.WallMs()),
                  redis_arguments_.size() > 4 ? " an append-only file" : "out one"));
  const std::uint64_t draws_of_relay = random_.Next();
  const auto past = start_ == StartState::kUsual ? std::vector<PastUsage>{} : BeginWithoutOffset();
  relay_ = std::make_unique<RelayWriter>(redis_->SocketPath(), relay_clock_, draws_of_relay);
  const auto hold = relay_->Hold();
  for (const PastUsage& usage : past) relay_->Note(usage.series, usage.amounts, usage.at_ms);
  KeepAlive();
}

/// The program has looked at what there is before the relay's traffic begins, which alone shows the offset.
std::vector<PastUsage> World::BeginWithoutOffset() {
  std::vector<PastUsage> past;
  RedisClient redis = redis_->Connect();
  std::string sign = "msg=\"UTC offset unknown\"";
  if (start_ == StartState::kWrongOffset) {
    const std::int64_t wrong_s = WriteMisleadingPast(redis, relay_clock_.WallMs(), random_, past);
    sign = "msg=\"UTC offset found\" utc_offset=" + FormatUtcOffset(wrong_s);
  } else {
    WriteSilentPast(redis, relay_clock_.WallMs(), random_, past);
  }
  if (!Await(kPatience, [&] { return process().StandardError().find(sign) != std::string::npos; }))
    throw std::runtime_error("the program did not say: " + sign);
  Say(sign);
  return past;
}

RedisServer& World::OtherRedis() {
  if (!other_redis_)
    other_redis_ = std::make_unique<RedisServer>(RedisServer::Options{.arguments = redis_arguments_});
  return *other_redis_;
}

void World::SwapRedis() {
  std::swap(redis_, other_redis_);
  relay_->Retarget(redis_->SocketPath());
  proxy_->Retarget(redis_->port());
}

void World::SetRelayClock(std::int64_t by_days) {
  relay_clock_.SetByMs(by_days * kDaySeconds * 1000);
}

void World::SetProgramClock(std::int64_t by_days) {
  clock_notices_before_ = IsAlive() ? ClockNotices() : 0;
  const std::int64_t by_ms = by_days * kDaySeconds * 1000;
  const std::int64_t before_ms = program_clock_.WallMs();
  program_clock_.SetByMs(by_ms);
  ended_clock_runs_.push_back({clock_run_from_ms_, program_clock_.WallMs() - by_ms});
  clock_run_from_ms_ = before_ms + by_ms;
}

void World::AwaitNoticeOfClock() {
  if (!IsAlive()) return;
  const pid_t pid = process().pid();
  (void)Await(kNoticeOfClock,
              [&] { return !IsAlive() || process().pid() != pid || ClockNotices() > clock_notices_before_; });
}

std::ptrdiff_t World::ClockNotices() {
  return std::ranges::count_if(process().Lines(), [](const std::string& line) {
    return line.find("msg=\"the wall clock was set\"") != std::string::npos;
  });
}

std::vector<ClockRun> World::ProgramClockRuns() const {
  std::vector<ClockRun> runs = ended_clock_runs_;
  runs.push_back({clock_run_from_ms_, program_clock_.WallMs()});
  return runs;
}

bool World::IsAlive() {
  return program_ && program_->process().IsRunning();
}

void World::Kill() {
  if (program_) program_->process().Kill();
}

void World::Terminate() {
  if (!IsAlive()) return;
  process().Signal(SIGTERM);
  if (!process().Wait()) throw std::runtime_error("the program does not stop");
}

/// One that is kept down has ended already: judged by what was tolerated then. A start that met the fault
/// ends a moment after it.
void World::TolerateFailure(bool is_tolerated) {
  const auto has_opened = [this] {
    return IsAlive() && process().StandardError().find("msg=\"opened\"") != std::string::npos;
  };
  if (!is_tolerated) Await(kStart, [&] { return is_kept_down_ || has_opened(); });
  if (!IsAlive()) Bury();
  is_failure_tolerated_ = is_tolerated;
}

void World::KeepAlive() {
  if (is_kept_down_ || IsAlive()) return;
  Bury();
  Variables environment = {{kClockVariable, ClockText(program_clock_start_)}};
  if (!crash_at_.empty()) environment[kCrashVariable] = std::exchange(crash_at_, "");
  program_ = std::make_unique<Program>(
      "process",
      std::vector<std::string>{"--redis", fmt::format("redis://127.0.0.1:{}", proxy_->port()), "--db", Db(),
                               "--flush-interval", "200ms", "--audit-interval", "1m", "--utc-offset",
                               start_ == StartState::kUsual ? "+08:00" : "auto", "--redis-connect-timeout",
                               kTimeout, "--redis-command-timeout", kTimeout, "--redis-silence-timeout",
                               kTimeout},
      environment);
}

/// Killed, at a crash point or otherwise; or told to stop, maybe before it could listen to that.
bool World::MayEndSo(std::optional<int> exit_code) const {
  return exit_code == 0 || exit_code == 128 + SIGTERM || exit_code == 128 + SIGKILL ||
         (exit_code == 1 && is_failure_tolerated_);
}

void World::Bury() {
  if (!program_) return;
  const auto exit_code = process().Wait();
  if (exit_code == 128 + SIGKILL) ++kills_;
  logs_ =
      TailOf(fmt::format("{}{}---- ended: {}\n", logs_, process().StandardError(), exit_code.value_or(-1)));
  program_.reset();
  if (!MayEndSo(exit_code)) throw std::runtime_error("the program ended by itself");
}

bool World::IsMetering() {
  if (!IsAlive()) return false;
  bool is_metering = false;
  for (const std::string& line : process().Lines()) {
    if (line.find("msg=\"baseline read\"") != std::string::npos) is_metering = true;
    if (line.find("msg=\"disconnected\"") != std::string::npos) is_metering = false;
  }
  return is_metering;
}

void World::Dwell(std::int64_t requests) {
  const std::int64_t until = relay_->attempts() + requests;
  Await(kLongestDwell, [&] { return relay_->attempts() >= until; });
}

bool World::Await(Milliseconds at_most, const std::function<bool()>& condition) {
  return WaitFor(at_most, [&] {
    KeepAlive();
    return condition();
  });
}

void World::Say(const std::string& what) {
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begin_;
  story_ += fmt::format("  {:6.3f} s  {}  {}\n", since.count(), FormatRfc3339(relay_clock_.WallMs()), what);
}

std::string World::Story() {
  return fmt::format("steps:\n{}log:\n{}{}", story_, TailOf(logs_),
                     program_ ? TailOf(process().StandardError()) : "");
}

}  // namespace keymeter::testing
