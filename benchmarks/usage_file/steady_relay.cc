#include "benchmarks/usage_file/steady_relay.h"

#include <algorithm>
#include <utility>

#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::usage_file {

namespace {

constexpr std::int64_t kReadingHours = std::int64_t{8} * 24;  ///< what the relay keeps, and a day
constexpr std::int64_t kMostRequests = 3;                     ///< of a series in an active minute

}  // namespace

SteadyRelay::SteadyRelay(const HistoryOptions& options, Database& database,
                         const relay_load::Population& population)
    : options_(options),
      database_(database),
      population_(population),
      random_(options.seed),
      of_second_(static_cast<std::size_t>(kMinuteSeconds)) {}

Status SteadyRelay::Open() {
  const std::size_t series =
      (population_.keys.size() + population_.accounts.size()) * population_.models.size();
  for (const auto& [rows, table] : {std::pair{&minutes_, "usage_minute"}, std::pair{&hours_, "usage_hour"},
                                    std::pair{&days_, "usage_day"}, std::pair{&months_, "usage_month"}}) {
    ASSIGN_OR_RETURN(auto made, BucketRows::Make(database_, table, series));
    rows->emplace(std::move(made));
  }
  const std::pair<Statement*, std::string> statements[] = {
      {&insert_coverage_, "INSERT INTO coverage VALUES (?, 60000, 75000, 900, 20)"},
      {&insert_reading_,
       fmt::format("INSERT INTO reading SELECT bucket, series, (bucket + 3540) * 1000, {} FROM usage_hour"
                   " WHERE bucket = ?",
                   kMetricColumns)}};
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(auto prepared, database_.Prepare(sql));
    *statement = std::move(prepared);
  }
  return WriteSeries();
}

Status SteadyRelay::WriteSeries() {
  ASSIGN_OR_RETURN(auto insert,
                   database_.Prepare("INSERT INTO series (kind, entity, model) VALUES (?, ?, ?)"));
  const auto write = [&](std::string_view kind, const std::string& entity) -> Status {
    for (const relay_load::Model& model : population_.models)
      RETURN_IF_ERROR(insert.Bind(1, kind).Bind(2, entity).Bind(3, model.name).Run());
    return {};
  };
  for (const relay_load::ApiKey& key : population_.keys) RETURN_IF_ERROR(write("api_key", key.id));
  for (const relay_load::Account& account : population_.accounts)
    RETURN_IF_ERROR(write("account", account.id));
  return {};
}

Status SteadyRelay::Write() {
  const std::int64_t first =
      BucketOf(Level::kDay, options_.end - options_.days * kDaySeconds, options_.utc_offset_s);
  const std::int64_t end = BucketOf(Level::kHour, options_.end, 0);
  for (std::int64_t hour = first; hour < end; hour += kHourSeconds) {
    RETURN_IF_ERROR(WriteHour(hour));
    const std::int64_t next = hour + kHourSeconds;
    for (const auto& [level, rows] : {std::pair{Level::kDay, &*days_}, std::pair{Level::kMonth, &*months_}}) {
      const std::int64_t bucket = BucketOf(level, hour, options_.utc_offset_s);
      if (BucketOf(level, next, options_.utc_offset_s) != bucket || next >= end)
        RETURN_IF_ERROR(rows->WriteInto(bucket));
    }
    Say(next - first, end - first);
  }
  return {};
}

void SteadyRelay::Say(std::int64_t done, std::int64_t of) {
  if (const std::int64_t now = 10 * done / of; now > tenth_) {
    tenth_ = now;
    log::Info("writing", {{"done", fmt::format("{}%", tenth_ * 10)}, {"minute_rows", minutes_->written()}});
  }
}

HistoryCounts SteadyRelay::Counts() const {
  return {minutes_->written(), hours_->written(), days_->written(), months_->written(),
          static_cast<std::int64_t>((population_.keys.size() + population_.accounts.size()) *
                                    population_.models.size())};
}

Status SteadyRelay::WriteHour(std::int64_t hour) {
  const bool is_kept = hour >= BucketOf(Level::kHour, options_.end - options_.minute_days * kDaySeconds, 0);
  for (std::int64_t minute = hour; minute < hour + kHourSeconds; minute += kMinuteSeconds) {
    RETURN_IF_ERROR(WriteMinute(minute, is_kept));
    RETURN_IF_ERROR(insert_coverage_.Bind(1, minute).Run());
  }
  return CloseHour(hour);
}

Status SteadyRelay::CloseHour(std::int64_t hour) {
  for (const std::int64_t series : hours_->order()) {
    days_->Add(series, hours_->Of(series));
    months_->Add(series, hours_->Of(series));
  }
  RETURN_IF_ERROR(hours_->WriteInto(hour));
  if (hour < options_.end - kReadingHours * kHourSeconds) return {};
  return insert_reading_.Bind(1, hour).Run();
}

Status SteadyRelay::WriteMinute(std::int64_t minute, bool is_kept) {
  DrawMinute();
  BucketRows& rows = *minutes_;
  for (const auto& growths : of_second_) {
    for (const Growth& growth : growths) rows.Add(growth.series, growth.amounts);
    for (const Growth& growth : growths) {
      Amounts unpriced = growth.amounts;  // the relay keeps no money of accounts
      unpriced[Metric::kCostMicros] = unpriced[Metric::kRealCostMicros] = 0;
      rows.Add(growth.account_series, unpriced);
    }
  }
  // A roll-up goes through the minute by series.
  std::vector<std::int64_t> ascending = rows.order();
  std::ranges::sort(ascending);
  for (const std::int64_t series : ascending) hours_->Add(series, rows.Of(series));
  if (is_kept) return rows.WriteInto(minute);
  rows.Clear();
  return {};
}

void SteadyRelay::DrawMinute() {
  for (auto& growths : of_second_) growths.clear();
  const std::size_t models = population_.models.size();
  for (std::size_t key = 0; key < population_.keys.size(); ++key) {
    for (std::size_t model = 0; model < models; ++model) {
      if (random_.Unit() >= options_.active_share) continue;
      const auto second = static_cast<std::size_t>(random_.Between(0, kMinuteSeconds - 1));
      of_second_[second].push_back(
          {static_cast<std::int64_t>(key * models + model) + 1, AccountSeries(key, model), DrawAmounts()});
    }
  }
}

std::int64_t SteadyRelay::AccountSeries(std::size_t key, std::size_t model) const {
  const std::size_t account = key % population_.accounts.size();
  return static_cast<std::int64_t>((population_.keys.size() + account) * population_.models.size() + model) +
         1;
}

/// One to three requests that are alike: the numbers are as long as those of different ones.
Amounts SteadyRelay::DrawAmounts() {
  const std::int64_t created = random_.LogBetween(20, 6'000);
  const std::int64_t micros = random_.LogBetween(500, 400'000);
  Amounts amounts{{1, random_.LogBetween(1, 9'000), random_.LogBetween(1, 2'000), created,
                   random_.LogBetween(100, 90'000), created, 0, micros, micros}};
  const std::int64_t requests = random_.Between(1, kMostRequests);
  for (std::int64_t& value : amounts.values) value *= requests;
  return amounts;
}

}  // namespace keymeter::usage_file
