#pragma once

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
/// Threads: const, any. Bounds: the members of all groups, or of one account's groups.
/// Tested by tests/query-api/endpoints/accounts_test.cc.
class AccountGroups {
 public:
  /// Of all accounts.
  static Result<AccountGroups> Read(Snapshot& snapshot);
  /// Of one account only.
  static Result<AccountGroups> ReadOf(Snapshot& snapshot, std::string_view account);

  /// [{id name totalMembers activeMembers}], in the order of their ids. `totals` are of accounts.
  [[nodiscard]] Json Of(std::string_view account, const EntityTotals& totals) const;

 private:
  struct Group {
    std::string name;
    std::vector<std::string> members;
  };

  [[nodiscard]] Status ReadMembers(Snapshot& snapshot, std::string_view condition, std::string_view account);

  std::map<std::string, Group, std::less<>> groups_;
  std::map<std::string, std::vector<std::string>, std::less<>> groups_of_;
};

}  // namespace keymeter::query_api
