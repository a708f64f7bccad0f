#include "processor/storage/state_writer.h"

#include <unistd.h>

#include "processor/storage/prepare.h"
#include "schema/shown_name.h"
#include "schema/version.h"

namespace keymeter::processor {

Status StateWriter::Prepare(Database& database) {
  return PrepareAll(
      database,
      {{&put_profile_use_,
        "INSERT INTO profile_use (from_hour, profile, since_ms) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET profile = excluded.profile, since_ms = excluded.since_ms"},
       {&put_state_,
        "UPDATE source_state SET profile = ?, utc_offset_s = coalesce(?, utc_offset_s),"
        " covered_until_ms = coalesce(nullif(?, 0), covered_until_ms), data_version = data_version + ?,"
        " data_set = coalesce(nullif(?, ''), data_set), history_due_from_ms = ?, version = ?, pid = ?,"
        " started_ms = ?, stopped_ms = ?, connected = ?, baseline_read = ?, redis_version = ?,"
        " last_event_ms = coalesce(nullif(?, 0), last_event_ms), last_flush_ms = ?, flush_interval_ms = ?,"
        " lag_ms = ?, problem = ?,"
        " utc_offset_origin = coalesce(nullif(?, ''), utc_offset_origin),"
        " proven_ms = coalesce(nullif(?20, 0), proven_ms), claimed_ms = iif(?20 = 0, claimed_ms, ?21),"
        " claim_stood_ms = iif(?20 = 0, claim_stood_ms, ?22)"}});
}

Status StateWriter::WriteRows(const StateRows& rows, BatchContext& context) {
  for (const ProfileUse& use : rows.profile_uses)
    RETURN_IF_ERROR(put_profile_use_.Bind(1, use.from_hour).Bind(2, use.profile).Bind(3, use.since_ms).Run());
  Statement& put = put_state_;
  put.Bind(1, rows.profile).Bind(3, rows.covered_until_ms).Bind(4, context.has_new_data ? 1 : 0);
  rows.utc_offset_s ? put.Bind(2, *rows.utc_offset_s) : put.BindNull(2);
  put.Bind(5, rows.data_set).Bind(6, context.history_still_due_ms.value_or(rows.history_due_from_ms));
  const Heartbeat& heartbeat = rows.heartbeat;
  put.Bind(7, kVersion).Bind(8, static_cast<std::int64_t>(::getpid())).Bind(9, heartbeat.started_ms);
  heartbeat.stopped_ms ? put.Bind(10, *heartbeat.stopped_ms) : put.BindNull(10);
  put.Bind(11, heartbeat.is_connected ? 1 : 0).Bind(12, heartbeat.is_baseline_read ? 1 : 0);
  put.Bind(13, ShownText(heartbeat.redis_version))
      .Bind(14, heartbeat.last_event_ms)
      .Bind(15, heartbeat.flush_ms);
  put.Bind(16, heartbeat.flush_interval_ms).Bind(17, heartbeat.lag_ms).Bind(18, ShownText(heartbeat.problem));
  put.Bind(19, OffsetOriginName(rows.offset_origin)).Bind(20, rows.time.proven_ms);
  put.Bind(21, rows.time.claimed_ms).Bind(22, rows.time.stood_ms);
  return put.Run();
}

}  // namespace keymeter::processor
