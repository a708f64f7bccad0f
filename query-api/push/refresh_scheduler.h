#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace keymeter::query_api {

/// What the file looked like when something was read from it; another one may say something else.
struct DataStamp {
  std::uint64_t file_id = 0;
  std::int64_t data_version = 0;
  std::int64_t day = 0;  ///< today's bucket: at midnight "today" begins anew without any data
  bool operator==(const DataStamp&) const = default;
};

/// Which entities of one kind are to be read next, when not all can be.
///
/// What has never been read comes first, since somebody waits for it; then what has been used since; then
/// the rest, longest unread first. What cannot have changed is not due.
/// Threads: one.
class RefreshScheduler {
 public:
  using Uses = std::map<std::string, std::uint64_t>;  ///< see ReadRecentUse

  /// Those of `ids` that are due, the first to be read first. `only_unread`: only what was never read.
  [[nodiscard]] std::vector<std::string> Due(const std::set<std::string>& ids, const DataStamp& stamp,
                                             bool only_unread) const;
  /// Moves what was used since it was read before what was not.
  void Prefer(std::vector<std::string>& due, const Uses& uses) const;
  /// It has been read now. `changes_by_time`: it is due again although the file stays the same.
  void MarkRead(const std::string& id, const DataStamp& stamp, bool changes_by_time, const Uses& uses);
  void Forget(const std::string& id) { reads_.erase(id); }
  void ForgetAllBut(const std::set<std::string>& ids);
  /// Adds those that were read before.
  void AddKnownTo(std::set<std::string>& ids) const;

 private:
  struct Reading {
    DataStamp stamp;
    bool changes_by_time = false;
    std::uint64_t turn = 0;
    std::uint64_t use = 0;
  };
  [[nodiscard]] bool IsUsedSince(const std::string& id, const Uses& uses) const;

  std::map<std::string, Reading> reads_;
  std::uint64_t last_turn_ = 0;
};

}  // namespace keymeter::query_api
