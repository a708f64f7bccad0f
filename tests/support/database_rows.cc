#include "tests/support/database_rows.h"

#include <stdexcept>

#include <fmt/format.h>
#include <sqlite3.h>

#include "tests/support/wait_for.h"

namespace keymeter::testing {

namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};

std::string TextOf(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(::sqlite3_column_text(statement, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(::sqlite3_column_bytes(statement, column))};
}

bool IsOfKeys(const std::string& view) {
  return view.starts_with("api_key");
}

std::string SumSql(const std::string& view, const std::string& where) {
  std::string sums;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto metric = static_cast<Metric>(i);
    const bool is_cost = metric == Metric::kCostMicros || metric == Metric::kRealCostMicros;
    if (is_cost && !IsOfKeys(view)) continue;
    sums += fmt::format(", sum({0}) AS {0}", MetricName(metric));
  }
  return fmt::format("SELECT {0} AS entity, model{1} FROM {2} WHERE {3} GROUP BY {0}, model",
                     IsOfKeys(view) ? "api_key" : "account", sums, view, where);
}

}  // namespace

void DatabaseRows::Close::operator()(sqlite3* handle) const {
  ::sqlite3_close_v2(handle);
}

DatabaseRows::DatabaseRows(const std::string& path) {
  sqlite3* handle = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw std::runtime_error(fmt::format("open {}: {}", path, ::sqlite3_errmsg(handle)));
  ::sqlite3_busy_timeout(handle, static_cast<int>(kPatience.count()));
  // A reader must not be the one who moves the WAL when the writer is down.
  ::sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

std::vector<Row> DatabaseRows::Query(const std::string& sql) const {
  sqlite3_stmt* raw = nullptr;
  if (::sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    throw std::runtime_error(fmt::format("{}: {}", sql, ::sqlite3_errmsg(handle_.get())));
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
  std::vector<Row> rows;
  int code = SQLITE_OK;
  while ((code = ::sqlite3_step(raw)) == SQLITE_ROW) {
    Row& row = rows.emplace_back();
    for (int i = 0; i < ::sqlite3_column_count(raw); ++i) row[::sqlite3_column_name(raw, i)] = TextOf(raw, i);
  }
  if (code != SQLITE_DONE)
    throw std::runtime_error(fmt::format("{}: {}", sql, ::sqlite3_errmsg(handle_.get())));
  return rows;
}

std::string DatabaseRows::Value(const std::string& sql) const {
  const std::vector<Row> rows = Query(fmt::format("SELECT * FROM ({}) LIMIT 1", sql));
  if (rows.empty()) return {};
  if (rows.front().size() != 1) throw std::runtime_error(sql + ": not one column");
  return rows.front().begin()->second;
}

UsageSums DatabaseRows::SumView(const std::string& view, const std::string& where) const {
  UsageSums sums;
  for (const Row& row : Query(SumSql(view, where))) {
    Amounts& amounts = sums[{IsOfKeys(view) ? "api_key" : "account", row.at("entity"), row.at("model")}];
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      const auto found = row.find(std::string(MetricName(static_cast<Metric>(i))));
      if (found != row.end()) amounts.values[i] = std::stoll(found->second);
    }
  }
  return sums;
}

UsageSums DatabaseRows::SumLevel(Level level) const {
  UsageSums sums = SumView(fmt::format("api_key_usage_{}", LevelName(level)));
  sums.merge(SumView(fmt::format("account_usage_{}", LevelName(level))));
  return sums;
}

}  // namespace keymeter::testing
