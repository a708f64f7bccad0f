#include "tests/integration/simulated_relay.h"

#include <stdexcept>

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

struct Field {
  Metric metric;
  const char* name;
};

// In the relay's order; the first four are written a little before the rest.
constexpr std::size_t kFirstFields = 4;
constexpr Field kFields[] = {
    {Metric::kInputTokens, "inputTokens"},
    {Metric::kOutputTokens, "outputTokens"},
    {Metric::kCacheCreateTokens, "cacheCreateTokens"},
    {Metric::kCacheReadTokens, "cacheReadTokens"},
    {Metric::kRequests, "requests"},
    {Metric::kEphemeral5mTokens, "ephemeral5mTokens"},
    {Metric::kEphemeral1hTokens, "ephemeral1hTokens"},
    {Metric::kRealCostMicros, "realCostMicro"},
    {Metric::kCostMicros, "ratedCostMicro"},
};

constexpr const char* kKeys[] = {"key-1", "key-2", "key-3"};
constexpr const char* kAccounts[] = {"acc-1", "acc-2"};
constexpr const char* kModels[] = {"gpt-5", "deepseek/deepseek-r1:free", "claude-opus-4-20250514"};

/// The names of one owner's counters at a moment.
struct Names {
  Names(const UsageId& id, std::int64_t at)
      : date(FormatDate(at, SimulatedRelay::kOffset)),
        hour(date + ":" + FormatHour(at, SimulatedRelay::kOffset)),
        month(FormatMonth(at, SimulatedRelay::kOffset)),
        is_key(id.kind == "api_key"),
        member(id.entity + ":" + id.model) {
    index = is_key ? "usage:keymodel:{}:index:{}" : "account_usage:model:{}:index:{}";
    counter = is_key ? fmt::format("usage:{}:model:{{}}:{}:{{}}", id.entity, id.model)
                     : fmt::format("account_usage:model:{{}}:{}:{}:{{}}", id.entity, id.model);
  }
  [[nodiscard]] std::string Counter(const char* period, const std::string& value) const {
    return fmt::format(fmt::runtime(counter), period, value);
  }
  [[nodiscard]] std::string Index(const char* period, const std::string& value) const {
    return fmt::format(fmt::runtime(index), period, value);
  }

  std::string date;
  std::string hour;
  std::string month;
  bool is_key;
  std::string member;
  std::string index;
  std::string counter;
};

}  // namespace

SimulatedRelay::SimulatedRelay(RedisClient redis, ManualClock& clock, std::uint32_t seed,
                               std::function<void(int)> await_events)
    : redis_(std::move(redis)), clock_(clock), random_(seed), await_events_(std::move(await_events)) {}

std::int64_t SimulatedRelay::Below(std::int64_t bound) {
  return static_cast<std::int64_t>(random_()) % bound;
}

void SimulatedRelay::Pass(std::int64_t ms) {
  clock_.AdvanceMs(ms);
  redis_.Must({"PING"});
}

Amounts SimulatedRelay::SomeAmounts() {
  Amounts amounts;
  amounts[Metric::kRequests] = 1;
  amounts[Metric::kInputTokens] = 1 + Below(5000);
  amounts[Metric::kOutputTokens] = 1 + Below(900);
  amounts[Metric::kCacheCreateTokens] = Below(2) * Below(3000);
  amounts[Metric::kCacheReadTokens] = Below(20'000);
  amounts[Metric::kEphemeral5mTokens] = amounts[Metric::kCacheCreateTokens] / 2;
  amounts[Metric::kEphemeral1hTokens] = amounts[Metric::kCacheCreateTokens] / 3;
  amounts[Metric::kRealCostMicros] = Below(4) * Below(50'000);
  amounts[Metric::kCostMicros] = amounts[Metric::kRealCostMicros] * 2;
  return amounts;
}

void SimulatedRelay::Serve() {
  for (std::int64_t requests = 1 + Below(2); requests > 0; --requests) {
    Amounts amounts = SomeAmounts();
    const std::string model = kModels[Below(std::size(kModels))];
    ServeOwner({"api_key", kKeys[Below(std::size(kKeys))], model}, amounts);
    Pass(1 + Below(6));
    amounts[Metric::kCostMicros] = amounts[Metric::kRealCostMicros] = 0;
    ServeOwner({"account", kAccounts[Below(std::size(kAccounts))], model}, amounts);
  }
}

void SimulatedRelay::ServeOwner(const UsageId& id, const Amounts& amounts) {
  const std::int64_t picked = clock_.WallMs() / 1000;
  const Names names(id, picked);
  Pass(Below(4));
  Count(names.Counter("daily", names.date), amounts);
  Count(names.Counter("monthly", names.month), amounts);
  days_[BucketOf(Level::kDay, picked, kOffset)][id] += amounts;
  months_[BucketOf(Level::kMonth, picked, kOffset)][id] += amounts;

  Amounts first;
  for (std::size_t i = 0; i < kFirstFields; ++i) first[kFields[i].metric] = amounts[kFields[i].metric];
  CountHour(names.Counter("hourly", names.hour), id, picked, first);
  Send();
  Pass(1);
  CountHour(names.Counter("hourly", names.hour), id, picked, amounts - first);
  AppendResp(commands_, {"SADD", names.Index("hourly", names.hour), names.member});
  AppendResp(commands_, {"SADD", names.Index("daily", names.date), names.member});
  Send();
}

void SimulatedRelay::Count(const std::string& key, const Amounts& amounts) {
  for (const Field& field : kFields) {
    if (amounts[field.metric] == 0) continue;
    AppendResp(commands_, {"HINCRBY", key, field.name, std::to_string(amounts[field.metric])});
    ++events_;
  }
}

void SimulatedRelay::CountHour(const std::string& key, const UsageId& id, std::int64_t picked,
                               const Amounts& amounts) {
  const std::int64_t hour = BucketOf(Level::kHour, picked, 0);
  Count(key, amounts);
  hours_[hour][id] += amounts;
  touched_hours_.insert(hour);
  minutes_.Write(id, hour, clock_.WallMs(), amounts);
}

void SimulatedRelay::Send() {
  const PipeResult sent = redis_.Pipe(std::exchange(commands_, {}));
  if (sent.errors > 0) throw std::runtime_error("relay: " + sent.first_error);
  await_events_(std::exchange(events_, 0));
}

}  // namespace keymeter::testing
