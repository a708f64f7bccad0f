#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/civil_time.h"
#include "schema/error.h"
#include "schema/key_pattern.h"
#include "schema/metrics.h"

/// A source profile: which keys of a relay's Redis are counters and entities, and which of their fields are
/// read. Only fields that a profile lists are ever asked of Redis. Profiles are data: profiles/*.json.
namespace keymeter {

/// Who is metered; also the name in SQL (`series.kind`).
enum class EntityKind : std::uint8_t { kApiKey, kAccount };

[[nodiscard]] std::string_view EntityKindName(EntityKind kind);  ///< "api_key", "account"

/// Sets in which the relay lists the members of each hour: read instead of scanning the key space.
struct IndexSpec {
  KeyPattern key;     ///< holes {date} {hour}
  KeyPattern member;  ///< holes {id} {model}
};

/// A hash of growing counters, one per entity x model x hour.
struct CounterSpec {
  EntityKind kind = EntityKind::kApiKey;
  KeyPattern key;      ///< holes {id} {model} {date} {hour}
  int keep_hours = 0;  ///< how long the relay keeps such a hash after its last write
  std::optional<IndexSpec> index;
  std::vector<std::pair<Metric, std::string>> fields;  ///< metric ← field of the hash
};

/// A hash of facts about one entity.
struct EntitySpec {
  EntityKind kind = EntityKind::kApiKey;
  KeyPattern key;                    ///< hole {id}
  std::vector<std::string> exclude;  ///< ids that are no ids: keys of another use under the same prefix
  std::string index;                 ///< a set of the ids, or empty: then SCAN
  std::vector<std::pair<std::string, std::string>> fields;    ///< attribute ← field of the hash
  std::vector<std::pair<std::string, std::string>> defaults;  ///< attribute ← value where the hash has none
  std::vector<std::string> group_fields;                      ///< fields that may hold "group:{groupId}"
};

struct GroupSpec {
  KeyPattern key;      ///< hole {id}
  std::string index;   ///< the set of group ids
  KeyPattern members;  ///< hole {id}: a set of account ids
  std::vector<std::pair<std::string, std::string>> fields;
};

struct Profile {
  std::string name;
  std::string description;
  std::vector<CounterSpec> counters;
  std::vector<EntitySpec> entities;
  std::optional<GroupSpec> groups;
};

/// The attributes that an entity (or a group) may have: the columns of its table.
[[nodiscard]] const std::vector<std::string_view>& EntityAttributes(EntityKind kind);
[[nodiscard]] const std::vector<std::string_view>& GroupAttributes();

/// Reads a profile. An error names the place in it: "counters[0].key: …". Unknown members are errors.
[[nodiscard]] Result<Profile> ParseProfile(std::string_view json);

/// A shipped profile by its name ("auto" takes the first), or else a file by its path.
[[nodiscard]] Result<Profile> LoadProfile(const std::string& name_or_path);

}  // namespace keymeter
