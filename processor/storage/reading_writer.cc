#include "processor/storage/reading_writer.h"

#include <string>

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/crash_point.h"

namespace keymeter::processor {

Status ReadingWriter::Prepare(Database& database) {
  const std::string columns = fmt::format("bucket, series, read_ms, {}", kMetricColumns);
  const std::string marks = fmt::format("?, ?, ?, {}", kMetricMarks);
  const std::string renew =
      fmt::format("ON CONFLICT DO UPDATE SET read_ms = excluded.read_ms, {}", MetricReplacements());
  // reading_recent is only ever emptied as a whole, so its ids begin at 1 again.
  return PrepareAll(
      database, {{&count_recent_, "SELECT coalesce(max(id), 0) FROM reading_recent"},
                 {&put_recent_, fmt::format("INSERT INTO reading_recent ({}) VALUES ({})", columns, marks)},
                 {&put_, fmt::format("INSERT INTO reading ({}) VALUES ({}) {}", columns, marks, renew)},
                 // Beside max(), SQLite takes the other columns from the row that has the maximum.
                 {&settle_, fmt::format("INSERT INTO reading ({0}) SELECT {0} FROM (SELECT {0}, max(id)"
                                        " FROM reading_recent GROUP BY bucket, series) WHERE true {1}",
                                        columns, renew)},
                 {&empty_recent_, "DELETE FROM reading_recent"},
                 {&forget_, "DELETE FROM reading WHERE bucket > 0 AND bucket < ?1 AND read_ms < ?1 * 1000"}});
}

Status ReadingWriter::WriteRows(const ReadingRows& rows, BatchContext& /*context*/) {
  RETURN_IF_ERROR(Put(rows.readings));
  CrashPoint("flush.readings");
  return rows.forget_readings_before > 0 ? Forget(rows.forget_readings_before) : Status();
}

Status ReadingWriter::Put(const std::vector<ReadingRow>& readings) {
  if (readings.empty()) return {};
  ASSIGN_OR_RETURN(const auto recent, CountRecent());
  if (recent + static_cast<std::int64_t>(readings.size()) <= kMostRecent)
    return PutInto(put_recent_, readings);
  // Those that wait are older, and must not overwrite these later.
  RETURN_IF_ERROR(Settle());
  return PutInto(put_, readings);
}

Status ReadingWriter::Settle() {
  ASSIGN_OR_RETURN(const auto recent, CountRecent());
  if (recent == 0) return {};
  RETURN_IF_ERROR(settle_.Run());
  return empty_recent_.Run();
}

Status ReadingWriter::Forget(std::int64_t hour) {
  RETURN_IF_ERROR(Settle());
  return forget_.Bind(1, hour).Run();
}

Result<std::int64_t> ReadingWriter::CountRecent() {
  RETURN_IF_ERROR(count_recent_.Step());
  const std::int64_t count = count_recent_.Int(0);
  count_recent_.Reset();
  return count;
}

Status ReadingWriter::PutInto(Statement& table, const std::vector<ReadingRow>& readings) {
  for (const ReadingRow& row : readings) {
    table.Bind(1, row.hour).Bind(2, std::int64_t{row.series}).Bind(3, row.read_ms);
    BindAmounts(table, 4, row.values);
    RETURN_IF_ERROR(table.Run());
  }
  return {};
}

}  // namespace keymeter::processor
