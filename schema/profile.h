#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/civil_time.h"
#include "schema/key_pattern.h"
#include "schema/metrics.h"

/// A source profile: which keys of a relay's Redis are counters and entities, and which of their fields are
/// read. Only fields that a profile lists are ever asked of Redis. Profiles are data: profiles/*.json, read
/// by profile_parser.h.
///
/// Threads: values. Bounds: those of the file.
namespace keymeter {

/// Who is metered; also the name in SQL (`series.kind`).
enum class EntityKind : std::uint8_t { kApiKey, kAccount };

[[nodiscard]] std::string_view EntityKindName(EntityKind kind);  ///< "api_key", "account"

/// The span of time that one counter covers: an hour, which its key names, or all time since it began.
enum class Period : std::uint8_t { kHour, kNone };

/// Sets in which the relay lists a counter's members: read instead of scanning the key space.
struct IndexSpec {
  KeyPattern key;     ///< holes {date} {hour}: one set an hour; none for a cumulative counter
  KeyPattern member;  ///< holes {id} and, where the counter has it, {model}
};

/// The relay's counters of the same usage by the day or the month, kept longer than those of the hour: older
/// history is read from them. Their fields are those of the counter.
struct CoarseSpec {
  Level level = Level::kDay;
  KeyPattern key;     ///< holes {id}, the counter's {model}, and {date} or {month}
  int keep_days = 0;  ///< how long the relay keeps such a hash after its last write
};

/// A hash of growing counters, one per entity (x model) (x hour).
struct CounterSpec {
  EntityKind kind = EntityKind::kApiKey;
  /// Holes {id}, {model} where usage is known by model, {date} {hour} when the period is the hour.
  KeyPattern key;
  Period period = Period::kHour;
  int keep_hours = 0;  ///< how long the relay keeps such a hash after its last write; 0 without a period
  std::vector<std::string> exclude;  ///< in the place of {id}: names of keys that are no counters
  std::optional<IndexSpec> index;
  std::vector<std::pair<Metric, std::string>> fields;  ///< metric ← field of the hash
  std::vector<CoarseSpec> coarser;                     ///< at most one a level, the day first

  [[nodiscard]] bool IsExcluded(std::string_view id) const;
  /// Whether the relay may have deleted the hash of this hour by now.
  [[nodiscard]] bool HasExpired(std::int64_t hour, std::int64_t now_ms) const;
};

/// How the facts about an entity are kept.
enum class EntityForm : std::uint8_t {
  kHash,  ///< a hash; only the listed fields are asked for
  kJson,  ///< a string that holds a JSON object; Redis sends all of it, only listed fields are copied
};

enum class BindingKind : std::uint8_t { kAccount, kGroup };

[[nodiscard]] std::string_view BindingKindName(BindingKind kind);  ///< "account", "group"

/// Fields of an API key that name what serves it: the id of an account, or an id with a prefix that says of
/// what it is.
struct BindingSpec {
  std::vector<std::pair<std::string, std::string>> fields;    ///< platform ← field of the hash
  std::vector<std::pair<std::string, BindingKind>> prefixes;  ///< "group:"; without one it is an account
};

/// What a relay keeps of an account for a time only, in a key of its own that expires: that it is
/// unavailable, the balance that its provider named.
struct NoteSpec {
  EntityForm form = EntityForm::kHash;
  KeyPattern key;                                           ///< hole {id}, the account's
  int every_s = 0;                                          ///< how often it is looked at
  std::vector<std::pair<std::string, std::string>> fields;  ///< attribute ← field of the hash
};

/// Facts about one entity.
struct EntitySpec {
  EntityKind kind = EntityKind::kApiKey;
  EntityForm form = EntityForm::kHash;
  KeyPattern key;                    ///< hole {id}
  std::vector<std::string> exclude;  ///< in the place of {id}: names of keys that are no entities
  std::string index;                 ///< a set of the ids, or empty: then SCAN
  std::vector<std::pair<std::string, std::string>> fields;    ///< attribute ← field of the hash
  std::vector<std::pair<std::string, std::string>> defaults;  ///< attribute ← value where the hash has none
  BindingSpec bindings;                                       ///< of API keys
  std::vector<NoteSpec> notes;                                ///< of accounts
};

struct GroupSpec {
  KeyPattern key;      ///< hole {id}
  std::string index;   ///< the set of group ids
  KeyPattern members;  ///< hole {id}: a set of account ids
  std::vector<std::pair<std::string, std::string>> fields;
};

/// The relay's own sum over all entities of a kind in a day.
struct DaySumSpec {
  EntityKind kind = EntityKind::kApiKey;
  KeyPattern key;  ///< hole {date}
  std::vector<std::pair<Metric, std::string>> fields;
};

struct Profile {
  std::string name;
  std::string description;
  std::vector<CounterSpec> counters;
  std::optional<DaySumSpec> day_sum;  ///< to audit our own sums against
  std::vector<EntitySpec> entities;
  std::optional<GroupSpec> groups;
};

/// The attributes that an entity (or a group) may have: the columns of its table.
[[nodiscard]] const std::vector<std::string_view>& EntityAttributes(EntityKind kind);
[[nodiscard]] const std::vector<std::string_view>& GroupAttributes();
/// The attributes of an account that notes hold; they are none of EntityAttributes.
[[nodiscard]] const std::vector<std::string_view>& NoteAttributes();

}  // namespace keymeter
