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

/// The group of each account: how many members it has, and how many of them were used in the last ten
/// minutes.
///
/// Threads: const, any. Bounds: the members of all groups, or of one account's group.
/// Tested by tests/query-api/endpoints/accounts_test.cc.
class AccountGroups {
 public:
  /// Of all accounts.
  static Result<AccountGroups> Read(Snapshot& snapshot);
  /// Of one account only.
  static Result<AccountGroups> ReadOf(Snapshot& snapshot, std::string_view account);

  /// Null when the account is in no group; the first by id when it is in several. `totals` are of accounts.
  [[nodiscard]] Json Of(std::string_view account, const EntityTotals& totals) const;

 private:
  struct Group {
    std::string name;
    std::vector<std::string> members;
  };

  [[nodiscard]] Status ReadMembers(Snapshot& snapshot, std::string_view condition, std::string_view account);

  std::map<std::string, Group, std::less<>> groups_;
  std::map<std::string, std::string, std::less<>> group_of_;
};

}  // namespace keymeter::query_api
