#include "tests/integration/history/relay_tables.h"

#include <algorithm>

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

constexpr std::array kModelNames = {"m", "n"};
constexpr std::array kHoursWithUsage = {"09", "15"};

std::string ByModel(const std::string& id, bool is_account, const std::string& level,
                    const std::string& model) {
  return is_account ? "account_usage:model:" + level + ":" + fmt::format("{}:{}", id, model) + ":"
                    : "usage:" + id + ":model:" + level + ":" + model + ":";
}

std::string WithoutModel(const std::string& id, bool is_account, const std::string& level) {
  return (is_account ? "account_usage:" : "usage:") + level + ":" + id + ":";
}

std::string Index(bool is_account, const std::string& level) {
  return (is_account ? "account_usage:model:" : "usage:keymodel:") + level + ":index:";
}

}  // namespace

RelayTables::Sums& RelayTables::Sums::operator+=(const Sums& other) {
  all += other.all;
  known += other.known;
  without_model += other.without_model;
  return *this;
}

void RelayTables::Add(const std::string& id, bool is_account, const std::vector<std::string>& dates) {
  MonthSums months;
  for (const std::string& date : dates) {
    const Sums of_day = AddDay(id, is_account, date, months);
    expected_[fmt::format("{} {}", id, date)] = of_day.known;
    if (date.starts_with(closed_month_)) months[""] += of_day;
  }
  AddMonth(id, is_account, months);
}

/// Hours by model are the finest. A model's day holds them, and what is known of no hour.
RelayTables::Sums RelayTables::AddModelDay(const std::string& id, bool is_account, const std::string& date,
                                           const std::string& model) {
  Sums sums;
  for (std::size_t i = 0; i < kHoursWithUsage.size(); ++i) {
    const std::int64_t used = Below(4);
    sums.all += used;
    of_hour_.at(i) += used;
    if (used == 0 || !Is(60)) continue;
    sums.known += used;
    known_of_hour_.at(i) += used;
    const std::string hour = date + ":" + kHoursWithUsage.at(i);
    items.push_back({ByModel(id, is_account, "hourly", model) + hour, Index(is_account, "hourly") + hour,
                     fmt::format("{}:{}", id, model), used});
  }
  return sums;
}

RelayTables::Sums RelayTables::AddDay(const std::string& id, bool is_account, const std::string& date,
                                      MonthSums& months) {
  of_hour_ = known_of_hour_ = {};
  Sums day;
  bool is_any_model_untimed = false;
  for (const std::string model : kModelNames) {
    Sums of_model = AddModelDay(id, is_account, date, model);
    if (of_model.all > 0 && Is(60)) {
      is_any_model_untimed |= of_model.known < of_model.all;
      of_model.known = of_model.all;
      items.push_back({ByModel(id, is_account, "daily", model) + date, Index(is_account, "daily") + date,
                       fmt::format("{}:{}", id, model), of_model.all, 5});
    }
    day += of_model;
    if (date.starts_with(closed_month_)) months[model] += of_model;
  }
  const std::int64_t by_model = day.known;
  const bool has_day = day.all > 0 && (holds_days_ || Is(50));
  if (has_day) items.push_back({WithoutModel(id, is_account, "daily") + date, "", "", day.all});
  // Without a model an hour counts where nothing finer is, and no model's day may hold it.
  for (std::size_t i = 0; i < kHoursWithUsage.size(); ++i) {
    if (of_hour_.at(i) == 0 || !Is(50)) continue;
    items.push_back({WithoutModel(id, is_account, "hourly") + date + ":" + kHoursWithUsage.at(i), "", "",
                     of_hour_.at(i)});
    if (known_of_hour_.at(i) == 0 && !is_any_model_untimed) day.known += of_hour_.at(i);
  }
  if (has_day) day.known = day.all;
  day.without_model = day.known - by_model;
  return day;
}

/// Of a model's month counts what is more than the days of the month that are known without a model: those
/// may be the same usage.
void RelayTables::AddMonth(const std::string& id, bool is_account, MonthSums& months) {
  Sums month = months[""];
  for (const std::string model : kModelNames) {
    const Sums& of_model = months[model];
    if (of_model.all == 0 || !Is(60)) continue;
    items.push_back({ByModel(id, is_account, "monthly", model) + closed_month_, "", "", of_model.all, 25});
    month.known += std::max<std::int64_t>(0, of_model.all - of_model.known - month.without_model);
  }
  if (month.all > 0 && (holds_days_ || Is(50))) {
    items.push_back({WithoutModel(id, is_account, "monthly") + closed_month_, "", "", month.all});
    month.known = month.all;
  }
  expected_[id + " " + closed_month_] = month.known;
}

}  // namespace keymeter::testing
