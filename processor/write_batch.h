#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/growth.h"
#include "processor/metering_plan.h"
#include "processor/series_registry.h"
#include "schema/civil_time.h"
#include "schema/metrics.h"
#include "schema/price_list.h"
#include "schema/profile.h"

/// What one flush writes, in one transaction. Plain values: made on the loop thread, moved to the writer
/// thread, and moved back when SQLite refuses.
namespace keymeter::processor {

struct GrowthRow {
  Level level;  ///< kMinute: timed; kHour and above: untimed there
  std::int64_t bucket;
  SeriesId series;
  Amounts growth;
};

struct ReadingRow {
  std::int64_t hour;  ///< epoch seconds, or kNoPeriod; so everywhere below
  SeriesId series;
  std::int64_t read_ms;
  Amounts values;
};

struct AdjustmentRow {
  std::int64_t at_ms;
  FallReason reason;
  std::int64_t hour;
  SeriesId series;
  Amounts lost;
};

struct GapRow {
  std::int64_t from_ms;
  std::int64_t to_ms;
  std::string reason;
};

struct CoverageRow {
  std::int64_t minute;
  std::int64_t covered_ms = 0;
  std::int64_t events = 0;
  std::int64_t readings = 0;
  std::int64_t max_delay_ms = 0;
};

/// New facts about an API key, an account or a group. Attribute values are as the relay wrote them.
struct EntityRow {
  enum class Table : std::uint8_t { kApiKey, kAccount, kGroup };
  Table table;
  std::string id;
  bool is_gone = false;  ///< no such hash: only that is recorded, attributes stay as they were
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string group_id;  ///< of API keys: the first group that serves it
};

/// Who serves an API key: an account or a group of accounts, for one platform.
struct Binding {
  std::string platform;
  BindingKind kind;
  std::string target;  ///< the account's or group's id
};

/// All that there are: they replace what was written before.
struct ApiKeyBindings {
  std::string api_key;
  std::vector<Binding> bindings;
};

struct GroupMembers {
  std::string group_id;
  std::vector<std::string> accounts;
};

struct Heartbeat {
  std::int64_t started_ms = 0;
  std::optional<std::int64_t> stopped_ms;
  bool is_connected = false;
  bool is_baseline_read = false;
  std::string redis_version;
  std::int64_t last_event_ms = 0;
  std::int64_t flush_ms = 0;
  std::int64_t flush_interval_ms = 0;
  std::int64_t lag_ms = 0;
  std::string problem;
};

/// A price list that was read anew, and when.
struct PriceLoad {
  std::shared_ptr<const PriceList> list;
  std::int64_t now_ms;
};

struct WriteBatch {
  std::vector<std::pair<SeriesId, Series>> new_series;
  std::vector<GrowthRow> growth;
  std::vector<ReadingRow> readings;
  std::vector<AdjustmentRow> adjustments;
  std::vector<GapRow> gaps;
  std::vector<CoverageRow> coverage;
  std::vector<EntityRow> entities;
  std::vector<ApiKeyBindings> bindings;
  std::vector<GroupMembers> members;
  std::string profile;  ///< the one in use; empty while that is not decided
  std::vector<ProfileUse>
      profile_uses;  ///< which profile meters which hours, when the file does not know yet
  std::optional<std::int64_t> utc_offset_s;
  std::int64_t covered_until_ms = 0;        ///< 0: not yet
  std::int64_t forget_readings_before = 0;  ///< epoch seconds: of earlier hours, unchanged since; 0: none
  std::optional<PriceLoad> prices;
  Heartbeat heartbeat;
};

}  // namespace keymeter::processor
