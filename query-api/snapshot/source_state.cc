#include "query-api/snapshot/source_state.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kSql = R"(
    SELECT connected, baseline_read, last_event_ms, stopped_ms, last_flush_ms, flush_interval_ms, lag_ms,
      problem, profile, utc_offset_s, rolled_until, data_version, drift, minutes_from, hours_from, days_from,
      money_from
    FROM processor_status)";

std::optional<std::int64_t> OptionalInt(const Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.Int(column);
}

}  // namespace

Result<SourceState> ReadSourceState(Lease& lease) {
  ASSIGN_OR_RETURN(auto query, lease.Prepare(kSql));
  ASSIGN_OR_RETURN(const auto has_row, query->Step());
  if (!has_row) return Fail(ErrorCode::kCorrupt, "the usage file lacks its state");
  const Statement& row = *query;
  SourceState state;
  state.has_processor = !row.IsNull(0);
  if (state.has_processor) {
    state.connected = row.Int(0) != 0;
    state.baseline_read = row.Int(1) != 0;
    state.last_event_ms = OptionalInt(row, 2);
    state.stopped_ms = OptionalInt(row, 3);
    state.last_flush_ms = row.Int(4);
    state.flush_interval_ms = row.Int(5);
    state.lag_ms = row.Int(6);
    state.problem = std::string(row.Text(7));
  }
  state.profile = std::string(row.Text(8));
  state.utc_offset_s = row.Int(9);
  state.rolled_until = row.Int(10);
  state.data_version = row.Int(11);
  state.drift = row.Int(12);
  state.money_from = row.Int(16);
  state.horizons = {row.Int(13), row.Int(14), row.Int(15)};
  return state;
}

}  // namespace keymeter::query_api
