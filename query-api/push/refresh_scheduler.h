#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace keymeter::query_api {

/// The state of the file at a reading. With an equal stamp, reading again gives the same.
struct DataStamp {
  std::uint64_t file_id = 0;
  std::int64_t data_version = 0;
  // With these, what is shown moves on without any data.
  std::int64_t hour = 0;  ///< its begin (UTC): accounts show their last 24 hours
  std::int64_t day = 0;   ///< its begin, at the relay's offset: all show their day
  bool operator==(const DataStamp&) const = default;
};

/// Decides which entities of one kind are read next, when a round cannot read all of them.
///
/// Entities that were never read come first, since a client waits for them; then those that were used since
/// they were read; then the rest, the one read longest ago first. An entity that cannot have changed is not
/// due. It reads nothing itself (see PushPublisher).
/// Threads: one. Lifetime: owns its notes. Bounds: one note per entity that was read.
class RefreshScheduler {
 public:
  using Uses = std::map<std::string, std::uint64_t>;  ///< see ReadRecentUse

  /// The due ones of `ids`, in the order in which to read them. `only_unread`: those that were never read.
  [[nodiscard]] std::vector<std::string> Due(const std::set<std::string>& ids, const DataStamp& stamp,
                                             bool only_unread) const;
  /// Moves the entities that were used since they were read to the front.
  void Prefer(std::vector<std::string>& due, const Uses& uses) const;
  /// The entity was read now. `changes_by_time`: it is due again even if the file stays the same.
  void MarkRead(const std::string& id, const DataStamp& stamp, bool changes_by_time, const Uses& uses);
  void Forget(const std::string& id) { reads_.erase(id); }
  void ForgetAllBut(const std::set<std::string>& ids);
  /// Adds the ids of all entities that were read.
  void AddKnownTo(std::set<std::string>& ids) const;

 private:
  struct Reading {
    DataStamp stamp;
    bool changes_by_time = false;
    std::uint64_t turn = 0;  ///< readings are numbered
    std::uint64_t use = 0;   ///< of Uses, at the reading
  };
  [[nodiscard]] bool IsUsedSince(const std::string& id, const Uses& uses) const;

  std::map<std::string, Reading> reads_;
  std::uint64_t last_turn_ = 0;
};

}  // namespace keymeter::query_api
