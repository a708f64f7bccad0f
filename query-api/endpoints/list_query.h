#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/endpoints/kept_orders.h"
#include "query-api/endpoints/list_cursor.h"
#include "query-api/endpoints/list_filters.h"
#include "query-api/http/router.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/entity_totals.h"

/// Lists: filters, an order out of a fixed list, and pages by keyset: the next page begins after the last row
/// of this one, so rows that come and go between two pages neither hide nor repeat others. Values that move
/// (rates, what was used) are those of the moment of the first page, on all pages.
namespace keymeter::query_api {

/// A value of the parameter `sort`, and what it orders by: a column or the entity's usage, never a client's
/// text.
struct SortColumn {
  enum class Type : std::uint8_t { kText, kInt, kUsage };
  using UsageValue = double (*)(const UsageSummary&);

  std::string_view name;    ///< "createdAt"
  std::string_view column;  ///< "k.created_at"
  Type type = Type::kText;
  UsageValue usage = nullptr;  ///< of kUsage
  bool is_rate = false;        ///< of kUsage: it moves by time alone
};

/// What a list reads. Strings are of static storage.
struct ListSource {
  std::string_view columns;       ///< after `id`, which stands first
  std::string_view from;          ///< "api_key k LEFT JOIN …"
  std::string_view id;            ///< "k.id": unique
  std::string_view searched;      ///< three columns of text: "k.name, k.id, k.description"
  std::vector<SortColumn> sorts;  ///< the first is the default
};

/// These, and `sort order limit cursor`.
[[nodiscard]] std::vector<std::string_view> WithPageParams(std::vector<std::string_view> params);

/// One row of the source, as a list gives it; its id is the only parameter.
[[nodiscard]] std::string OneRowSql(const ListSource& source);

/// One page of a list.
///
/// Orders and filters that SQL can do are left to SQL. For the others, the id of every row that SQL finds is
/// taken into memory with what it used. An order by usage is kept for the pages that follow (KeptOrders);
/// where it is no longer kept, a page goes on after the value that its cursor names, with the rates of the
/// cursor's moment, and shows at most as many rows as were left. Threads: one. Lifetime: borrows source and
/// orders. Bounds: kMaxLimit rows; about 1 µs for each row in memory.
class ListPage {
 public:
  static constexpr std::int64_t kDefaultLimit = 1000;
  static constexpr std::int64_t kMaxLimit = 10'000;

  /// Reads `sort order limit cursor` from the call. `orders`: null where nothing is kept.
  static Result<ListPage> Plan(const Call& call, const ListSource& source, ListFilter filter,
                               KeptOrders* orders = nullptr);

  using AddRow = std::function<Status(const Statement&)>;
  /// Calls `add` with each row of the page: the id, and from 1 on the columns of the source. `totals` are of
  /// the list's entities now.
  [[nodiscard]] Status Read(Snapshot& snapshot, UsageCaches& caches, const EntityTotals& totals,
                            const AddRow& add);
  /// The same of a list that neither sorts nor filters by usage.
  [[nodiscard]] Status Read(Snapshot& snapshot, const AddRow& add);
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

  /// `totals`: null where the list neither sorts nor filters by usage.
  [[nodiscard]] Status ReadRows(Snapshot& snapshot, const EntityTotals* totals, const AddRow& add);
  /// The moment that rates are ordered by; nothing: now.
  [[nodiscard]] std::optional<std::int64_t> moment_ms() const;
  [[nodiscard]] bool Moves() const { return sort_.type == SortColumn::Type::kUsage; }
  [[nodiscard]] bool IsLeftToSql() const { return !Moves() && !filter_.search && !filter_.usage; }
  [[nodiscard]] Status Count(Snapshot& snapshot);
  /// The places of the page's rows, and one more when there is a next page.
  [[nodiscard]] Result<std::vector<Place>> PlacesBySql(Snapshot& snapshot);
  [[nodiscard]] Result<std::vector<Place>> PlacesInMemory(Snapshot& snapshot, const EntityTotals* totals);
  /// The ids of the page's rows, whatever the order; sets next_.
  [[nodiscard]] Result<std::vector<std::string>> PageIds(Snapshot& snapshot, const EntityTotals* totals);
  /// The same, out of the order that an earlier page kept.
  [[nodiscard]] std::vector<std::string> KeptIds(const ListOrder& order);
  /// Keeps the whole order for the pages that follow.
  void KeepOrder(const std::vector<Place>& places);
  /// The cursor behind `last`; nothing when no page may follow.
  [[nodiscard]] std::optional<Cursor> CursorBehind(const Place& last, std::int64_t now_ms) const;
  /// Nothing when the filter leaves the row out.
  [[nodiscard]] std::optional<Place> PlaceOf(const Statement& row, const EntityTotals* totals) const;

  const ListSource* source_ = nullptr;
  ListFilter filter_;
  SortColumn sort_;
  std::string order_;
  std::int64_t limit_ = kDefaultLimit;
  std::optional<Cursor> after_;
  std::shared_ptr<const ListOrder> kept_;  ///< the order that after_ names
  KeptOrders* orders_ = nullptr;
  std::string question_;   ///< whose order it is
  std::string kept_name_;  ///< of the order that this page kept
  std::optional<Cursor> next_;
  std::int64_t total_ = 0;
};

}  // namespace keymeter::query_api
