#include "query-api/endpoints/list_query.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/ranges.h>

#include "schema/hex.h"
#include "schema/percent.h"

namespace keymeter::query_api {

namespace {

void BindAll(Statement& statement, const std::vector<SqlValue>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    std::visit([&](const auto& value) { statement.Bind(static_cast<int>(i) + 1, value); }, values[i]);
}

/// The text before the next line end, which is taken off with it.
std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

template <typename Number>
std::optional<SqlValue> NumberOf(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stop != end || number != number) return std::nullopt;
  return SqlValue(number);
}

/// What Cursor::Encode wrote of it: its type, and its text.
std::optional<SqlValue> CursorValueOf(std::string_view type, std::string_view text) {
  if (type == "text") return SqlValue(std::string(text));
  if (type == "int") return NumberOf<std::int64_t>(text);
  return type == "real" ? NumberOf<double>(text) : std::nullopt;
}

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

}  // namespace

std::string OneRowSql(const ListSource& source) {
  return fmt::format("SELECT {0}, {1} FROM {2} WHERE {0} = ?1", source.id, source.columns, source.from);
}

void SqlFilter::Add(std::string_view condition, SqlValue value) {
  values_.push_back(std::move(value));
  conditions_.push_back(fmt::format(fmt::runtime(condition), fmt::format("?{}", values_.size())));
}

std::string SqlFilter::Where() const {
  return conditions_.empty() ? "true" : fmt::format("{}", fmt::join(conditions_, " AND "));
}

// The bytes of names and ids as they are in the file, be they UTF-8 or not; so that the place is the same
// when it is read again. Lines of sort, order, type and the size of the id, then id and value.
std::string Cursor::Encode() const {
  constexpr std::array kTypes = {"int", "text", "real"};
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}", sort, order, kTypes.at(value.index()), id.size(), id);
  std::visit([&](const auto& of_type) { text += fmt::format("{}", of_type); }, value);
  return ToHex(text);
}

Result<Cursor> Cursor::Decode(std::string_view text) {
  const auto refuse = [] {
    return Fail(ErrorCode::kInvalid, "cursor takes what the Link of an earlier page says");
  };
  const auto decoded = FromHex(text);
  if (!decoded) return refuse();
  std::string_view rest = *decoded;
  const std::string_view sort = TakeLine(rest);
  const std::string_view order = TakeLine(rest);
  const std::string_view type = TakeLine(rest);
  const auto size = NumberOf<std::int64_t>(TakeLine(rest));
  if (!size || std::get<std::int64_t>(*size) < 0) return refuse();
  const auto id_size = static_cast<std::size_t>(std::get<std::int64_t>(*size));
  if (id_size > rest.size()) return refuse();
  auto value = CursorValueOf(type, rest.substr(id_size));
  if (!value) return refuse();
  return Cursor{std::string(sort), std::string(order), std::move(*value),
                std::string(rest.substr(0, id_size))};
}

Result<ListPage> ListPage::Plan(const Call& call, const ListSource& source, ListFilter filter) {
  ListPage page;
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
  return page;
}

Status ListPage::Count(Snapshot& snapshot) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(fmt::format("SELECT count(*) FROM {} WHERE {}",
                                                                  source_->from, filter_.sql.Where())));
  BindAll(*query, filter_.sql.values());
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
  if (filter_.search && !filter_.search->IsIn(row.Text(2)) && !filter_.search->IsIn(row.Text(3)) &&
      !filter_.search->IsIn(row.Text(4)))
    return std::nullopt;
  Place place{SqlValue(), std::string(row.Text(0))};
  std::optional<UsageSummary> usage;
  if (sort_.type == SortColumn::Type::kUsage || filter_.cost) usage = totals->Of(place.id);
  if (filter_.cost) {
    const double cost = usage->total.cost_micros / 1e6;
    if (cost < filter_.cost->min || cost > filter_.cost->max) return std::nullopt;
  }
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
                       "SELECT {}, {}, {} FROM {} WHERE {}", source_->id,
                       sort_.type == SortColumn::Type::kUsage ? "0" : sort_.column,
                       filter_.search ? source_->searched : "0", source_->from, filter_.sql.Where())));
  BindAll(*query, filter_.sql.values());
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
  const auto middle = places.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::partial_sort(places.begin(), middle, places.end(), is_before);
  places.erase(middle, places.end());
  return places;
}

Status ListPage::Read(Snapshot& snapshot, const EntityTotals* totals,
                      const std::function<Status(const Statement&)>& add) {
  ASSIGN_OR_RETURN(auto places, IsLeftToSql() ? PlacesBySql(snapshot) : PlacesInMemory(snapshot, totals));
  if (places.size() > static_cast<std::size_t>(limit_)) {
    places.pop_back();
    const Place& last = places.back();
    next_ = Cursor{std::string(sort_.name), order_, last.value, last.id};
  }
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(OneRowSql(*source_)));
  for (const Place& place : places) {
    query->Reset();
    query->Bind(1, place.id);
    RETURN_IF_ERROR(query->Step());
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
