#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "schema/civil_time.h"
#include "tests/support/usage_sums.h"

struct sqlite3;

namespace keymeter::testing {

using Row = std::map<std::string, std::string>;  ///< column → text; NULL is ""

/// A keymeter file as a person with `sqlite3 -readonly` sees it: SQLite's own API, nothing of ours in
/// between. Throws std::runtime_error when the file cannot be opened or a query fails. Threads: one.
class DatabaseRows {
 public:
  explicit DatabaseRows(const std::string& path);

  [[nodiscard]] std::vector<Row> Query(const std::string& sql) const;
  /// The first column of the first row; "" when there is none.
  [[nodiscard]] std::string Value(const std::string& sql) const;

  /// Sums over all rows of a usage view, such as "api_key_usage_hour" or "account_untimed".
  [[nodiscard]] UsageSums SumView(const std::string& view, const std::string& where = "true") const;
  /// Keys and accounts of one level together: comparable with RelayExpectation::usage.
  [[nodiscard]] UsageSums SumLevel(Level level) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace keymeter::testing
