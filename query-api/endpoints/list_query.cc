#include "query-api/endpoints/list_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "schema/percent.h"

namespace keymeter::query_api {

namespace {

const SortColumn* FindSort(const ListSource& source, std::string_view name) {
  const auto found = std::find_if(source.sorts.begin(), source.sorts.end(),
                                  [&](const SortColumn& sort) { return sort.name == name; });
  return found == source.sorts.end() ? nullptr : &*found;
}

/// The alternatives of a SqlValue.
bool IsOfType(const SqlValue& value, SortColumn::Type type) {
  switch (type) {
    case SortColumn::Type::kText:
      return std::holds_alternative<std::string>(value);
    case SortColumn::Type::kInt:
      return std::holds_alternative<std::int64_t>(value);
    case SortColumn::Type::kUsage:
      return std::holds_alternative<double>(value);
  }
  return false;
}

/// The parameters of a request without those of the page, and who asks.
std::string QuestionWithoutPage(const Call& call) {
  std::string question = fmt::format("{} {}?", call.caller.RoleMark(), call.request.path);
  for (const auto& [name, value] : call.params.pairs())
    if (name != "cursor" && name != "limit")
      question += fmt::format("{}={}&", PercentEncode(name), PercentEncode(value));
  return question;
}

}  // namespace

std::vector<std::string_view> WithPageParams(std::vector<std::string_view> params) {
  params.insert(params.end(), {"sort", "order", "limit", "cursor"});
  return params;
}

std::string OneRowSql(const ListSource& source) {
  return fmt::format("SELECT {0}, {1} FROM {2} WHERE {0} = ?1", source.id, source.columns, source.from);
}

Result<ListPage> ListPage::Plan(const Call& call, const ListSource& source, ListFilter filter,
                                KeptOrders* orders) {
  ListPage page;
  page.orders_ = orders;
  page.source_ = &source;
  page.filter_ = std::move(filter);
  std::vector<std::string_view> names;
  for (const SortColumn& sort : source.sorts) names.push_back(sort.name);
  ASSIGN_OR_RETURN(const auto sort, call.params.OneOf("sort", names));
  ASSIGN_OR_RETURN(const auto order, call.params.OneOf("order", {"asc", "desc"}));
  ASSIGN_OR_RETURN(const auto limit, call.params.Int("limit", 1, kMaxLimit));
  page.sort_ = *FindSort(source, sort);
  page.order_ = std::string(order);
  page.limit_ = limit.value_or(kDefaultLimit);
  if (const auto text = call.params.Text("cursor")) {
    ASSIGN_OR_RETURN(auto cursor, Cursor::Decode(*text));
    if (cursor.sort != page.sort_.name || cursor.order != page.order_ ||
        !IsOfType(cursor.value, page.sort_.type))
      return Fail(ErrorCode::kInvalid, "cursor belongs to another sort or order");
    page.after_ = std::move(cursor);
  }
  if (page.Moves() && orders != nullptr) {
    page.question_ = QuestionWithoutPage(call);
    if (page.after_) page.kept_ = orders->Find(page.after_->kept, page.question_);
  }
  return page;
}

std::optional<std::int64_t> ListPage::moment_ms() const {
  return after_ && !kept_ && sort_.is_rate && after_->moment_ms > 0 ? std::optional(after_->moment_ms)
                                                                    : std::nullopt;
}

Status ListPage::Count(Snapshot& snapshot) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(fmt::format("SELECT count(*) FROM {} WHERE {}",
                                                                  source_->from, filter_.sql.Where())));
  filter_.sql.BindTo(*query);
  RETURN_IF_ERROR(query->Step());
  total_ = query->Int(0);
  return {};
}

Result<std::vector<ListPage::Place>> ListPage::PlacesBySql(Snapshot& snapshot) {
  RETURN_IF_ERROR(Count(snapshot));
  std::vector<SqlValue> values = filter_.sql.values();
  std::string where = filter_.sql.Where();
  if (after_) {
    where += fmt::format(" AND ({}, {}) {} (?{}, ?{})", sort_.column, source_->id,
                         order_ == "asc" ? '>' : '<', values.size() + 1, values.size() + 2);
    values.push_back(after_->value);
    values.emplace_back(after_->id);
  }
  ASSIGN_OR_RETURN(
      auto query, snapshot.lease.Prepare(fmt::format(
                      "SELECT {1}, {0} FROM {2} WHERE {3} ORDER BY {0} {4}, {1} {4} LIMIT ?{5}", sort_.column,
                      source_->id, source_->from, where, order_, values.size() + 1)));
  values.emplace_back(limit_ + 1);
  BindAll(*query, values);
  std::vector<Place> places;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return places;
    places.push_back(*PlaceOf(*query, nullptr));
  }
}

std::optional<ListPage::Place> ListPage::PlaceOf(const Statement& row, const EntityTotals* totals) const {
  std::optional<UsageSummary> usage;
  if (Moves() || filter_.usage) usage = totals->Of(row.Text(0));
  if (!filter_.Holds(row, 2, usage)) return std::nullopt;
  Place place{SqlValue(), std::string(row.Text(0))};
  switch (sort_.type) {
    case SortColumn::Type::kText:
      place.value = std::string(row.Text(1));
      break;
    case SortColumn::Type::kInt:
      place.value = row.Int(1);
      break;
    case SortColumn::Type::kUsage:
      place.value = sort_.usage(*usage);
      break;
  }
  return place;
}

