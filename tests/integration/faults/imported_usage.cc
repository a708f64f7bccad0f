#include "tests/integration/faults/imported_usage.h"

#include <string_view>

namespace keymeter::testing {

namespace {

using relay_load::Fields;

/// Before the day on which a schedule begins; see kMostDays in clock_faults.cc for the nearest and the
/// farthest.
constexpr std::int64_t kDaysBefore[] = {8, 9, 13, 21};
constexpr std::int64_t kFarthestTraffic = 7;  ///< days before a schedule begins
constexpr std::int64_t kHours[] = {9, 23};    ///< of a day, in which its usage came

/// Each value shows which counter it is of.
Amounts AmountsOf(const UsageId& series, std::int64_t bucket) {
  std::int64_t seed = bucket / kHourSeconds % 1000;
  for (const char letter : series.entity + series.model) seed = (seed * 31 + letter) % 9973;
  Amounts amounts;
  for (const CounterField& field : CounterFields()) amounts[field.metric] = 2 * (1000 + ++seed);
  return amounts;
}

Amounts HalfOf(Amounts amounts) {
  for (std::int64_t& value : amounts.values) value /= 2;
  return amounts;
}

Fields FieldsOf(const Amounts& amounts, bool has_money) {
  Fields fields;
  for (const CounterField& field : CounterFields()) {
    const bool is_money = field.metric == Metric::kCostMicros || field.metric == Metric::kRealCostMicros;
    if (!is_money || has_money) fields.emplace_back(field.name, std::to_string(amounts[field.metric]));
  }
  return fields;
}

}  // namespace

ImportedUsage::ImportedUsage(std::int64_t start_ms) : start_s_(start_ms / 1000) {
  for (const std::string& id : KeyIds()) AddKey(id);
}

const std::vector<std::string>& ImportedUsage::KeyIds() {
  static const std::vector<std::string> ids = {"imported-1", "imported-2", "key-1", "key-2"};
  return ids;
}

std::int64_t ImportedUsage::Traffic(Level level) const {
  return BucketOf(level, start_s_ - kFarthestTraffic * kDaySeconds, kRelayOffset);
}

void ImportedUsage::AddKey(const std::string& id) {
  if (id.starts_with("imported"))
    exported_.hashes["apikey:" + id] = {{"name", "Of another relay"}, {"apiKey", "hash-of-" + id}};
  for (const char* model : {"claude-sonnet-4-20250514", "gpt-5"}) {
    const UsageId series{"api_key", id, model};
    for (const std::int64_t days : kDaysBefore)
      AddDay(series, BucketOf(Level::kDay, start_s_ - days * kDaySeconds, kRelayOffset));
    std::int64_t month = BucketOf(Level::kMonth, start_s_, kRelayOffset);
    for (int i = 0; i < 3; ++i) {
      AddMonth(series, month);
      month = BucketOf(Level::kMonth, month - 1, kRelayOffset);
    }
  }
}

void ImportedUsage::AddDay(const UsageId& series, std::int64_t day) {
  const Amounts amounts = AmountsOf(series, day);
  days_[day][series] = amounts;
  months_[BucketOf(Level::kMonth, day, kRelayOffset)][series] += amounts;
  exported_.hashes[NamesOf(series, day * 1000).daily] = FieldsOf(amounts, true);
  const std::string date = FormatDate(day, kRelayOffset);
  AddToTotal("usage:daily:" + series.entity + ":" + date, amounts);
  for (const std::int64_t hour : kHours)
    AddToTotal("usage:hourly:" + series.entity + ":" + date + ":" +
                   FormatHour(day + hour * kHourSeconds, kRelayOffset),
               HalfOf(amounts));
}

/// More than its days: others are gone by now.
void ImportedUsage::AddMonth(const UsageId& series, std::int64_t month) {
  Amounts& amounts = months_[month][series];
  amounts += AmountsOf(series, month);
  exported_.hashes[NamesOf(series, month * 1000).monthly] = FieldsOf(amounts, true);
  AddToTotal("usage:monthly:" + series.entity + ":" +
                 FormatDate(month, kRelayOffset).substr(0, std::string_view("2026-11").size()),
             amounts);
}

/// Counters without a model hold no money.
void ImportedUsage::AddToTotal(const std::string& hash, const Amounts& amounts) {
  totals_[hash] += amounts;
  exported_.hashes[hash] = FieldsOf(totals_[hash], false);
}

}  // namespace keymeter::testing
