#include "processor/storage/stored_history.h"

#include <algorithm>
#include <utility>

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

/// All series of the entity that series ?3 is of.
constexpr std::string_view kSeriesOfEntity =
    "(SELECT e.id FROM series s JOIN series e ON e.kind = s.kind AND e.entity = s.entity WHERE s.id = ?3)";

bool AnyNegative(const Amounts& amounts) {
  return std::any_of(amounts.values.begin(), amounts.values.end(), [](std::int64_t v) { return v < 0; });
}

/// `amounts` where `chosen` says so, else 0.
template <typename Choose>
Amounts Where(const Amounts& amounts, Choose chosen) {
  Amounts some;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (chosen(i)) some.values[i] = amounts.values[i];
  return some;
}

/// What the relay holds more than our rows (less: below zero), of the metrics that both have.
Amounts BeyondOfBoth(const CoarseReading& relay, const Amounts& ours, const StoredHistory::Ours& rows) {
  return Where(relay.values - ours,
               [&](std::size_t i) { return relay.Carries(i) && rows.rows.values[i] != 0; });
}

/// What is surely none of `beside`: it is more.
Amounts Beyond(const Amounts& amounts, const Amounts& beside) {
  Amounts beyond = amounts - beside;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    beyond.values[i] = std::clamp<std::int64_t>(beyond.values[i], 0, amounts.values[i]);
  return beyond;
}

/// A counter without a model, in an hour: it is placed there when it is what its day holds untimed. Where the
/// day's counter is gone, when nothing finer is: no model in the hour, and no model's day that may hold it.
void PlaceInHour(const CoarseReading& relay, const StoredHistory::Ours& ours, HistoryVerdict& verdict) {
  if (!AnyNegative(ours.day_rest - verdict.growth)) return;
  const Amounts maybe_of_models =
      Where(ours.day_rest_by_model, [&](std::size_t i) { return verdict.growth.values[i] > 0; });
  if (!relay.is_day_known && ours.rows.IsZero() && maybe_of_models.IsZero()) return;
  verdict.growth = {};
  verdict.is_left_out = !relay.is_day_known;  // else the relay's hours do not add up to its day: nothing new
}

}  // namespace

GrownBuckets::GrownBuckets(const GrowthRows& rows) {
  grown_.reserve(rows.growth.size());
  for (const GrowthRow& row : rows.growth) grown_.emplace_back(row.series, row.bucket);
  std::sort(grown_.begin(), grown_.end());
}

bool GrownBuckets::Has(SeriesId series, std::int64_t from, std::int64_t end) const {
  const auto first = std::lower_bound(grown_.begin(), grown_.end(), std::pair(series, from));
  return first != grown_.end() && *first < std::pair(series, end);
}

bool GrownBuckets::HasAny(std::int64_t from, std::int64_t end) const {
  return std::any_of(grown_.begin(), grown_.end(),
                     [&](const auto& grown) { return grown.second >= from && grown.second < end; });
}

/// ?2, the end of the bucket, is bound for the minutes' sake: see AddRows.
Status StoredHistory::PrepareSums(Database& database, LevelSums& sums, Level level) {
  const std::string sql = fmt::format("SELECT {} FROM usage_{} WHERE bucket = ?1 AND series ",
                                      ForEachMetric("sum({0})"), LevelName(level));
  return PrepareAll(database, {{&sums.of_series, sql + "= ?3"},
                               {&sums.of_entity, fmt::format("{}IN {}", sql, kSeriesOfEntity)}});
}

