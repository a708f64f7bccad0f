#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/metering/proven_time.h"

/// What a restart goes on from, as the file holds it: plain values. The loaders are in storage/
/// (stored_state.h, stored_entities.h).
/// Tested by tests/processor/storage/stored_state_test.cc and stored_entities_test.cc.
namespace keymeter::processor {

/// Where metering stopped.
struct StoredState {
  static constexpr std::int64_t kNothing = -1;

  std::vector<ProfileUse> profile_uses;      ///< empty for a fresh file
  std::optional<std::int64_t> utc_offset_s;  ///< empty until it is known
  OffsetOrigin offset_origin = OffsetOrigin::kUnknown;
  std::optional<std::int64_t> covered_until_ms;  ///< every event before this is inside the rows
  std::string data_set;  ///< identifies the data set that all readings came from (DataSetMark::Text)
  /// Days and months older than the relay's hours have not been read since this moment. 0: they never were;
  /// kNothing: all of them are read.
  std::int64_t history_due_from_ms = 0;
  TimeProof time;
  std::int64_t audited_until = 0;  ///< epoch seconds: closed hours and days before this were compared
};

/// The ids of the entities that existed when the file was written. A restart asks the relay for each of them,
/// because any may have been deleted meanwhile.
struct StoredEntities {
  std::vector<std::string> api_keys;
  std::vector<std::string> accounts;
  std::vector<std::string> bare_accounts;  ///< known by their usage only
  std::vector<std::string> groups;
};

}  // namespace keymeter::processor
