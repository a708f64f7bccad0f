#include "processor/source/counter_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "processor/metering/counter_value.h"
#include "processor/metering/growth.h"
#include "processor/redis/reply_shapes.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kTickMs = 100;
constexpr std::int64_t kTransitMs = 100;
constexpr std::int64_t kMinuteMs = kMinuteSeconds * 1000;
constexpr std::int64_t kRestMs = 50'000;
constexpr std::size_t kMostResting = 10'000;
constexpr std::size_t kMostDirty = 2000;  ///< in one round: a millisecond or two to ask, and to judge

std::string HourText(std::int64_t hour) {
  return hour == kNoPeriod ? "none" : FormatRfc3339(hour * 1000);
}

}  // namespace

CounterReader::CounterReader(const EventLoop& loop, const Clock& clock, const MeteringPlan& plan,
                             RedisLink& link, DataSetWatch& data_set, LoadPacer& pacer, Meter& meter,
                             LeftOut& left_out, SkippedValues& skipped, Handler handler)
    : clock_(clock),
      plan_(plan),
      link_(link),
      data_set_(data_set),
      pacer_(pacer),
      meter_(meter),
      left_out_(left_out),
      skipped_(skipped),
      handler_(std::move(handler)),
      tick_(loop, [this] { StartRound(); }),
      paced_tick_(loop, [this] { StartRound(); }),
      commands_(plan.counters()) {}

void CounterReader::OnDirty() {
  if (!round_.empty() || tick_.IsPending()) return;
  // A minute's last events are read as soon as it ends, so that next to nothing of the next one is among
  // them.
  const std::int64_t to_minutes_end = kMinuteMs - clock_.WallMs() % kMinuteMs;
  tick_.StartIn(std::min(kTickMs, to_minutes_end));
}

void CounterReader::AddBacklog(CounterIndex index) {
  backlog_.push_back(index);
  ++backlog_added_;
  if (round_.empty() && !paced_tick_.IsPending()) paced_tick_.StartIn(pacer_.WaitMs(SteadyUs()));
}

void CounterReader::ReadNow() {
  if (round_.empty()) tick_.StartIn(0);
}

void CounterReader::Reset() {
  tick_.Stop();
  paced_tick_.Stop();
  backlog_.clear();
  round_.clear();
  round_has_backlog_ = false;
  ++round_number_;
}

void CounterReader::StartRound() {
  // An event that waits in the socket is of growth that this round reads: taken later it would seem to
  // announce the next one.
  link_.TakeWaitingEvents();
  if (!round_.empty() || !link_.IsReady()) return;
  round_asked_ms_ = clock_.WallMs();
  round_commands_.clear();
  const auto take = [&](CounterIndex index) {
    const Counter& counter = meter_.counters()[index];
    if (counter.is_being_read || !counter.in_use) return;
    const CounterSpec* spec = SpecOf(counter);
    if (spec == nullptr || (!resting_.empty() && IsResting(counter))) return meter_.PassOver(index);
    commands_.Append(round_commands_, *spec, meter_.registry()[counter.series], counter.hour);
    round_.push_back(meter_.BeginRead(index, round_asked_ms_));
  };
  for (CounterIndex index : meter_.TakeDirty(kMostDirty)) take(index);
  round_took_all_ = meter_.counters().dirty_count() == 0;
  round_sent_us_ = SteadyUs();
  const std::size_t dirty = round_.size();
  round_has_backlog_ = !backlog_.empty() && pacer_.WaitMs(round_sent_us_) == 0;
  for (std::size_t i = round_has_backlog_ ? pacer_.BatchSize() : 0; i > 0 && !backlog_.empty(); --i) {
    take(backlog_.front());
    backlog_.pop_front();
  }
  round_paced_ = round_.size() - dirty;
  if (round_.empty()) return GoOnWithBacklog();
  const CommandClient::OneBatch batch(link_.commands());  // with the look behind it
  link_.commands().Pipeline(
      round_commands_, round_.size(),
      [this, number = round_number_](std::size_t i, const Reply& reply) { OnReply(number, i, reply); },
      [this, number = round_number_](std::size_t i, const Reply& reply) {
        return number == round_number_ ? CheckValues(reply, SpecOf(round_[i])->fields.size()) : Status();
      });
  data_set_.Look([this, number = round_number_](DataSetChange change) {
    if (number == round_number_) OnRoundRead(change);
  });
}

const CounterSpec* CounterReader::SpecOf(const CounterRead& read) const {
  return SpecOf(meter_.counters()[read.index]);
}

const CounterSpec* CounterReader::SpecOf(const Counter& counter) const {
  return plan_.Find(meter_.registry()[counter.series].kind, counter.hour);
}

void CounterReader::OnReply(std::uint64_t round_number, std::size_t index, const Reply& reply) {
  if (round_number != round_number_) return;
  CounterRead& read = round_[index];
  read.received_ms = clock_.WallMs();
  TakeValues(read, reply);
}