Status StoredHistory::Prepare(Database& database) {
  RETURN_IF_ERROR(PrepareSums(database, hour_, Level::kHour));
  RETURN_IF_ERROR(PrepareSums(database, day_, Level::kDay));
  RETURN_IF_ERROR(PrepareSums(database, month_, Level::kMonth));
  const std::string sum = ForEachMetric("sum({0})");
  const std::string minutes =
      fmt::format("SELECT {} FROM usage_minute WHERE bucket >= ?1 AND bucket < ?2 AND series ", sum);
  const std::string lost = fmt::format(
      "SELECT {}, max(reason = 'reset'), max(reason = 'rollback') FROM adjustment"
      " WHERE bucket >= ?1 AND bucket < ?2 AND (level <> 'month' OR ?4) AND series ",
      sum);
  const std::string taken =
      fmt::format("SELECT {} FROM taken WHERE bucket = ?1 AND level = ?2 AND series ", sum);
  return PrepareAll(database,
                    {{&minutes_.of_series, minutes + "= ?3"},
                     {&minutes_.of_entity, fmt::format("{}IN {}", minutes, kSeriesOfEntity)},
                     {&adjustments_.of_series, lost + "= ?3"},
                     {&adjustments_.of_entity, fmt::format("{}IN {}", lost, kSeriesOfEntity)},
                     {&totals_of_,
                      "SELECT e.id FROM series s JOIN series e ON e.kind = s.kind AND e.entity = s.entity"
                      " AND e.model = '' WHERE s.id = ?1"},
                     {&series_of_entity_,
                      "SELECT e.id FROM series s JOIN series e ON e.kind = s.kind AND e.entity = s.entity"
                      " WHERE s.id = ?1"},
                     {&taken_, taken + "= ?3"},
                     {&taken_of_entity_, fmt::format("{}IN {}", taken, kSeriesOfEntity)}});
}

Status StoredHistory::Add(Statement& query, Amounts& sum) {
  ASSIGN_OR_RETURN(const auto row, query.Step());
  if (row) sum += AmountsAt(query, 0);
  query.Reset();
  return {};
}

/// The entity's series without a model; kNone when it has none.
Result<SeriesId> StoredHistory::TotalsOf(SeriesId series) {
  totals_of_.Bind(1, std::int64_t{series});
  ASSIGN_OR_RETURN(const auto row, totals_of_.Step());
  const auto id = row ? static_cast<SeriesId>(totals_of_.Int(0)) : SeriesRegistry::kNone;
  totals_of_.Reset();
  return id;
}

Status StoredHistory::AddRows(const CoarseReading& reading, std::int64_t end, std::int64_t rolled_until,
                              Amounts& sum) {
  LevelSums& level = reading.level == Level::kHour ? hour_ : reading.level == Level::kDay ? day_ : month_;
  const auto add = [&](LevelSums& sums, std::int64_t from) {
    Statement& query = reading.is_of_entity ? sums.of_entity : sums.of_series;
    query.Bind(1, from).Bind(2, end).Bind(3, std::int64_t{reading.series});
    return Add(query, sum);
  };
  RETURN_IF_ERROR(add(level, reading.bucket));
  return rolled_until < end ? add(minutes_, std::max(rolled_until, reading.bucket)) : Status();
}

Status StoredHistory::AddLost(const CoarseReading& reading, std::int64_t end, Ours& ours) {
  constexpr int kOfReset = static_cast<int>(kMetricCount);
  Statement& lost = reading.is_of_entity ? adjustments_.of_entity : adjustments_.of_series;
  lost.Bind(1, reading.bucket).Bind(2, end).Bind(3, std::int64_t{reading.series});
  ASSIGN_OR_RETURN(const auto row, lost.Bind(4, std::int64_t{reading.level == Level::kMonth}).Step());
  if (row) {
    ours.adjusted = AmountsAt(lost, 0);
    if (lost.Int(kOfReset) != 0) {
      ours.fall = FallReason::kReset;
    } else if (lost.Int(kOfReset + 1) != 0) {
      ours.fall = FallReason::kRollback;
    }
  }
  lost.Reset();
  return {};
}

Status StoredHistory::AddTaken(Level level, std::int64_t bucket, SeriesId series, Amounts& sum) {
  return Add(taken_.Bind(1, bucket).Bind(2, LevelName(level)).Bind(3, std::int64_t{series}), sum);
}

