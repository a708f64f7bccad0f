#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/metering/write_batch.h"
#include "processor/redis/redis_link.h"
#include "processor/redis/scan_queue.h"
#include "processor/source/known_entities.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Keeps the dimensions up to date: API keys, accounts and groups by their hashes' events; what changes
/// without an event that we take (members of groups, accounts that are strings) by a slow sweep; everything
/// after a connect. Only fields that the profile lists are asked for; where a string brings others along,
/// they are not copied, and the reply is wiped.
///
/// Threads: loop thread. Lifetime: borrows all that it is given. Bounds: one pipeline under way, kMostReads
/// entities each; an unchanged entity leads to no row.
/// Tested by tests/integration/entities_test.cc.
class EntityReader {
 public:
  EntityReader(const Profile& profile, RedisLink& link, ScanQueue& scans);

  /// What the file holds, before anything is read: what of it went away meanwhile is found by the first
  /// WalkAll.
  void Restore(const StoredEntities& stored) { known_.Restore(stored); }

  /// The entity of this id may have changed, come or gone; `spec` is its place in profile.entities.
  void Mark(std::size_t spec, std::string_view id);
  void MarkGroup(std::string_view id);
  /// Usage of an entity was seen; a lookup follows when it is unknown.
  void MarkUnknown(EntityKind kind, std::string_view id);

  /// Every entity that there is or was: after each connect, and where events cannot be relied on every half a
  /// minute. Does nothing while the last such walk is under way.
  void WalkAll();
  [[nodiscard]] bool IsWalkingAll() const { return is_walking_; }
  void WalkSilent();  ///< what raises no event that we take: every ten seconds or so
  void ReadMarked();  ///< once a second or so
  void Reset();       ///< the session ended

  /// Moves new rows into the batch; Undrain takes them back.
  void Drain(WriteBatch& batch) { known_.Drain(batch); }
  void Undrain(const WriteBatch& batch) { known_.Undrain(batch); }

 private:
  void Mark(const std::vector<EntityPlace>& places) { marked_.insert(places.begin(), places.end()); }
  void WalkSpec(std::size_t spec);
  void WalkGroups();
  void WalkMembers(const std::string& group_id);

  void AppendRead(std::string& commands, const EntityPlace& place) const;
  void OnReply(const EntityPlace& place, const Reply& reply);
  void OnHash(const EntityPlace& place, const Reply& reply);
  void OnJson(const EntityPlace& place, const Reply& reply);
  void OnFields(const EntityPlace& place, KnownEntities::Attributes fields, std::vector<Binding> bindings);
  void OnUnreadable(const EntityPlace& place, std::string_view why);

  const Profile& profile_;
  RedisLink& link_;
  ScanQueue& scans_;
  KnownEntities known_;
  std::set<EntityPlace> marked_;      ///< in the order in which KnownEntities wants them read
  std::set<EntityPlace> unreadable_;  ///< logged once each
  bool is_reading_ = false;
  bool is_walking_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
