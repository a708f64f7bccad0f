// Carries out each step of the hot path many times, over the recorded trace, and has callgrind count its
// instructions: prints "step times" for each, while callgrind writes a dump named by the step. Without
// callgrind it only runs. `check` beside this turns both into instructions a time and compares them.

#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>

#include <fmt/format.h>
#include <valgrind/callgrind.h>

#include "benchmarks/processor/hot_path/events.h"
#include "processor/metering/counter_value.h"
#include "processor/metering/event_matcher.h"
#include "processor/metering/meter.h"
#include "processor/redis/pubsub_reader.h"
#include "processor/redis/reply_reader.h"
#include "processor/source/read_commands.h"
#include "processor/storage/window_writer.h"
#include "schema/profile_loader.h"
#include "tests/support/counting_sink.h"
#include "tests/support/temp_dir.h"

namespace keymeter::hot_path {

namespace {

using namespace keymeter::processor;  // NOLINT(google-build-using-namespace)

constexpr std::int64_t kHour = 1795176000;
constexpr std::int64_t kNowMs = kHour * 1000 + 60'500;
constexpr std::size_t kSeries = 1000;

using Work = std::function<void()>;

/// Done once before, so that memory is there as it is after a minute. What `prepare` does is not counted.
void Count(
    const char* step, std::size_t times, const Work& work, const Work& prepare = [] {}) {
  prepare();
  work();
  prepare();
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_ZERO_STATS;
  work();
  CALLGRIND_DUMP_STATS_AT(step);
  CALLGRIND_STOP_INSTRUMENTATION;
  std::printf("%s %zu\n", step, times);
}

void Require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

void CountParsing(const Events& events) {
  constexpr std::size_t kPiece = std::size_t{64} * 1024;
  testing::CountingSink heard;
  PubSubReader reader(events.channels, heard);
  Require(!events.stream.empty() && !events.metered.empty(), "the trace raises no events");
  const auto feed = [&] {
    const std::string_view all = events.stream;
    for (std::size_t at = 0; at < all.size(); at += kPiece)
      Require(reader.Feed(all.substr(at, kPiece)).has_value(), "the stream is not the protocol");
  };
  feed();
  Count("parse", heard.messages, feed);
}

void CountMatching(const Events& events, const MeteringPlan& plan) {
  EventMatcher matcher(plan);
  std::size_t found = 0;
  Count("drop", events.dropped.size(), [&] {
    for (const std::string& key : events.dropped)
      found += matcher.Find(key).what == EventMatcher::What::kNothing ? 0 : 1;
  });
  Require(found == 0, "a dropped key is one of ours");
  Count("match", events.metered.size(), [&] {
    for (const std::string& key : events.metered)
      found += matcher.NaiveHour(matcher.Find(key).parts).has_value() ? 1 : 0;
  });
  Require(found == 2 * events.metered.size(), "a metered key is not one of ours");
}

/// kSeries series with a counter each, read once.
class Metering {
 public:
  explicit Metering(const MeteringPlan& plan) : commands_(plan.counters()), spec_(plan.counters().front()) {
    for (std::size_t i = 0; i < kSeries; ++i)
      ids_.push_back(fmt::format("5e812359-e969-4a6d-a0a6-{:012}", i));
    commands_.SetOffset(0);
    meter_.BeginSession(kNowMs);
    meter_.CompleteBaseline();
  }

  void CountReading() {
    Count(
        "mark", 2 * kSeries,
        [this] {  // the first of both also puts it on the list of those to read
          Mark();
          Mark();
        },
        [this] { dirty_ = meter_.TakeDirty(kSeries); });
    dirty_ = meter_.TakeDirty(kSeries);
    Count("ask", kSeries, [this] { Ask(); });
    MakeReplies();
    Count("reply", kSeries, [this] { TakeReplies(); });
    Count(
        "judge", kSeries, [this] { Judge(); },
        [this] {
          Mark();
          dirty_ = meter_.TakeDirty(kSeries);
        });
  }

