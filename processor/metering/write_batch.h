#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/metering/growth.h"
#include "processor/metering/metering_plan.h"
#include "processor/metering/series_registry.h"
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
  std::int64_t
      bucket;  ///< of `level`: an hour, or kNoPeriod; a day or a month that was read in place of its hours
  SeriesId series;
  Amounts lost;
  Level level = Level::kHour;
};

/// One absence; one that begins where a gap of the file does is that gap, and has grown.
/// What the relay keeps of a closed day or month.
struct CoarseReading {
  Level level;
  std::int64_t bucket;  ///< epoch seconds
  EntityKind kind;
  SeriesId series;
  Amounts values;
};

/// What the relay says that all entities of a kind used in a closed day.
struct DaySumReading {
  std::int64_t day;  ///< epoch seconds
  EntityKind kind;
  std::vector<Metric> metrics;  ///< that it says something of
  Amounts values;
};

/// A part of an audit, as much as one flush should look at.
struct AuditStep {
  std::int64_t oldest_hour = 0;  ///< what was found of older ones can be compared no longer, and is forgotten
  std::int64_t oldest_day = 0;
  std::vector<std::int64_t> hours;  ///< whose rows are to be compared with the readings
  std::vector<CoarseReading> days;
  std::vector<DaySumReading> sums;
};

/// A value that differs beyond what `adjustments` explain.
struct DriftRow {
  Level level;
  std::int64_t bucket;
  SeriesId series;  ///< kNone: all API keys together
  Metric metric;
  std::int64_t relay;
  std::int64_t ours;
};

/// An audit that has come to its end.
struct AuditRow {
  std::int64_t begun_ms = 0;
  std::int64_t took_ms = 0;
  std::int64_t from_hour = 0;  ///< [from_hour, to_hour), epoch seconds
  std::int64_t to_hour = 0;
  std::int64_t hours = 0;  ///< counters compared
  std::int64_t days = 0;
  std::int64_t drift = 0;
};

struct GapRow {
  std::int64_t from_ms;
  std::int64_t to_ms;
  std::string reason;
};

/// What a gap gave back, by the finest level that it has; of API keys.
struct GapRecovery {
  struct Sum {
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
  };
  std::int64_t gap_from_ms = 0;
  std::array<Sum, 4> levels{};  ///< by Level, from the minute to the month

  void Add(Level level, const Amounts& growth) {
    Sum& sum = levels.at(static_cast<std::size_t>(level));
    sum.requests += growth[Metric::kRequests];
    sum.tokens += growth.TotalTokens();
  }
};

struct CoverageRow {
  std::int64_t minute;
  std::int64_t covered_ms = 0;  ///< below 0: it was claimed too early
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
  std::vector<GapRecovery> recoveries;
  std::vector<CoarseReading> history;  ///< days, then months, of which no hours were read
  std::int64_t history_gap_ms = 0;     ///< the gap that they are recovered of
  std::optional<AuditStep> audit;
  std::optional<AuditRow> audited;
  std::vector<CoverageRow> coverage;
  std::vector<EntityRow> entities;
  std::vector<ApiKeyBindings> bindings;
  std::vector<GroupMembers> members;
  std::string profile;  ///< the one in use; empty while that is not decided
  std::vector<ProfileUse>
      profile_uses;  ///< which profile meters which hours, when the file does not know yet
  std::optional<std::int64_t> utc_offset_s;
  std::string data_set;                     ///< see DataSetMark::Text; "": as before
  std::int64_t history_due_from_ms = 0;     ///< see StoredState
  std::int64_t covered_until_ms = 0;        ///< 0: not yet
  std::int64_t forget_readings_before = 0;  ///< epoch seconds: of earlier hours, unchanged since; 0: none
  std::optional<PriceLoad> prices;
  Heartbeat heartbeat;
};

/// Growth and readings in the order of their tables, so that SQLite goes through its pages once.
void OrderAsTables(WriteBatch& batch);

}  // namespace keymeter::processor
