#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/metering/write_batch.h"
#include "processor/redis/redis_link.h"
#include "processor/redis/scan_queue.h"
#include "processor/runtime/left_out.h"
#include "processor/source/entity_questions.h"
#include "processor/source/key_search.h"
#include "processor/source/known_entities.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Keeps API keys, accounts and groups up to date: by the events of their hashes; by a slow scan, where
/// changes raise no event that we take (members of groups, accounts that are strings); and all of them after
/// each connect.
///
/// Only fields that the profile lists are asked for. A string may hold others as well: they are not copied,
/// and the reply is wiped. A field that is too long is left out (EntityQuestions).
/// Threads: loop thread. Lifetime: borrows all that it is given; outlives sessions. Bounds: one pipeline
/// under way, of at most kMostReads entities; no row for an unchanged entity; what KnownEntities keeps.
/// Tested by tests/integration/entities_test.cc and secrets_test.cc.
class EntityReader {
 public:
  EntityReader(const Profile& profile, RedisLink& link, ScanQueue& scans, KeySearch& search,
               LeftOut& left_out);

  /// What the file holds, before anything is read. The first WalkAll finds out what of it has gone.
  void Restore(const StoredEntities& stored) { known_.Restore(stored); }

  /// The entity of this id may have changed, come or gone; `spec` is its place in profile.entities.
  void Mark(std::size_t spec, std::string_view id);
  void MarkGroup(std::string_view id);
  /// Usage of an entity was seen; it is looked up if it is unknown.
  void MarkUnknown(EntityKind kind, std::string_view id);

  /// Reads every entity that there is or was: those that are known and those that sets list; `searches`: and
  /// those that a search of the key space finds besides, because older relays keep no sets. Does nothing
  /// while a walk that does as much is under way.
  void WalkAll(bool searches);
  /// What is known of them, for who reads further keys of theirs.
  [[nodiscard]] const KnownEntities& known() const { return known_; }
  /// So many wait to be read that listings should wait, too.
  [[nodiscard]] bool IsFull() const { return marked_.size() >= kMostMarked; }
  [[nodiscard]] bool IsWalkingAll() const { return walk_ != Walk::kNone; }
  void WalkSilent();  ///< only what raises no event that we take
  /// A search has found it. Any search shows entities that are not known yet.
  void OnEntityKey(std::size_t spec, std::string_view id);
  void OnGroupKey(std::string_view id);
  void ReadMarked();  ///< once a second or so
  void Reset();       ///< the session ended

  /// Moves new rows into the batch; Undrain takes them back.
  void Drain(WriteBatch& batch);
  void Undrain(const WriteBatch& batch) { known_.Undrain(batch); }

 private:
  static constexpr std::size_t kMostMarked = 20'000;
  enum class Walk : std::uint8_t { kNone, kListed, kSearched };  ///< each does what the one before it does

  void Mark(const std::vector<EntityPlace>& places) { marked_.insert(places.begin(), places.end()); }
  void WalkSet(std::size_t spec);
  void List(const std::string& set, std::function<void(std::string_view)> on_member);
  void WalkGroups();
  void WalkMembers(const std::string& group_id);

  void OnReply(std::size_t index, const Reply& reply);
  void OnEntity(const EntityPlace& place, const Reply& reply);
  void OnHash(const EntityPlace& place, const Reply& reply);
  void OnJson(const EntityPlace& place, const Reply& reply);
  void OnFields(const EntityPlace& place, KnownEntities::Attributes fields, std::vector<Binding> bindings);
  void OnUnreadable(const EntityPlace& place, std::string_view why);
  /// Leaves of each list (tags, permissions, restricted models), and of rates, what is kept, and logs what is
  /// left out.
  void CheckLists(const EntityPlace& place, KnownEntities::Attributes& fields);

  const Profile& profile_;
  RedisLink& link_;
  ScanQueue& scans_;
  KeySearch& search_;
  LeftOut& left_out_;
  KnownEntities known_;
  EntityQuestions questions_;         ///< those under way
  std::set<EntityPlace> marked_;      ///< in the order in which KnownEntities wants them read
  std::set<EntityPlace> unreadable_;  ///< logged once each
  std::set<std::pair<EntityPlace, std::string>> cut_;  ///< by attribute: lists that are not whole; likewise
  bool is_reading_ = false;
  Walk walk_ = Walk::kNone;  ///< under way
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
