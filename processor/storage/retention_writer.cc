#include "processor/storage/retention_writer.h"

#include <string>
#include <string_view>

#include "processor/storage/prepare.h"

namespace keymeter::processor {

namespace {

/// Which rows are removed by the horizon of which level. Coverage goes with the hours, because it says how
/// untimed growth is spread over its hour.
struct Rule {
  Level level;
  std::string_view table;
  std::string_view key;
  std::string_view where;
};
constexpr Rule kRules[] = {
    {Level::kMinute, "usage_minute", "bucket, series", "true"},
    {Level::kHour, "usage_hour", "bucket, series", "true"},
    {Level::kHour, "usage_untimed", "level, bucket, series", "level = 'hour'"},
    {Level::kHour, "taken", "level, bucket, series", "level = 'hour'"},
    {Level::kHour, "coverage", "bucket", "true"},
    {Level::kDay, "usage_day", "bucket, series", "true"},
    {Level::kDay, "usage_untimed", "level, bucket, series", "level = 'day'"},
    {Level::kDay, "taken", "level, bucket, series", "level = 'day'"},
};

std::string RemoveSql(const Rule& rule, std::int64_t rows) {
  return fmt::format(
      "DELETE FROM {0} WHERE ({1}) IN (SELECT {1} FROM {0} WHERE {2} AND bucket < ? LIMIT {3})", rule.table,
      rule.key, rule.where, rows);
}

}  // namespace

Status RetentionWriter::Prepare(Database& database) {
  static_assert(std::size(kRules) == kTables);
  for (std::size_t i = 0; i < kTables; ++i)
    RETURN_IF_ERROR(PrepareAll(database, {{&remove_[i], RemoveSql(kRules[i], kRows)}}));
  RETURN_IF_ERROR(PrepareAll(database, {{&count_removed_, "SELECT changes()"},
                                        {&unlist_hours_, "DELETE FROM _hour_bucket WHERE bucket < ?"},
                                        {&unlist_days_, "DELETE FROM _day_bucket WHERE bucket < ?"},
                                        {&advance_,
                                         "UPDATE source_state SET minutes_from = ?, hours_from = ?,"
                                         " days_from = ?, data_version = data_version + 1"}}));
  return Reload(database);
}

Status RetentionWriter::Reload(Database& database) {
  ASSIGN_OR_RETURN(auto stored,
                   database.Prepare("SELECT minutes_from, hours_from, days_from FROM source_state"));
  RETURN_IF_ERROR(stored.Step());
  horizons_ = {stored.Int(0), stored.Int(1), stored.Int(2)};
  return {};
}

Status RetentionWriter::Advance(Database& database, const Horizons& horizons) {
  ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database));
  advance_.Bind(1, horizons.minutes).Bind(2, horizons.hours).Bind(3, horizons.days);
  RETURN_IF_ERROR(advance_.Run());
  // At once: the views start from these lists, so they no longer show what is removed little by little.
  RETURN_IF_ERROR(unlist_hours_.Bind(1, horizons.hours).Run());
  RETURN_IF_ERROR(unlist_days_.Bind(1, horizons.days).Run());
  RETURN_IF_ERROR(transaction.Commit());
  horizons_ = horizons;
  next_ = 0;
  return {};
}

Result<bool> RetentionWriter::RemoveSome(Database& database) {
  for (; next_ < kTables; ++next_) {
    const Level level = kRules[next_].level;
    if (horizons_.Of(level) == 0) continue;
    ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database));
    RETURN_IF_ERROR(remove_[next_].Bind(1, horizons_.Of(level)).Run());
    RETURN_IF_ERROR(count_removed_.Step());
    const std::int64_t rows = count_removed_.Int(0);
    count_removed_.Reset();
    if (rows == 0) continue;
    RETURN_IF_ERROR(transaction.Commit());
    removed_[static_cast<std::size_t>(level)] += rows;
    return true;
  }
  return false;
}

}  // namespace keymeter::processor
