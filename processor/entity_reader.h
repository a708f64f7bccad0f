#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "processor/redis_link.h"
#include "processor/scan_queue.h"
#include "processor/write_batch.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Keeps the dimensions up to date: API keys, accounts and groups by their hashes' events, members of groups
/// (their sets are too noisy to subscribe to) by a slow sweep. Only fields that the profile lists are asked
/// for.
///
/// Threads: loop thread. Lifetime: borrows all that it is given.
/// Bounds: one pipeline under way, kMostReads hashes each; an unchanged entity leads to no row.
class EntityReader {
 public:
  EntityReader(const Profile& profile, RedisLink& link, ScanQueue& scans);

  /// The hash of this id may have changed, come or gone; `spec` is its place in profile.entities.
  void Mark(std::size_t spec, std::string_view id);
  void MarkGroup(std::string_view id);
  /// Usage of an entity was seen; a lookup follows when it is unknown.
  void MarkUnknown(EntityKind kind, std::string_view id);

  void WalkAll();     ///< every entity that there is: after each connect
  void WalkGroups();  ///< groups and their members: every few seconds
  void ReadMarked();  ///< once a second or so
  void Reset();       ///< the session ended

  /// Moves new rows into the batch; Undrain takes them back.
  void Drain(WriteBatch& batch);
  void Undrain(const WriteBatch& batch);

 private:
  struct Target {
    std::size_t spec;  ///< place in profile.entities; kGroupSpec for groups
    std::string id;
    auto operator<=>(const Target&) const = default;
  };
  static constexpr std::size_t kGroupSpec = static_cast<std::size_t>(-1);

  void AppendRead(std::string& commands, const Target& target) const;
  void OnReply(const Target& target, const Reply& reply);
  void TakeApiKeyGroup(const EntitySpec& spec, const Reply& reply, EntityRow& row) const;
  void Keep(const Target& target, EntityRow row);
  void WalkMembers(const std::string& group_id);
  void KeepMembers(GroupMembers members);

  const Profile& profile_;
  RedisLink& link_;
  ScanQueue& scans_;
  std::set<Target, std::less<>> marked_;
  bool is_reading_ = false;
  std::uint64_t generation_ = 0;

  std::map<Target, std::size_t> known_;  ///< hash of the last row of each
  std::unordered_map<std::string, std::vector<std::string>> known_members_;
  std::map<std::pair<EntityRow::Table, std::string>, EntityRow>
      rows_;                                     ///< the newest of each, not durable yet
  std::map<std::string, GroupMembers> members_;  ///< by group, likewise
};

}  // namespace keymeter::processor
