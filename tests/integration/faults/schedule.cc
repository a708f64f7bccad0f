#include "tests/integration/faults/schedule.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/integration/faults/invariants.h"

namespace keymeter::testing {

namespace {

constexpr Milliseconds kRecovery{1500};
constexpr const char* kOffset = "SELECT utc_offset_s FROM processor_status";

}  // namespace

const char* FaultKindName(FaultKind kind) {
  switch (kind) {
    case FaultKind::kNetwork:
      return "network";
    case FaultKind::kRedis:
      return "redis";
    case FaultKind::kData:
      return "data";
    case FaultKind::kProgram:
      return "program";
    case FaultKind::kFile:
      return "file";
    case FaultKind::kClock:
      return "clock";
  }
  return "";
}

std::vector<Fault> AllFaults() {
  std::vector<Fault> all;
  for (const auto faults : {NetworkFaults(), RedisFaults(), DataFaults(), RelayFaults(), ProgramFaults(),
                            FileFaults(), ClockFaults()})
    all.insert(all.end(), faults.begin(), faults.end());
  return all;
}

namespace {

const Fault& FaultOfName(const std::vector<Fault>& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [name](const Fault& fault) { return fault.name == name; });
  if (found == all.end()) throw std::runtime_error(fmt::format("no such fault: {}", name));
  return *found;
}

}  // namespace

Schedule::Result Schedule::Play(const WrittenSchedule& written) {
  const std::vector<Fault> all = AllFaults();
  Guard([&] {
    AwaitFirstReading();
    for (const WrittenStep& step : written.steps) {
      world_.Dwell(step.dwell_before);
      world_.DrawFrom(step.draws);
      Begin(FaultOfName(all, step.fault));
      world_.Dwell(step.dwell_after);
      if (step.then == WrittenStep::Then::kOnTop) continue;
      EndAll();
      if (step.then == WrittenStep::Then::kRecover) Recover();
    }
    EndAll();
    world_.DrawFrom(written.draws_of_end);
    (void)Check();
  });
  return TakeResult();
}

Schedule::Result Schedule::Run(int steps, std::string_view first) {
  relay_load::Random& random = world_.random();
  const std::vector<Fault> all = AllFaults();
  Guard([&] {
    AwaitFirstReading();
    for (int i = 0; i < steps; ++i) {
      const bool is_at_once = i == 0 && world_.start() != StartState::kUsual;
      world_.Dwell(random.Between(is_at_once ? 0 : 10, is_at_once ? 30 : 120));
      Begin(i == 0 && !first.empty() ? FaultOfName(all, first) : AnyOf(all, random));
      world_.Dwell(random.LogBetween(5, 400));
      if (random.Chance(35)) continue;  // the next one comes on top
      EndAll();
      if (random.Chance(70)) Recover();
    }
    EndAll();
    (void)Check();
  });
  return TakeResult();
}

void Schedule::Guard(const std::function<void()>& course) {
  try {
    course();
  } catch (const std::exception& broken) {
    result_.wrong += std::string("it broke off: ") + broken.what();
  }
}

Schedule::Result Schedule::TakeResult() {
  result_.story = world_.Story();
  if (!result_.wrong.empty())
    result_.wrong = fmt::format("seed {}\n{}\n{}", seed_, result_.wrong, result_.story);
  result_.kills = world_.kills();
  return result_;
}

void Schedule::Begin(const Fault& fault) {
  // What somebody does to Redis needs one that answers.
  const auto hinders = [&](const Running& other) {
    const auto is_redis = [](FaultKind kind) {
      return kind == FaultKind::kRedis || kind == FaultKind::kData;
    };
    return other.fault.kind == fault.kind || (is_redis(other.fault.kind) && is_redis(fault.kind));
  };
  if (std::any_of(running_.begin(), running_.end(), hinders)) EndAll();
  world_.Say(fault.name);
  ++result_.faults[fault.kind];
  auto end = fault.begin(world_);
  if (end) running_.push_back({fault, std::move(end)});
}