/// Every reading of the round is there, and the look at the data set behind them.
void CounterReader::OnRoundRead(DataSetChange change) {
  pacer_.OnAnswered(round_sent_us_, SteadyUs(), round_.size(), round_paced_);
  // Some of the readings may be of the data before: the handler makes them void, or ends the session.
  if (change != DataSetChange::kNone) handler_.on_data_set_changed(change);
  if (!link_.IsReady()) return;
  link_.Fence([this, number = round_number_] {
    if (number == round_number_) FinishRound();
  });
}

void CounterReader::TakeValues(CounterRead& read, const Reply& reply) {
  const Counter& counter = meter_.counters()[read.index];
  const CounterSpec& spec = *SpecOf(counter);
  if (IsError(reply)) return SkipValue(counter, "the whole hash", TextOf(reply));
  const bool is_gone = std::all_of(reply.element, reply.element + reply.elements,
                                   [](const Reply* value) { return value->type == REDIS_REPLY_NIL; });
  // The relay keeps it no longer: that says nothing of what it counted.
  if (is_gone && spec.HasExpired(counter.hour, meter_.ReachedMs(clock_))) return;
  read.is_usable = true;
  bool is_whole = true;
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    const auto& [metric, field] = spec.fields[i];
    const Reply& value = *reply.element[i];
    if (value.type == REDIS_REPLY_NIL) continue;  // no such field (yet)
    if (const auto number = ParseCounterValue(TextOf(value))) {
      read.values[metric] = *number;
    } else {
      read.values[metric] = counter.end == End::kWhole ? 0 : counter.reading[metric];
      SkipValue(counter, field, TextOf(value));
      if (IsTooLong(value)) LeaveOut(counter);
      is_whole = false;
    }
  }
  if (!is_whole) return;
  skipped_.OnReadWell(counter.series, Level::kHour, counter.hour);
  if (!resting_.empty()) ForgetLeftOut(counter);
}

/// Its other values are metered; but so large an answer is not asked for at each event.
void CounterReader::LeaveOut(const Counter& counter) {
  if (resting_.size() >= kMostResting) resting_.erase(resting_.begin());  // of the oldest hour
  resting_[{counter.hour, counter.series}] = {clock_.MonotonicMs() + kRestMs, false};
  left_out_.Add(LeftOut::Kind::kCounter, NameOf(counter), "one of its values is longer than 1 MB",
                "its others are read once a minute");
}

void CounterReader::ForgetLeftOut(const Counter& counter) {
  if (resting_.erase({counter.hour, counter.series}) == 0) return;
  left_out_.Remove(LeftOut::Kind::kCounter, NameOf(counter));
}

bool CounterReader::IsResting(const Counter& counter) {
  const auto found = resting_.find({counter.hour, counter.series});
  if (found == resting_.end() || clock_.MonotonicMs() >= found->second.until_ms) return false;
  found->second.is_awaited = true;
  return true;
}

/// Nothing else may ask for them again: their event has been taken, and their hour may be over.
void CounterReader::OnSecond() {
  for (auto& [counter, rest] : resting_) {
    if (clock_.MonotonicMs() < rest.until_ms || !std::exchange(rest.is_awaited, false)) continue;
    meter_.ReadAfterAll(counter.second, counter.first);
    OnDirty();
  }
}

std::string CounterReader::NameOf(const Counter& counter) const {
  const Series& series = meter_.registry()[counter.series];
  return fmt::format("{} {} {} {}", EntityKindName(series.kind), series.entity, series.model,
                     HourText(counter.hour));
}

void CounterReader::SkipValue(const Counter& counter, std::string_view what, std::string_view text) {
  skipped_.Add(counter.series, Level::kHour, counter.hour, what, text);
}

void CounterReader::FinishRound() {
  // Out of the member first: judging may mark further counters, which looks whether a round is under way.
  const std::vector<CounterRead> round = std::exchange(round_, {});
  ++round_number_;
  for (const CounterRead& read : round) {
    meter_.FinishRead(read);
    if (read.first_event_ms > 0)
      longest_delay_ms_ = std::max(longest_delay_ms_, read.received_ms - read.first_event_ms);
  }
  readings_ += static_cast<std::int64_t>(round.size());
  // Less what an event may have been on its way when the round began.
  if (round_took_all_) meter_.CoverUntil(round_asked_ms_ - kTransitMs);
  GoOnWithBacklog();
  if (meter_.counters().dirty_count() > kMostDirty) {
    tick_.StartIn(0);
  } else if (meter_.counters().dirty_count() > 0) {
    OnDirty();
  }
}

void CounterReader::GoOnWithBacklog() {
  if (backlog_.empty() && std::exchange(round_has_backlog_, false)) handler_.on_backlog_read();
  if (!backlog_.empty()) paced_tick_.StartIn(pacer_.WaitMs(SteadyUs()));
}

std::int64_t CounterReader::TakeLongestDelayMs() {
  return std::exchange(longest_delay_ms_, 0);
}

}  // namespace keymeter::processor
