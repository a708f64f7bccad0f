#include "benchmarks/relay_load/load_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "benchmarks/relay_load/demo_commands.h"
#include "benchmarks/relay_load/entity_commands.h"
#include "benchmarks/relay_load/relay_commands.h"
#include "benchmarks/relay_load/week_shape.h"
#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
// Enough that Redis never waits for us, little enough that a stop is quick.
constexpr std::size_t kCommandsInFlight = 4096;
constexpr std::int64_t kHourSeconds = 3600;
// An account is counted some milliseconds after its key: history must not spill into the next hour unasked.
constexpr std::int64_t kHistoryMarginMs = 1000;
constexpr std::int64_t kDaySeconds = 86'400;
// Live requests of a demo before its reset, a minute of them: by then keymeter was started twice and has read
// its baseline, also where that is slow. What was reset before it would be no adjustment.
constexpr std::uint64_t kResetAfter = 240;

std::int64_t SystemMs() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

LoadRun::LoadRun(const Options& options, const Population& population, RedisPipe& pipe,
                 const volatile std::sig_atomic_t& stop)
    : options_(options),
      population_(population),
      pipe_(pipe),
      stop_(stop),
      clock_shift_ms_(options.at_ms ? *options.at_ms - SystemMs() : 0),
      is_progress_shown_(isatty(STDERR_FILENO) == 1),
      writer_(options.absolute ? Counting::kAbsolute : Counting::kIncrement),
      traffic_(population, options.skew, options.seed),
      history_times_(options.seed + 1),
      tally_(options.age) {}

Status LoadRun::Run() {
  for (const auto step : {&LoadRun::WriteEntities, &LoadRun::WriteHistory, &LoadRun::WriteLive}) {
    RETURN_IF_ERROR((this->*step)());
  }
  return {};
}

Status LoadRun::WriteEntities() {
  if (!options_.entities) return {};
  AppendEntities(writer_, population_, options_.age);
  Status sent = SendAll();
  return sent ? pipe_.Drain() : sent;
}

Status LoadRun::WriteHistory() {
  const std::int64_t this_hour = HourStart(NowMs());
  for (std::int64_t ago = options_.history_hours; ago > 0 && stop_ == 0; --ago) {
    RETURN_IF_ERROR(WriteHistoryHour(this_hour - ago * kHourSeconds, ago));
  }
  writer_.SetAge(0);
  if (options_.demo) RETURN_IF_ERROR(WriteDemoState());
  Status drained = pipe_.Drain();
  if (drained && options_.history_hours > 0) {
    fmt::print(stderr, "relay_load: history written, {} requests in {} hours\n", history_requests_,
               options_.history_hours);
  }
  return drained;
}

Status LoadRun::WriteHistoryHour(std::int64_t hour_start, std::int64_t hours_ago) {
  std::vector<std::int64_t> times;
  std::int64_t requests = options_.history_requests_per_hour;
  BusyPart busy;
  if (options_.demo) {
    requests = WeekShape(requests, options_.utc_offset_seconds).Requests(hour_start, hours_ago);
    busy = WeekShape::BusyPartOf(hours_ago);
  }
  for (std::int64_t i = 0; i < requests; ++i) {
    times.push_back(hour_start * 1000 + history_times_.Between(busy.from_ms, busy.to_ms - kHistoryMarginMs));
  }
  std::ranges::sort(times);
  for (const std::int64_t at_ms : times) {
    if (stop_ != 0) return {};
    writer_.SetAge((NowMs() - at_ms) / 1000);
    RETURN_IF_ERROR(WriteRequest(traffic_.Next(at_ms)));
    ++history_requests_;
    ShowProgress(Monotonic(), false);
  }
  return {};
}

Status LoadRun::WriteDemoState() {
  const std::int64_t local = NowMs() / 1000 + options_.utc_offset_seconds;
  AppendTroubles(writer_, population_, NowMs());
  if (!population_.accounts.empty()) AppendBalance(writer_, population_.accounts.front(), NowMs());
  near_limits_ =
      NearLimits(population_, tally_, local / kDaySeconds * kDaySeconds - options_.utc_offset_seconds);
  for (std::size_t i = 0; i < near_limits_.size(); ++i)
    AppendLimit(writer_, population_.keys[i], near_limits_[i]);
  return SendAll();
}

void LoadRun::AppendDemoEvent(const Request& request, std::uint64_t number) {
  const auto key = static_cast<std::size_t>(request.key - population_.keys.data());
  if (key < near_limits_.size()) AppendLimit(writer_, *request.key, near_limits_[key]);
  if (number == kResetAfter) AppendReset(writer_, request, options_.utc_offset_seconds);
}

