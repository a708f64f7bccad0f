#include "query-api/usage/usage_reader.h"

#include <algorithm>

#include "query-api/usage/bucket_list.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

/// What a row of EntitySql counts towards.
enum class RowPart : std::uint8_t {
  kMonth,   ///< a month's row, or what is known to no month: this month and the total
  kToday,   ///< today's row
  kMinute,  ///< a minute that is not rolled up, or counts towards the rates
};

/// Parameters: 1 the entity, 2 the months, 3 today, 4 the minutes.
std::string EntitySql(std::string_view kind) {
  const auto select = [&](RowPart part, std::string_view from, std::string_view on) {
    return fmt::format(
        "SELECT {}, u.bucket, {} FROM series s CROSS JOIN {} ON {} AND u.series = s.id {} "
        "WHERE s.kind = '{}' AND s.entity = ?1",
        static_cast<int>(part), UsageColumns(kind), from, on, PriceJoin(kind), kind);
  };
  std::string sql =
      select(RowPart::kMonth, "json_each(?2) b CROSS JOIN usage_month u", "u.bucket = b.value") +
      " UNION ALL " + select(RowPart::kMonth, "usage_untimed u", "u.level = 'total' AND u.bucket = 0") +
      " UNION ALL " + select(RowPart::kToday, "usage_day u", "u.bucket = ?3") +  //
      " UNION ALL " +
      select(RowPart::kMinute, "json_each(?4) b CROSS JOIN usage_minute u", "u.bucket = b.value");
  if (kind == "account")
    sql += fmt::format(" UNION ALL SELECT {}, month, {} FROM repriced_days WHERE account = ?1",
                       static_cast<int>(RowPart::kMonth), kRepricedColumns);
  return sql;
}

}  // namespace

Result<UsageReader> UsageReader::Make(Snapshot& snapshot, std::string_view kind) {
  UsageReader reader(snapshot);
  const std::int64_t now_s = snapshot.now_ms / 1000;
  reader.today_ = BucketOf(Level::kDay, now_s, snapshot.state.utc_offset_s);
  reader.this_month_ = BucketOf(Level::kMonth, now_s, snapshot.state.utc_offset_s);
  const std::int64_t first_minute =
      std::min(snapshot.state.rolled_until, LiveRates(snapshot.now_ms).first_bucket());
  ASSIGN_OR_RETURN(const auto months, BucketsOf(snapshot, "usage_month", 0));
  ASSIGN_OR_RETURN(const auto minutes, BucketsOf(snapshot, "usage_minute", first_minute));
  reader.months_ = JsonArrayOf(months);
  reader.minutes_ = JsonArrayOf(minutes);
  reader.sql_ = EntitySql(kind);
  return reader;
}

Result<UsageSummary> UsageReader::Read(std::string_view entity) {
  ASSIGN_OR_RETURN(auto query, snapshot_->lease.Prepare(sql_));
  query->Bind(1, entity).Bind(2, months_).Bind(3, today_).Bind(4, minutes_);
  UsageSummary usage{{}, {}, {}, LiveRates(snapshot_->now_ms)};
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return usage;
    AddRow(usage, *query);
  }
}

void UsageReader::AddRow(UsageSummary& usage, const Statement& row) const {
  const std::int64_t bucket = row.Int(1);
  const UsageSum amount = ReadUsageSum(row, 2);
  switch (static_cast<RowPart>(row.Int(0))) {
    case RowPart::kToday:
      usage.today += amount;
      return;
    case RowPart::kMonth:
      usage.total += amount;
      if (bucket == this_month_) usage.month += amount;
      return;
    case RowPart::kMinute:
      break;
  }
  usage.rates.Add(bucket, amount);
  if (bucket < snapshot_->state.rolled_until) return;  // day and month have it already
  usage.total += amount;
  if (bucket >= today_) usage.today += amount;
  if (bucket >= this_month_) usage.month += amount;
}

}  // namespace keymeter::query_api
