#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/series_selection.h"

namespace keymeter::query_api {

/// What people call the names that usage is grouped by: keys, accounts and groups are looked up by their ids,
/// owners, who have no table, are read at once.
///
/// Threads: one. Lifetime: of the snapshot that it was read from. Bounds: the names of all owners.
/// Tested by tests/query-api/usage/series_selection_test.cc.
class DisplayNames {
 public:
  static Result<DisplayNames> Read(Snapshot& snapshot, GroupBy by);

  /// The name of a key, an account, a group or an owner, or its id when it has none.
  [[nodiscard]] Result<std::string> Of(Snapshot& snapshot, const std::string& id) const;

 private:
  explicit DisplayNames(GroupBy by) : by_(by) {}

  GroupBy by_;
  std::unordered_map<std::string, std::string> owners_;  ///< names by id
};

}  // namespace keymeter::query_api