void Schedule::EndAll() {
  for (Running& running : std::exchange(running_, {})) {
    world_.Say(fmt::format("  over: {}", running.fault.name));
    running.end();
  }
}

void Schedule::Recover() {
  if (world_.Await(kRecovery, [&] { return world_.IsMetering(); })) return;
  world_.Say("started anew");
  world_.Kill();
  (void)world_.Await(kPatience, [&] { return world_.IsMetering(); });
}

/// Falls that nothing announced (FLUSHALL, RESTORE) are otherwise found by the next sweep only.
void Schedule::LookAgain() {
  switch (world_.random().Between(0, 2)) {
    case 0:
      return world_.proxy().CutNow(FaultProxy::Who::kBoth, FaultProxy::Cut::kReset);
    case 1:
      return world_.Kill();
    default:
      return world_.Terminate();
  }
}

bool Schedule::Check() {
  ShowOffset();
  const auto hold = world_.relay().Hold();
  world_.Say("traffic waits");
  LookAgain();
  RedisClient redis = world_.redis().Connect();
  (void)world_.Await(kPatience, [&] {
    return world_.IsMetering() && HourDifferences(DatabaseRows(world_.Db()), redis).empty();
  });
  world_.Say("settled");
  // The first audit of a life looks at all that the relay keeps.
  world_.Terminate();
  const std::string audits = Audits();
  if (!world_.Await(kPatience, [&] { return Audits() != audits; }))
    result_.wrong += "no audit came to its end\n";
  world_.Say("audited");
  // On the file that it leaves: what was still to be written would show.
  world_.Terminate();
  result_.wrong += WhatIsWrong();
  return result_.wrong.empty();
}

/// Of all that the relay keeps, days and months too. What is found later is listed as recovered.
/// Not where the offset is wrong: a few requests take it back, and the first fault may come before that.
void Schedule::AwaitFirstReading() {
  if (world_.start() != StartState::kUsual) return;
  (void)world_.Await(kPatience, [&] {
    return world_.IsMetering() &&
           DatabaseRows(world_.Db()).Value("SELECT history_due_from_ms <> 0 FROM source_state") == "1";
  });
}

/// Traffic alone shows it, under a clock that is right. All that came may be lost with Redis' data.
void Schedule::ShowOffset() {
  if (world_.start() == StartState::kUsual || KnowsOffset()) return;
  world_.Say("traffic shows the UTC offset");
  (void)world_.Await(kPatience, [&] { return world_.IsMetering() && KnowsOffset(); });
}

bool Schedule::KnowsOffset() {
  return DatabaseRows(world_.Db()).Value(kOffset) == std::to_string(kRelayOffset);
}

std::string Schedule::Audits() {
  return DatabaseRows(world_.Db()).Value("SELECT count(*) FROM audits");
}

std::string Schedule::WhatIsWrong() {
  const DatabaseRows rows(world_.Db());
  RedisClient redis = world_.redis().Connect();
  result_.adjustments = std::stoi(rows.Value("SELECT count(*) FROM adjustments"));
  result_.gaps = std::stoi(rows.Value("SELECT count(*) FROM gaps"));
  result_.hours = std::stoi(rows.Value("SELECT count(DISTINCT bucket) FROM api_key_usage_hour"));
  result_.drift = std::stoi(rows.Value("SELECT count(*) FROM drift"));
  const ImportedUsage imported(world_.BeganAtMs());
  std::string wrong = HourDifferences(rows, redis) +
                      DayDifferences(rows, RelayHours(redis), RelayDays(redis)) + Contradictions(rows) +
                      OverlapsOfGaps(rows, world_.ProgramClockRuns());
  wrong += ImportDifferences(rows, redis, imported);
  if (world_.start() == StartState::kUsual) wrong += NotRecovered(rows);
  if (!KnowsOffset()) wrong += fmt::format("the UTC offset is {}\n", rows.Value(kOffset));
  if (!world_.is_brought_back()) wrong += Surplus(rows, world_.relay().Written(), imported);
  return wrong;
}

}  // namespace keymeter::testing
