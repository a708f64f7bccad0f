#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/metering/restart_state.h"
#include "processor/metering/write_batch.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Where a relay may hold an entity: the key that an entry of the profile makes of an id.
struct EntityPlace {
  static constexpr std::size_t kGroups = static_cast<std::size_t>(-2);

  std::size_t spec;  ///< in profile.entities; kGroups: profile.groups
  std::string id;
  auto operator<=>(const EntityPlace&) const = default;
};

/// What is known of each API key, account and group, and which of it is not durable yet. Turns what was read
/// at a place into rows, where it is news.
///
/// - An id that several places hold belongs to the first one, in the profile's order.
/// - An entity is gone when its place was read and it was not there; never because it was not listed, or
///   could not be read. So what was deleted while nobody watched is found by reading what the file knows
///   (Restore).
/// - An account that is known by its usage only stays as it is, and is looked for again from time to time.
///
/// Pure: knows neither Redis nor SQLite. Threads: loop thread. Lifetime: borrows the profile. Bounds: about
/// 200 bytes an entity, at most so many entities as given; a row only for what changed.
class KnownEntities {
 public:
  static constexpr std::size_t kMostEntities = 500'000;

  using Attributes = std::vector<std::pair<std::string, std::string>>;

  explicit KnownEntities(const Profile& profile, std::size_t most = kMostEntities)
      : profile_(profile), most_(most) {}

  void Restore(const StoredEntities& stored);

  /// Each place where an entity of this kind and id may be.
  [[nodiscard]] std::vector<EntityPlace> PlacesOf(EntityKind kind, std::string_view id) const;
  /// The places of all entities that were there when they were last read.
  [[nodiscard]] std::vector<EntityPlace> Places() const;
  /// The same, of one entry of the profile.
  [[nodiscard]] std::vector<EntityPlace> PlacesIn(std::size_t spec) const;
  /// Further ones are not taken.
  [[nodiscard]] bool IsFull() const { return known_.size() >= most_; }
  /// Whether it was there when it was last read.
  [[nodiscard]] bool IsThere(EntityKind kind, std::string_view id) const;
  [[nodiscard]] bool IsGroupThere(std::string_view id) const { return IsGroup(std::string(id)); }

  /// Usage of an account was seen. Until the account is found, TakeMissing names it.
  void Miss(std::string_view account);
  /// The next few accounts that are known by their usage only; all of them take turns.
  [[nodiscard]] std::vector<std::string> TakeMissing(std::size_t most);

  /// `bindings`: of API keys.
  void OnFound(const EntityPlace& place, Attributes attributes, std::vector<Binding> bindings = {});
  /// True when the entity was there before: another place may hold it now.
  bool OnNotFound(const EntityPlace& place);
  /// The place could not be read: that does not mean that the entity is gone.
  void OnUnreadable(const EntityPlace& place);
  void OnMembers(GroupMembers members);

  [[nodiscard]] std::size_t unwritten() const { return rows_.size(); }
  /// Moves new rows into the batch; Undrain takes them back.
  void Drain(WriteBatch& batch);
  void Undrain(const WriteBatch& batch);

 private:
  using Table = EntityRow::Table;
  using Key = std::pair<Table, std::string>;
  static constexpr std::size_t kUnknownSpec = static_cast<std::size_t>(-1);  ///< behind every other

  struct Known {
    std::size_t spec = kUnknownSpec;  ///< of the place that holds it, or held it
    bool may_be_unreadable = false;   ///< its place is unknown, and one of those could not be read
    bool is_gone = false;
    std::uint64_t hash = 0;           ///< of the newest row
    std::uint64_t bindings_hash = 0;  ///< likewise
    std::uint32_t row = 0;            ///< in rows_, when that one is its
    std::uint32_t bindings_row = 0;   ///< in bindings_, likewise
  };

  static Table TableOf(EntityKind kind);
  [[nodiscard]] Table TableOf(std::size_t spec) const;
  [[nodiscard]] Key KeyOf(const EntityPlace& place) const { return {TableOf(place.spec), place.id}; }
  [[nodiscard]] bool IsThere(const Key& key) const;
  [[nodiscard]] bool IsGroup(const std::string& id) const { return IsThere({Table::kGroup, id}); }
  [[nodiscard]] bool IsLastOfItsKind(std::size_t spec) const;
  void AppendPlaces(const Key& key, const Known& known, std::vector<EntityPlace>& places) const;
  void Put(EntityRow row, Known& known);
  void Put(ApiKeyBindings bindings, Known& known);
  [[nodiscard]] bool HasRow(const Key& key, const Known& known) const;
  [[nodiscard]] bool HasBindings(const std::string& api_key, const Known& known) const;
  void KeepGone(const Key& key, Known& known);

  const Profile& profile_;
  const std::size_t most_;
  std::map<Key, Known> known_;
  std::map<std::string, std::vector<std::string>, std::less<>> known_members_;  ///< by group
  std::set<std::string, std::less<>> missing_;  ///< accounts that only usage shows
  std::string last_missing_;

  // The newest of each, not durable yet. Entities know their rows, so that a drain of all of them is a move.
  std::vector<EntityRow> rows_;
  std::vector<ApiKeyBindings> bindings_;
  std::map<std::string, GroupMembers> members_;  ///< by group
};

}  // namespace keymeter::processor
