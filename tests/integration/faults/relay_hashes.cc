#include "tests/integration/faults/relay_hashes.h"

#include <optional>

#include <fmt/format.h>

#include "tests/support/relay/calendar.h"

namespace keymeter::testing {

namespace {

/// A counter's key around its id and its model: a model may hold colons, so it is what both ends leave.
struct KeyShape {
  const char* kind;
  std::string begin;
  std::string middle;  ///< between id and model
  std::size_t period_size;

  [[nodiscard]] std::string Glob() const { return begin + "*" + middle + "*"; }
};

std::optional<UsageId> SeriesOf(const KeyShape& shape, const std::string& key) {
  const std::size_t id_end = key.find(shape.middle, shape.begin.size());
  if (!key.starts_with(shape.begin) || id_end == std::string::npos) return std::nullopt;
  const std::size_t model_begin = id_end + shape.middle.size();
  if (key.size() < model_begin + shape.period_size + 2) return std::nullopt;
  UsageId series{shape.kind, key.substr(shape.begin.size(), id_end - shape.begin.size()),
                 key.substr(model_begin, key.size() - model_begin - shape.period_size - 1)};
  if (series.entity == "index" || series.entity.find(':') != std::string::npos) return std::nullopt;
  return series;
}

/// "2026-11-20:20", "2026-11-20" or "2026-11" at the key's end → epoch seconds.
std::int64_t BucketOfKey(const std::string& key, std::size_t period_size) {
  std::string period = key.substr(key.size() - period_size);
  if (period_size < 10) period += "-01";
  const std::string hour = period_size > 10 ? period.substr(11) : "00";
  return relay_load::ParseTime(period.substr(0, 10) + "T" + hour + ":00:00+08:00").value() / 1000;
}

Amounts AmountsOf(RedisClient& redis, const std::string& key) {
  Amounts amounts;
  RedisCommand command = {"HMGET", key};
  for (const CounterField& field : CounterFields()) command.emplace_back(field.name);
  const RedisValue values = redis.Must(command);
  for (std::size_t i = 0; i < CounterFields().size(); ++i)
    if (!values.elements.at(i).IsNil())
      amounts[CounterFields()[i].metric] = std::stoll(values.elements[i].text);
  if (key.starts_with("account")) amounts[Metric::kCostMicros] = amounts[Metric::kRealCostMicros] = 0;
  return amounts;
}

void Read(RedisClient& redis, const KeyShape& shape, LevelSums& sums) {
  for (const std::string& key : redis.Must({"KEYS", shape.Glob()}).Texts())
    if (const auto series = SeriesOf(shape, key))
      sums[BucketOfKey(key, shape.period_size)][*series] = AmountsOf(redis, key);
}

}  // namespace

HashNames NamesOf(const UsageId& series, std::int64_t at_ms) {
  const auto at = relay_load::PeriodsAt(at_ms, kRelayOffset);
  const std::string member = series.entity + ":" + series.model;
  if (series.kind == "account") {
    const std::string begin = "account_usage:model:";
    return {begin + "daily:" + member + ":" + at.date,
            begin + "monthly:" + member + ":" + at.month,
            "",
            begin + "hourly:" + member + ":" + at.hour,
            begin + "hourly:index:" + at.hour,
            begin + "daily:index:" + at.date,
            member};
  }
  const std::string begin = "usage:" + series.entity + ":model:";
  return {begin + "daily:" + series.model + ":" + at.date,
          begin + "monthly:" + series.model + ":" + at.month,
          begin + "alltime:" + series.model,
          begin + "hourly:" + series.model + ":" + at.hour,
          "usage:keymodel:hourly:index:" + at.hour,
          "usage:keymodel:daily:index:" + at.date,
          member};
}

const std::vector<CounterField>& CounterFields() {
  static const std::vector<CounterField> fields = {{"inputTokens", Metric::kInputTokens},
                                                   {"outputTokens", Metric::kOutputTokens},
                                                   {"cacheCreateTokens", Metric::kCacheCreateTokens},
                                                   {"cacheReadTokens", Metric::kCacheReadTokens},
                                                   {"requests", Metric::kRequests},
                                                   {"ephemeral5mTokens", Metric::kEphemeral5mTokens},
                                                   {"ephemeral1hTokens", Metric::kEphemeral1hTokens},
                                                   {"realCostMicro", Metric::kRealCostMicros},
                                                   {"ratedCostMicro", Metric::kCostMicros}};
  return fields;
}

LevelSums RelayHours(RedisClient& redis) {
  LevelSums sums;
  Read(redis, {"api_key", "usage:", ":model:hourly:", 13}, sums);
  Read(redis, {"account", "account_usage:model:hourly:", ":", 13}, sums);
  return sums;
}

LevelSums RelayDays(RedisClient& redis) {
  LevelSums sums;
  Read(redis, {"api_key", "usage:", ":model:daily:", 10}, sums);
  Read(redis, {"account", "account_usage:model:daily:", ":", 10}, sums);
  return sums;
}

LevelSums RelayMonths(RedisClient& redis) {
  LevelSums sums;
  Read(redis, {"api_key", "usage:", ":model:monthly:", 7}, sums);
  Read(redis, {"account", "account_usage:model:monthly:", ":", 7}, sums);
  return sums;
}

}  // namespace keymeter::testing
