#include "processor/storage/gap_writer.h"

#include "processor/storage/prepare.h"

namespace keymeter::processor {

Status GapWriter::Prepare(Database& database) {
  return PrepareAll(
      database,
      {{&grow_, "UPDATE gap SET to_ms = ?2 WHERE from_ms = ?1"},
       {&add_,
        "INSERT INTO gap (from_ms, to_ms, reason) SELECT ?1, ?2, ?3"
        " WHERE NOT EXISTS (SELECT 1 FROM gap WHERE from_ms = ?1)"},
       {&add_recovery_,
        "UPDATE gap SET minute_requests = minute_requests + ?2, minute_tokens = minute_tokens + ?3,"
        " hour_requests = hour_requests + ?4, hour_tokens = hour_tokens + ?5,"
        " day_requests = day_requests + ?6, day_tokens = day_tokens + ?7,"
        " month_requests = month_requests + ?8, month_tokens = month_tokens + ?9 WHERE from_ms = ?1"}});
}

Status GapWriter::WriteRows(const GapRows& rows, BatchContext& /*context*/) {
  for (const GapRow& row : rows.gaps) RETURN_IF_ERROR(Add(row));
  for (const GapRecovery& recovery : rows.recoveries) RETURN_IF_ERROR(Add(recovery));
  return {};
}

Status GapWriter::Add(const GapRow& row) {
  RETURN_IF_ERROR(grow_.Bind(1, row.from_ms).Bind(2, row.to_ms).Run());
  return add_.Bind(1, row.from_ms).Bind(2, row.to_ms).Bind(3, row.reason).Run();
}

Status GapWriter::Add(const GapRecovery& recovery) {
  add_recovery_.Bind(1, recovery.gap_from_ms);
  int position = 1;
  for (const GapRecovery::Sum& sum : recovery.levels) {
    add_recovery_.Bind(++position, sum.requests);
    add_recovery_.Bind(++position, sum.tokens);
  }
  return add_recovery_.Run();
}

}  // namespace keymeter::processor
