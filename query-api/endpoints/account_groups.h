#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/http_types.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/entity_totals.h"

namespace keymeter::query_api {

/// The groups of each account: how many members they have, and how many of those were used in the last ten
/// minutes.
///
/// Members are counted once, when they are read.
/// Threads: const, any. Bounds: the members of all groups, or of one account's groups.
/// Tested by tests/query-api/endpoints/accounts_test.cc.
class AccountGroups {
 public:
  /// Of all accounts; `totals` are of accounts.
  static Result<AccountGroups> Read(Snapshot& snapshot, const EntityTotals& totals);
  /// Of one account only.
  static Result<AccountGroups> ReadOf(Snapshot& snapshot, std::string_view account,
                                      const EntityTotals& totals);

  /// [{id name totalMembers activeMembers}], in the order of their ids.
  [[nodiscard]] Json Of(std::string_view account) const;

 private:
  struct Group {
    std::string name;
    std::int64_t members = 0;
    std::int64_t active = 0;
  };

  [[nodiscard]] Status ReadMembers(Snapshot& snapshot, std::string_view condition, std::string_view account,
                                   const EntityTotals& totals);

  std::map<std::string, Group, std::less<>> groups_;
  std::map<std::string, std::vector<std::string>, std::less<>> groups_of_;
};

/// What accounts used, and their groups: what their answers are made from.
///
/// Threads: const, any. Bounds: those of its parts.
struct AccountsState {
  EntityTotals totals;
  AccountGroups groups;

  /// For any number of accounts.
  static Result<AccountsState> Read(Snapshot& snapshot, UsageCaches& caches);
  /// For one account: the groups are its own only.
  static Result<AccountsState> ReadOf(Snapshot& snapshot, UsageCaches& caches, std::string_view account);
};

}  // namespace keymeter::query_api