Result<StoredHistory::Ours> StoredHistory::Read(const CoarseReading& reading, std::int64_t utc_offset_s,
                                                std::int64_t rolled_until) {
  const std::int64_t end = NextBucket(reading.level, reading.bucket, utc_offset_s);
  Ours ours;
  RETURN_IF_ERROR(AddRows(reading, end, rolled_until, ours.rows));
  RETURN_IF_ERROR(AddLost(reading, end, ours));

  ASSIGN_OR_RETURN(const SeriesId totals, TotalsOf(reading.series));
  if (totals == SeriesRegistry::kNone) return ours;
  CoarseReading of_totals = reading;
  of_totals.series = totals;
  of_totals.is_of_entity = false;
  Amounts without_model;
  RETURN_IF_ERROR(AddRows(of_totals, end, rolled_until, without_model));
  if (reading.is_of_entity) {
    ours.beside = ours.rows - without_model;
  } else {
    Amounts taken;
    RETURN_IF_ERROR(AddTaken(reading.level, reading.bucket, totals, taken));
    ours.beside = without_model - taken;
  }
  if (reading.level != Level::kHour) return ours;
  const std::int64_t day = BucketOf(Level::kDay, reading.bucket, utc_offset_s);
  RETURN_IF_ERROR(AddTaken(Level::kDay, day, totals, ours.day_rest));
  taken_of_entity_.Bind(1, day).Bind(2, LevelName(Level::kDay)).Bind(3, std::int64_t{reading.series});
  RETURN_IF_ERROR(Add(taken_of_entity_, ours.day_rest_by_model));
  ours.day_rest_by_model = ours.day_rest_by_model - ours.day_rest;
  return ours;
}

Result<bool> StoredHistory::IsOvertaken(const CoarseReading& reading, const Ours& ours,
                                        const GrownBuckets& grown, std::int64_t utc_offset_s) {
  if (!AnyNegative(BeyondOfBoth(reading, ours.rows, ours))) return false;
  const std::int64_t end = NextBucket(reading.level, reading.bucket, utc_offset_s);
  if (!reading.is_of_entity) return grown.Has(reading.series, reading.bucket, end);
  bool has_grown = false;
  series_of_entity_.Bind(1, std::int64_t{reading.series});
  while (!has_grown) {
    ASSIGN_OR_RETURN(const auto row, series_of_entity_.Step());
    if (!row) break;
    has_grown = grown.Has(static_cast<SeriesId>(series_of_entity_.Int(0)), reading.bucket, end);
  }
  series_of_entity_.Reset();
  return has_grown;
}

HistoryVerdict CompareHistory(const CoarseReading& relay, const StoredHistory::Ours& ours, Watch watch) {
  HistoryVerdict verdict;
  const auto is_only_theirs = [&](std::size_t i) {
    return relay.Carries(i) && ours.rows.values[i] == 0 && relay.values.values[i] > 0;
  };
  const Amounts beyond = BeyondOfBoth(relay, ours.rows, ours);
  const Amounts beyond_adjusted = BeyondOfBoth(relay, ours.rows - ours.adjusted, ours);
  verdict.growth = Where(relay.values, is_only_theirs);
  verdict.is_missing_fields_only = !ours.rows.IsZero();
  if (!AnyNegative(beyond)) {
    verdict.growth += beyond;
    verdict.is_missing_fields_only &= beyond.IsZero();
  } else if (!AnyNegative(beyond_adjusted)) {
    if (watch == Watch::kAbsent) {
      verdict.growth += beyond_adjusted;
      verdict.is_missing_fields_only &= beyond_adjusted.IsZero();
    }
  } else {
    verdict.lost = Amounts{} - beyond_adjusted;
  }
  if (relay.is_of_entity) {
    if (!verdict.lost.IsZero() && (!ours.beside.IsZero() || relay.level == Level::kHour))
      return {{}, {}, false, relay.level != Level::kHour};
    if (relay.level == Level::kHour && !verdict.growth.IsZero()) PlaceInHour(relay, ours, verdict);
  } else if (!ours.beside.IsZero()) {
    const Amounts all = std::exchange(verdict.growth, Beyond(verdict.growth, ours.beside));
    verdict.is_left_out = verdict.growth != all;
  }
  return verdict;
}

bool IsDrift(std::int64_t relay, std::int64_t ours, std::int64_t adjusted) {
  const std::int64_t difference = ours - relay;
  return difference < std::min<std::int64_t>(0, adjusted) || difference > std::max<std::int64_t>(0, adjusted);
}

}  // namespace keymeter::processor
