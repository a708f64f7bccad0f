#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "query-api/endpoints/text_search.h"
#include "query-api/http/router.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/entity_totals.h"

/// Lists: filters, a whitelisted order, pages by keyset (the next page begins after the last row of this one,
/// so rows that come and go between two pages neither hide nor repeat others).
namespace keymeter::query_api {

using SqlValue = std::variant<std::int64_t, std::string, double>;

/// A value of `sort` and what it orders by: a column, or what the entity used; never text of a client.
struct SortColumn {
  enum class Type : std::uint8_t { kText, kInt, kUsage };
  using UsageValue = double (*)(const UsageSummary&);

  std::string_view name;    ///< "createdAt"
  std::string_view column;  ///< "k.created_at"
  Type type = Type::kText;
  UsageValue usage = nullptr;  ///< of kUsage
};

/// What a list reads. Strings are of static storage.
struct ListSource {
  std::string_view columns;       ///< after `id`, which stands first
  std::string_view from;          ///< "api_key k LEFT JOIN …"
  std::string_view id;            ///< "k.id": unique
  std::string_view searched;      ///< three columns of text: "k.name, k.id, k.description"
  std::vector<SortColumn> sorts;  ///< the first is the default
};

/// One row of the source, as a list gives it; its id is the only parameter.
[[nodiscard]] std::string OneRowSql(const ListSource& source);

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

/// USD, both ends included.
struct CostRange {
  double min;
  double max;
};

/// Which rows a list has. What SQL does not know is asked of the rows that SQL gives.
struct ListFilter {
  SqlFilter sql{};
  std::optional<TextSearch> search{};  ///< in the source's `searched`
  std::optional<CostRange> cost{};     ///< of all that the entity ever used
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
///
/// Orders and filters that SQL knows are left to it. Others take the id of every row that SQL gives, with
/// what it used, in memory: about 1 µs a row.
class ListPage {
 public:
  static constexpr std::int64_t kDefaultLimit = 1000;
  static constexpr std::int64_t kMaxLimit = 10'000;

  /// Reads `sort order limit cursor` from the call.
  static Result<ListPage> Plan(const Call& call, const ListSource& source, ListFilter filter);

  /// Calls `add` with each row of the page: the id, and from 1 on the columns of the source. `totals` are of
  /// the list's entities; a list that neither sorts nor filters by usage needs none.
  [[nodiscard]] Status Read(Snapshot& snapshot, const EntityTotals* totals,
                            const std::function<Status(const Statement&)>& add);
  /// How many rows all pages have together. After Read.
  [[nodiscard]] std::int64_t total() const { return total_; }
  /// `X-Total-Count`, and `Link` when there is a next page. After Read.
  void AddHeaders(const Call& call, Response& response) const;

 private:
  /// What a row is ordered by.
  struct Place {
    SqlValue value;
    std::string id;
    [[nodiscard]] bool operator<(const Place& other) const {
      return value != other.value ? value < other.value : id < other.id;
    }
  };

  [[nodiscard]] bool IsLeftToSql() const {
    return sort_.type != SortColumn::Type::kUsage && !filter_.search && !filter_.cost;
  }
  [[nodiscard]] Status Count(Snapshot& snapshot);
  /// The places of the page, and one more when there is a next page.
  [[nodiscard]] Result<std::vector<Place>> PlacesBySql(Snapshot& snapshot);
  [[nodiscard]] Result<std::vector<Place>> PlacesInMemory(Snapshot& snapshot, const EntityTotals* totals);
  /// The row's place; nothing when the filter leaves it out.
  [[nodiscard]] std::optional<Place> PlaceOf(const Statement& row, const EntityTotals* totals) const;

  const ListSource* source_ = nullptr;
  ListFilter filter_;
  SortColumn sort_;
  std::string order_;
  std::int64_t limit_ = kDefaultLimit;
  std::optional<Cursor> after_;
  std::optional<Cursor> next_;
  std::int64_t total_ = 0;
};

}  // namespace keymeter::query_api