  void CountWriting(WindowWriter& writer) {
    const auto write = [&] { Require(writer.Write(batch_).has_value(), "cannot write"); };
    Drain();
    write();  // the series
    Count(
        "drain", kSeries, [this] { Drain(); }, [this] { Grow(); });
    Count("flush", kSeries, write, [this] {
      Grow();
      Drain();
    });
    Count(
        "roll_up", kSeries,
        [&] { Require(writer.RollUp(now_ms_ / 1000 + kMinuteSeconds).has_value(), "cannot roll up"); },
        [&] {
          now_ms_ += kMinuteSeconds * 1000;
          Grow();
          Drain();
          write();
        });
  }

 private:
  void Mark() {
    for (const std::string& id : ids_) meter_.OnGrowth(spec_.kind, id, "gpt-5", kHour, now_ms_);
  }
  void Grow() {
    Mark();
    dirty_ = meter_.TakeDirty(kSeries);
    Judge();
  }
  void Drain() {
    batch_ = {};
    meter_.Drain(batch_);
  }
  void Ask() {
    asked_.clear();
    for (const CounterIndex index : dirty_) {
      const Counter& counter = meter_.counters()[index];
      commands_.Append(asked_, spec_, meter_.registry()[counter.series], counter.hour);
    }
  }
  void MakeReplies() {
    for (std::size_t i = 0; i < kSeries; ++i) {
      replies_ += fmt::format("*{}\r\n", spec_.fields.size());
      for (std::size_t field = 0; field < spec_.fields.size(); ++field) {
        const std::string value = fmt::format("{}", 100'000 * (field + 1) + i);
        replies_ += fmt::format("${}\r\n{}\r\n", value.size(), value);
      }
    }
  }
  void TakeReplies() {
    values_.clear();
    reader_.Feed(replies_);
    while (true) {
      const auto reply = reader_.Next();
      Require(reply.has_value(), "the replies are not the protocol");
      if (*reply == nullptr) break;
      held_.push_back(*reply);
    }
    reader_.WipeTaken();
    for (const Reply* reply : held_) {  // only once all of them are there, as CommandClient has it
      Amounts& amounts = values_.emplace_back();
      for (std::size_t i = 0; i < spec_.fields.size(); ++i)
        amounts[spec_.fields[i].first] = ParseCounterValue(TextOf(*reply->element[i])).value_or(0);
    }
    held_.clear();
    reader_.Release();
    Require(values_.size() == kSeries, "a reply is missing");
  }
  /// Each counter has grown by one request since it was last judged.
  void Judge() {
    ++requests_;
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
      CounterRead read = meter_.BeginRead(dirty_[i], now_ms_);
      read.received_ms = now_ms_;
      read.is_usable = true;
      read.values = values_[i];
      read.values[Metric::kRequests] += requests_;
      meter_.FinishRead(read);
    }
  }

  Meter meter_;
  ReadCommands commands_;
  const CounterSpec& spec_;
  std::vector<std::string> ids_;
  std::vector<CounterIndex> dirty_;
  std::string asked_;
  std::string replies_;
  ReplyReader reader_;
  std::vector<const Reply*> held_;
  std::vector<Amounts> values_;
  std::int64_t requests_ = 0;
  std::int64_t now_ms_ = kNowMs;
  WriteBatch batch_;
};

}  // namespace

void Run() {
  const Events events = EventsOfTrace();
  const MeteringPlan plan =
      MeteringPlan::Make(LoadProfiles("claude-relay-service").value(), {}, 0, 0).value();
  CountParsing(events);
  CountMatching(events, plan);
  Metering metering(plan);
  metering.CountReading();
  const testing::TempDir directory;
  auto writer = WindowWriter::Open(directory.File("keymeter.db"));
  Require(writer.has_value(), "cannot open a file");
  metering.CountWriting(*writer);
}

}  // namespace keymeter::hot_path

int main() {
  try {
    keymeter::hot_path::Run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hot_path: %s\n", error.what());
    return 2;
  }
}