Result<std::vector<ListPage::Place>> ListPage::PlacesInMemory(Snapshot& snapshot,
                                                              const EntityTotals* totals) {
  ASSIGN_OR_RETURN(auto query,
                   snapshot.lease.Prepare(fmt::format(
                       "SELECT {}, {}, {} FROM {} WHERE {}", source_->id, Moves() ? "0" : sort_.column,
                       filter_.search ? source_->searched : "0", source_->from, filter_.sql.Where())));
  filter_.sql.BindTo(*query);
  const bool is_ascending = order_ == "asc";
  const auto is_before = [&](const Place& a, const Place& b) { return is_ascending ? a < b : b < a; };
  std::optional<Place> after;
  if (after_) after = Place{after_->value, after_->id};
  std::vector<Place> places;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) break;
    auto place = PlaceOf(*query, totals);
    if (!place) continue;
    ++total_;
    if (!after || is_before(*after, *place)) places.push_back(std::move(*place));
  }
  const auto wanted = std::min(places.size(), static_cast<std::size_t>(limit_) + 1);
  if (Moves() && orders_ != nullptr && !after_ && places.size() > static_cast<std::size_t>(limit_)) {
    std::sort(places.begin(), places.end(), is_before);
    KeepOrder(places);
  } else {
    std::partial_sort(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(wanted), places.end(),
                      is_before);
  }
  places.resize(wanted);
  return places;
}

void ListPage::KeepOrder(const std::vector<Place>& places) {
  auto order = std::make_shared<ListOrder>(question_);
  for (const Place& place : places) order->Add(place.id, std::get<double>(place.value));
  kept_name_ = orders_->Keep(std::move(order));
}

std::vector<std::string> ListPage::KeptIds(const ListOrder& order) {
  total_ = static_cast<std::int64_t>(order.size());
  std::vector<std::string> ids;
  // The place is the client's word: it may name any number from 0 on.
  const auto begin = static_cast<std::size_t>(std::min(after_->place, total_));
  const std::size_t end = begin + std::min(static_cast<std::size_t>(limit_), order.size() - begin);
  for (std::size_t place = begin; place < end; ++place) ids.emplace_back(order.at(place));
  if (end == order.size() || ids.empty()) return ids;
  next_ = after_;
  next_->value = order.value(end - 1);
  next_->id = ids.back();
  next_->place = static_cast<std::int64_t>(end);
  next_->left = total_ - next_->place;
  return ids;
}

std::optional<Cursor> ListPage::CursorBehind(const Place& last, std::int64_t now_ms) const {
  Cursor cursor{std::string(sort_.name), order_, last.value, last.id};
  if (!Moves()) return cursor;
  cursor.moment_ms = after_ ? after_->moment_ms : now_ms;
  cursor.kept = kept_name_;
  cursor.place = limit_;
  cursor.left = (after_ ? std::min(after_->left, total_) : total_) - limit_;
  return cursor.left > 0 ? std::optional(std::move(cursor)) : std::nullopt;
}

Result<std::vector<std::string>> ListPage::PageIds(Snapshot& snapshot, const EntityTotals* totals) {
  if (kept_) return KeptIds(*kept_);
  ASSIGN_OR_RETURN(auto places, IsLeftToSql() ? PlacesBySql(snapshot) : PlacesInMemory(snapshot, totals));
  // What moves may have come again: the last page shows no more than was left for it.
  const std::int64_t most = Moves() && after_ ? std::clamp<std::int64_t>(after_->left, 1, limit_) : limit_;
  if (places.size() > static_cast<std::size_t>(most)) {
    places.resize(static_cast<std::size_t>(most));
    next_ = CursorBehind(places.back(), snapshot.now_ms);
  }
  std::vector<std::string> ids;
  ids.reserve(places.size());
  for (Place& place : places) ids.push_back(std::move(place.id));
  return ids;
}

Status ListPage::Read(Snapshot& snapshot, UsageCaches& caches, const EntityTotals& totals,
                      const AddRow& add) {
  if (!moment_ms()) return ReadRows(snapshot, &totals, add);
  ASSIGN_OR_RETURN(const auto of_moment, EntityTotals::Read(snapshot, caches, totals.kind(), moment_ms()));
  return ReadRows(snapshot, &of_moment, add);
}

Status ListPage::Read(Snapshot& snapshot, const AddRow& add) {
  return ReadRows(snapshot, nullptr, add);
}

Status ListPage::ReadRows(Snapshot& snapshot, const EntityTotals* totals, const AddRow& add) {
  ASSIGN_OR_RETURN(const auto ids, PageIds(snapshot, totals));
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(OneRowSql(*source_)));
  for (const std::string& id : ids) {
    query->Reset();
    query->Bind(1, id);
    ASSIGN_OR_RETURN(const auto is_there, query->Step());
    if (!is_there) continue;  // it left the file since its order was kept
    RETURN_IF_ERROR(add(*query));
  }
  return {};
}

void ListPage::AddHeaders(const Call& call, Response& response) const {
  response.headers.push_back({"X-Total-Count", fmt::format("{}", total_)});
  if (!next_) return;
  std::string target = call.request.path + "?";
  for (const auto& [name, value] : call.params.pairs())
    if (name != "cursor") target += fmt::format("{}={}&", PercentEncode(name), PercentEncode(value));
  response.headers.push_back({"Link", fmt::format("<{}cursor={}>; rel=\"next\"", target, next_->Encode())});
}

}  // namespace keymeter::query_api
