#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "query-api/router.h"
#include "query-api/snapshot.h"

/// Lists: filters, a whitelisted order, pages by keyset (the next page begins after the last row of this one,
/// so rows that come and go between two pages neither hide nor repeat others).
namespace keymeter::query_api {

using SqlValue = std::variant<std::int64_t, std::string>;

/// A value of `sort` and what it orders by; never text of a client.
struct SortColumn {
  std::string_view name;    ///< "createdAt"
  std::string_view column;  ///< "k.created_at"
  bool is_text = true;
};

/// What a list reads. Strings are of static storage.
struct ListSource {
  std::string_view columns;       ///< after `id` and the sort column, which stand first
  std::string_view from;          ///< "api_key k LEFT JOIN …"
  std::string_view id;            ///< "k.id": unique
  std::vector<SortColumn> sorts;  ///< the first is the default
};

/// Conditions with their values, joined by AND.
class SqlFilter {
 public:
  /// `condition` holds one `?`-less place `{}` or several for the value's number.
  void Add(std::string_view condition, SqlValue value);
  [[nodiscard]] std::string Where() const;
  [[nodiscard]] const std::vector<SqlValue>& values() const { return values_; }

 private:
  std::vector<std::string> conditions_;
  std::vector<SqlValue> values_;
};

/// The place after which a page begins.
struct Cursor {
  std::string sort;
  std::string order;
  SqlValue value;
  std::string id;

  [[nodiscard]] std::string Encode() const;
  [[nodiscard]] static Result<Cursor> Decode(std::string_view text);
};

/// One page of a list.
class ListPage {
 public:
  static constexpr std::int64_t kDefaultLimit = 1000;
  static constexpr std::int64_t kMaxLimit = 10'000;

  /// Reads `sort order limit cursor` from the call.
  static Result<ListPage> Plan(const Call& call, const ListSource& source, SqlFilter filter);

  /// Calls `add` with each row of the page; columns from 2 on are those of the source.
  [[nodiscard]] Status Read(Snapshot& snapshot, const std::function<Status(const Statement&)>& add);
  /// How many rows all pages have together. After Read.
  [[nodiscard]] std::int64_t total() const { return total_; }
  /// `X-Total-Count`, and `Link` when there is a next page. After Read.
  void AddHeaders(const Call& call, Response& response) const;

 private:
  [[nodiscard]] Status Count(Snapshot& snapshot);

  const ListSource* source_ = nullptr;
  SqlFilter filter_;
  SortColumn sort_;
  std::string order_;
  std::int64_t limit_ = kDefaultLimit;
  std::optional<Cursor> after_;
  std::optional<Cursor> next_;
  std::int64_t total_ = 0;
};

}  // namespace keymeter::query_api
