#include "processor/storage/coverage_writer.h"

#include "processor/storage/prepare.h"
#include "schema/crash_point.h"

namespace keymeter::processor {

Status CoverageWriter::Prepare(Database& database) {
  return PrepareAll(database, {{&add_,
                                "INSERT INTO coverage (bucket, covered_ms, events, readings, max_delay_ms)"
                                " VALUES (?1, max(0, min(?2, 60000)), ?3, ?4, ?5)"
                                " ON CONFLICT DO UPDATE SET covered_ms = max(0, min(covered_ms + ?2, 60000)),"
                                " events = events + excluded.events, readings = readings + excluded.readings,"
                                " max_delay_ms = max(max_delay_ms, excluded.max_delay_ms)"}});
}

Status CoverageWriter::WriteRows(const CoverageRows& rows, BatchContext& /*context*/) {
  for (const CoverageRow& row : rows.coverage) {
    add_.Bind(1, row.minute).Bind(2, row.covered_ms).Bind(3, row.events).Bind(4, row.readings);
    RETURN_IF_ERROR(add_.Bind(5, row.max_delay_ms).Run());
  }
  CrashPoint("flush.coverage");
  return {};
}

}  // namespace keymeter::processor
