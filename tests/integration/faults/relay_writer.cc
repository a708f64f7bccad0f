#include "tests/integration/faults/relay_writer.h"

#include <stdexcept>
#include <utility>

#include "schema/civil_time.h"

namespace keymeter::testing {

namespace {

constexpr Milliseconds kPause{2};  ///< between two requests
constexpr Milliseconds kPatienceOfRelay{500};
constexpr std::int64_t kMostTokens = 1000;

std::vector<UsageId> AllOf(const std::string& kind, const std::vector<std::string>& entities) {
  std::vector<UsageId> all;
  for (const std::string& entity : entities)
    for (const char* model : {"claude-sonnet-4-20250514", "deepseek/deepseek-r1:free"})
      all.push_back({kind, entity, model});
  return all;
}

}  // namespace

RelayWriter::RelayWriter(std::string socket_path, const Clock& clock, std::uint64_t seed)
    : clock_(clock), socket_path_(std::move(socket_path)), random_(seed), thread_([this] { Run(); }) {}

void RelayWriter::Stop() {
  is_stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void RelayWriter::Retarget(std::string socket_path) {
  const std::lock_guard lock(mutex_);
  socket_path_ = std::move(socket_path);
  client_.reset();
}

void RelayWriter::Burst(int requests) {
  const std::lock_guard lock(mutex_);
  const UsageId& series = AnyOf(Keys(), random_);
  std::string bytes;
  for (int i = 0; i < requests; ++i)
    for (const RedisCommand& command : NextCommands(series, NextAmounts())) AppendResp(bytes, command);
  (void)Client().Pipe(bytes);
}

const std::vector<UsageId>& RelayWriter::Keys() {
  static const std::vector<UsageId> keys = AllOf("api_key", {"key-1", "key-2", "key-3", "key-4"});
  return keys;
}

const std::vector<UsageId>& RelayWriter::Accounts() {
  static const std::vector<UsageId> accounts = AllOf("account", {"acc-1", "acc-2", "acc-3"});
  return accounts;
}

void RelayWriter::Run() {
  while (!is_stopping_) {
    {
      const std::lock_guard lock(mutex_);
      try {
        WriteOne();
      } catch (const std::runtime_error&) {
        client_.reset();  // the relay reconnects, and the rest of that request is lost
      }
    }
    ++attempts_;
    std::this_thread::sleep_for(kPause);
  }
}

void RelayWriter::WriteOne() {
  const Amounts amounts = NextAmounts();
  std::string pipeline;
  for (const RedisCommand& command : NextCommands(AnyOf(Keys(), random_), amounts))
    AppendResp(pipeline, command);
  (void)Client().Pipe(pipeline);
  // The account has its own look at the clock.
  for (const RedisCommand& command : NextCommands(AnyOf(Accounts(), random_), amounts))
    (void)Client().Command(command);
}

std::vector<RedisCommand> RelayWriter::NextCommands(const UsageId& series, const Amounts& amounts) {
  const std::int64_t at_ms = clock_.WallMs();
  Note(series, amounts, at_ms);
  return UsageCommands(series, amounts, at_ms);
}

void RelayWriter::Note(const UsageId& series, const Amounts& amounts, std::int64_t at_ms) {
  Amounts& sum = written_[BucketOf(Level::kHour, at_ms / 1000, 0)][series];
  sum += amounts;
  if (series.kind == "account") sum[Metric::kCostMicros] = sum[Metric::kRealCostMicros] = 0;
}

Amounts RelayWriter::NextAmounts() {
  Amounts amounts;
  for (const CounterField& field : CounterFields()) amounts[field.metric] = random_.Between(0, kMostTokens);
  amounts[Metric::kRequests] = 1;
  return amounts;
}

RedisClient& RelayWriter::Client() {
  if (!client_) client_ = std::make_unique<RedisClient>(socket_path_, "", kPatienceOfRelay);
  return *client_;
}

std::vector<RedisCommand> UsageCommands(const UsageId& series, const Amounts& amounts, std::int64_t at_ms) {
  const HashNames names = NamesOf(series, at_ms);
  const bool is_key = series.kind == "api_key";
  std::vector<RedisCommand> commands;
  for (const std::string& hash : {names.daily, names.monthly, names.alltime, names.hourly}) {
    if (hash.empty()) continue;
    for (const CounterField& field : CounterFields()) {
      const bool is_cost = field.metric == Metric::kCostMicros || field.metric == Metric::kRealCostMicros;
      if (is_cost && !is_key) continue;
      commands.push_back({"HINCRBY", hash, field.name, std::to_string(amounts[field.metric])});
    }
  }
  commands.push_back({"EXPIRE", names.hourly, "604800"});
  commands.push_back({"SADD", names.hourly_index, names.index_member});
  commands.push_back({"SADD", names.daily_index, names.index_member});
  return commands;
}

}  // namespace keymeter::testing
