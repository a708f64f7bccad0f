#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/metering/proven_time.h"

/// The processor's own state: where metering stands, and how the program is. Plain values; a part of
/// WriteBatch.
/// Tested by tests/processor/storage/window_writer_test.cc.
namespace keymeter::processor {

/// How the program is, for readers of the file (view processor_status).
struct Heartbeat {
  std::int64_t started_ms = 0;
  std::optional<std::int64_t> stopped_ms;
  bool is_connected = false;
  bool is_baseline_read = false;
  std::string redis_version;
  std::int64_t last_event_ms = 0;  ///< 0: the stored one stays
  std::int64_t flush_ms = 0;
  std::int64_t flush_interval_ms = 0;
  std::int64_t lag_ms = 0;
  std::string problem;
};

/// One row. What a restart goes on from is read back as StoredState.
struct StateRows {
  std::string profile;                   ///< the profile in use; empty while that is not decided
  std::vector<ProfileUse> profile_uses;  ///< those that the file does not know yet
  std::optional<std::int64_t> utc_offset_s;
  OffsetOrigin offset_origin = OffsetOrigin::kUnknown;
  std::string data_set;                  ///< see DataSetMark::Text; empty: the stored one stays
  std::int64_t history_due_from_ms = 0;  ///< see StoredState
  std::int64_t covered_until_ms = 0;     ///< 0: the stored one stays
  TimeProof time;                        ///< all zero: the stored one stays
  Heartbeat heartbeat;
};

}  // namespace keymeter::processor
