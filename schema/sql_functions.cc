#include "schema/sql_functions.h"

#include <string>
#include <string_view>

#include <sqlite3.h>

#include "schema/shown_name.h"
#include "schema/tags.h"

namespace keymeter {

namespace {

std::string_view TextOf(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

/// shown_name(text) and shown_text(text), for migrations: see shown_name.h.
template <std::string (*Show)(std::string_view)>
void ShowInSql(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  const std::string shown = Show(TextOf(arguments[0]));
  sqlite3_result_text64(context, shown.data(), shown.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// has_tag(json, tag). SQLite's own JSON functions parse by recursion, up to 2,000 levels, on whatever stack.
void HasTagInSql(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  sqlite3_result_int(context, HasTag(TextOf(arguments[0]), TextOf(arguments[1])) ? 1 : 0);
}

}  // namespace

void AddSqlFunctions(sqlite3* connection, bool writes) {
  constexpr int kPure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  sqlite3_create_function_v2(connection, "has_tag", 2, kPure, nullptr, HasTagInSql, nullptr, nullptr,
                             nullptr);
  if (writes) {
    sqlite3_create_function_v2(connection, "shown_name", 1, kPure, nullptr, ShowInSql<ShownName>, nullptr,
                               nullptr, nullptr);
    sqlite3_create_function_v2(connection, "shown_text", 1, kPure, nullptr, ShowInSql<ShownText>, nullptr,
                               nullptr, nullptr);
  }
}

}  // namespace keymeter