Status LoadRun::WriteLive() {
  if (!options_.live) return {};
  live_began_ = Monotonic();
  const double ns_between = options_.rps > 0 ? static_cast<double>(kNsPerSecond) / options_.rps : 0;
  for (;;) {
    const auto due = live_began_ + static_cast<MonotonicNs>(ns_between * static_cast<double>(live_requests_));
    RETURN_IF_ERROR(WaitUntil(due));
    const MonotonicNs now = Monotonic();
    if (IsDone(now)) break;
    const Request request = traffic_.Next(NowMs());
    RETURN_IF_ERROR(WriteRequest(request));
    ++live_requests_;
    if (options_.demo) {
      AppendDemoEvent(request, live_requests_);
      RETURN_IF_ERROR(SendAll());
    }
    ShowProgress(now, false);
  }
  Status drained = pipe_.Drain();
  live_took_ = Monotonic() - live_began_;
  ShowProgress(Monotonic(), true);
  return drained;
}

Status LoadRun::WriteRequest(const Request& request) {
  AppendRequest(writer_, request, options_.utc_offset_seconds, population_.secret_mark, options_.age);
  tally_.Add(request);
  const bool is_paced = live_began_ != 0 && options_.rps > 0;
  return is_paced ? SendInParts() : SendAll();
}

Status LoadRun::SendAll() {
  commands_ += writer_.Commands();
  Status sent = pipe_.Send(writer_.Bytes(), writer_.Commands(), kCommandsInFlight);
  writer_.Clear();
  return sent;
}

Status LoadRun::SendInParts() {
  commands_ += writer_.Commands();
  std::string_view rest = writer_.Bytes();
  for (const RespWriter::Part& part : writer_.Parts()) {
    RETURN_IF_ERROR(pipe_.Send(rest.substr(0, part.bytes), part.commands, kCommandsInFlight));
    rest.remove_prefix(part.bytes);
  }
  writer_.Clear();
  return {};
}

Status LoadRun::WaitUntil(MonotonicNs due) {
  constexpr MonotonicNs kLongestNap = kNsPerSecond / 20;  // so that a signal and the end are noticed
  for (MonotonicNs now = Monotonic(); now < due && !IsDone(now); now = Monotonic()) {
    if (due - now > kNsPerSecond / 1000) {  // idle long enough to read what has been answered
      RETURN_IF_ERROR(pipe_.Drain());
      now = Monotonic();
    }
    if (due <= now) break;
    const MonotonicNs nap = std::min(due - now, kLongestNap);
    const timespec duration{nap / kNsPerSecond, nap % kNsPerSecond};
    nanosleep(&duration, nullptr);
    ShowProgress(Monotonic(), false);
  }
  return {};
}

bool LoadRun::IsDone(MonotonicNs now) const {
  if (stop_ != 0) return true;
  if (options_.requests > 0 && live_requests_ >= options_.requests) return true;
  return options_.seconds > 0 && static_cast<double>(now - live_began_) >= options_.seconds * 1e9;
}

void LoadRun::ShowProgress(MonotonicNs now, bool is_last) {
  if (!is_progress_shown_ || (!is_last && now - progress_shown_at_ < kNsPerSecond)) return;
  const std::uint64_t requests = history_requests_ + live_requests_;
  const double seconds = static_cast<double>(now - progress_shown_at_) / 1e9;
  const double rate =
      progress_shown_at_ == 0 ? 0 : static_cast<double>(requests - progress_requests_) / seconds;
  fmt::print(stderr, "\r{} requests, {} commands, {:.0f} requests/s   {}", requests, commands_, rate,
             is_last ? "\n" : "");
  std::fflush(stderr);
  progress_shown_at_ = now;
  progress_requests_ = requests;
}

nlohmann::ordered_json LoadRun::Report() const {
  nlohmann::ordered_json report{{"requests", tally_.Requests()},
                                {"history_requests", history_requests_},
                                {"live_requests", live_requests_},
                                {"commands", commands_},
                                {"seconds", static_cast<double>(live_took_) / 1e9},
                                {"utc_offset_seconds", options_.utc_offset_seconds}};
  report.update(ToJson(tally_));
  return report;
}

std::int64_t LoadRun::NowMs() const {
  return SystemMs() + clock_shift_ms_;
}

LoadRun::MonotonicNs LoadRun::Monotonic() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace keymeter::relay_load
