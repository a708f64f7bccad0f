#include "query-api/list_query.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "query-api/url.h"

namespace keymeter::query_api {

namespace {

void BindAll(Statement& statement, const std::vector<SqlValue>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    std::visit([&](const auto& value) { statement.Bind(static_cast<int>(i) + 1, value); }, values[i]);
}

std::string ToHex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

/// Hex is percent-encoding without the signs.
std::optional<std::string> FromHex(std::string_view hex) {
  std::string encoded;
  for (std::size_t i = 0; i < hex.size(); i += 2) encoded.append("%").append(hex.substr(i, 2));
  return PercentDecode(encoded, false);
}

const SortColumn* FindSort(const ListSource& source, std::string_view name) {
  const auto found = std::find_if(source.sorts.begin(), source.sorts.end(),
                                  [&](const SortColumn& sort) { return sort.name == name; });
  return found == source.sorts.end() ? nullptr : &*found;
}

}  // namespace

void SqlFilter::Add(std::string_view condition, SqlValue value) {
  values_.push_back(std::move(value));
  conditions_.push_back(fmt::format(fmt::runtime(condition), fmt::format("?{}", values_.size())));
}

std::string SqlFilter::Where() const {
  return conditions_.empty() ? "true" : fmt::format("{}", fmt::join(conditions_, " AND "));
}

std::string Cursor::Encode() const {
  Json json = Json::array({sort, order});
  std::visit([&](const auto& v) { json.push_back(v); }, value);
  json.push_back(id);
  return ToHex(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<Cursor> Cursor::Decode(std::string_view text) {
  const auto refuse = [] {
    return Fail(ErrorCode::kInvalid, "cursor takes what the Link of an earlier page says");
  };
  const auto decoded = FromHex(text);
  if (!decoded) return refuse();
  const Json json = Json::parse(*decoded, nullptr, false);
  if (!json.is_array() || json.size() != 4 || !json[0].is_string() || !json[1].is_string() ||
      !(json[2].is_string() || json[2].is_number_integer()) || !json[3].is_string())
    return refuse();
  SqlValue value =
      json[2].is_string() ? SqlValue(json[2].get<std::string>()) : SqlValue(json[2].get<std::int64_t>());
  return Cursor{json[0].get<std::string>(), json[1].get<std::string>(), std::move(value),
                json[3].get<std::string>()};
}

Result<ListPage> ListPage::Plan(const Call& call, const ListSource& source, SqlFilter filter) {
  ListPage page;
  page.source_ = &source;
  page.filter_ = std::move(filter);
  std::vector<std::string_view> names;
  for (const SortColumn& sort : source.sorts) names.push_back(sort.name);
  const auto sort = call.params.OneOf("sort", names);
  if (!sort) return Fail(sort.error());
  const auto order = call.params.OneOf("order", {"asc", "desc"});
  if (!order) return Fail(order.error());
  const auto limit = call.params.Int("limit", 1, kMaxLimit);
  if (!limit) return Fail(limit.error());
  page.sort_ = *FindSort(source, *sort);
  page.order_ = std::string(*order);
  page.limit_ = limit->value_or(kDefaultLimit);
  if (const auto text = call.params.Text("cursor")) {
    auto cursor = Cursor::Decode(*text);
    if (!cursor) return Fail(cursor.error());
    if (cursor->sort != page.sort_.name || cursor->order != page.order_ ||
        std::holds_alternative<std::string>(cursor->value) != page.sort_.is_text)
      return Fail(ErrorCode::kInvalid, "cursor belongs to another sort or order");
    page.after_ = std::move(*cursor);
  }
  return page;
}

Status ListPage::Count(Snapshot& snapshot) {
  auto query =
      snapshot.lease.Prepare(fmt::format("SELECT count(*) FROM {} WHERE {}", source_->from, filter_.Where()));
  if (!query) return Fail(query.error());
  BindAll(**query, filter_.values());
  const auto row = (*query)->Step();
  if (!row) return Fail(row.error());
  total_ = (*query)->Int(0);
  return {};
}

Status ListPage::Read(Snapshot& snapshot, const std::function<Status(const Statement&)>& add) {
  if (auto counted = Count(snapshot); !counted) return counted;
  std::vector<SqlValue> values = filter_.values();
  std::string where = filter_.Where();
  if (after_) {
    where += fmt::format(" AND ({}, {}) {} (?{}, ?{})", sort_.column, source_->id,
                         order_ == "asc" ? '>' : '<', values.size() + 1, values.size() + 2);
    values.push_back(after_->value);
    values.emplace_back(after_->id);
  }
  auto query = snapshot.lease.Prepare(fmt::format(
      "SELECT {1}, {0}, {2} FROM {3} WHERE {4} ORDER BY {0} {5}, {1} {5} LIMIT ?{6}", sort_.column,
      source_->id, source_->columns, source_->from, where, order_, values.size() + 1));
  if (!query) return Fail(query.error());
  values.emplace_back(limit_ + 1);
  BindAll(**query, values);
  std::optional<Cursor> last;
  for (std::int64_t count = 0;; ++count) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) return {};
    if (count == limit_) {
      next_ = std::move(last);
      return {};
    }
    const Statement& found = **query;
    SqlValue value = sort_.is_text ? SqlValue(std::string(found.Text(1))) : SqlValue(found.Int(1));
    last = Cursor{std::string(sort_.name), order_, std::move(value), std::string(found.Text(0))};
    if (auto added = add(found); !added) return added;
  }
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
