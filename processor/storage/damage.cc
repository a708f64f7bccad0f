#include "processor/storage/damage.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "schema/migrations.h"

namespace keymeter::processor {

namespace {

constexpr std::uintmax_t kMostBytesToReadWhole = std::uintmax_t{64} << 20;

Status RunCheck(Database& database, std::string_view pragma) {
  auto rows = database.Prepare(pragma);
  if (!rows) return Fail(rows.error());
  const auto row = rows->Step();
  if (!row) return Fail(row.error());
  if (*row && rows->Text(0) == "ok") return {};
  std::string damage(rows->Text(0));
  std::replace(damage.begin(), damage.end(), '\n', ' ');
  return Fail(ErrorCode::kCorrupt, "{}", damage);
}

Result<std::vector<std::string>> TablesOf(Database& database) {
  auto rows = database.Prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
  if (!rows) return Fail(rows.error());
  std::vector<std::string> tables;
  while (true) {
    const auto row = rows->Step();
    if (!row) return Fail(row.error());
    if (!*row) return tables;
    tables.emplace_back(rows->Text(0));
  }
}

/// "bucket DESC, series DESC": from the last row on, by the key that the table is stored by.
Result<std::string> FromTheLast(Database& database, const std::string& table) {
  auto key = database.Prepare(
      "SELECT group_concat(name || ' DESC') FROM (SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER "
      "BY pk)");
  if (!key) return Fail(key.error());
  if (const auto row = key->Bind(1, table).Step(); !row) return Fail(row.error());
  return key->IsNull(0) ? "rowid DESC" : std::string(key->Text(0));
}

Status ReadOneRow(Database& database, const std::string& sql) {
  auto row = database.Prepare(sql);
  if (!row) return Fail(row.error());
  const auto step = row->Step();
  return step ? Status() : Fail(step.error());
}

Status OnlyDamage(const Status& checked) {
  return checked || checked.error().code != ErrorCode::kCorrupt ? Status() : checked;
}

}  // namespace

Status CheckStructure(Database& database) {
  return RunCheck(database, "PRAGMA quick_check(1)");
}

Status CheckIntegrity(Database& database) {
  return RunCheck(database, "PRAGMA integrity_check(1)");
}

Status CheckEdges(Database& database) {
  const auto tables = TablesOf(database);
  if (!tables) return Fail(tables.error());
  for (const std::string& table : *tables) {
    const auto from_the_last = FromTheLast(database, table);
    if (!from_the_last) return Fail(from_the_last.error());
    const std::string rows = fmt::format("SELECT * FROM \"{}\"", table);
    for (const std::string& sql : {rows, fmt::format("{} ORDER BY {}", rows, *from_the_last)})
      if (auto read = ReadOneRow(database, sql + " LIMIT 1"); !read) return Fail(read.error().In(table));
  }
  return {};
}

Status LookForDamage(const std::string& db_path) {
  std::error_code missing;
  const std::uintmax_t bytes = std::filesystem::file_size(db_path, missing);
  if (missing || bytes == 0) return {};
  auto database = Database::Open(db_path, Database::Mode::kReadOnly);
  if (!database) return OnlyDamage(Fail(database.error()));
  const Status readable = CheckReadable(*database);
  if (!readable && readable.error().code != ErrorCode::kUnavailable) return OnlyDamage(readable);
  return OnlyDamage(bytes <= kMostBytesToReadWhole ? CheckStructure(*database) : CheckEdges(*database));
}

Error WithRemedy(const Error& error, const std::string& db_path) {
  if (error.code != ErrorCode::kCorrupt) return error;
  return {
      error.code,
      fmt::format("{} is damaged: {}; run keymeter rebuild --db {} with the --redis of run, which puts "
                  "it aside and makes a new one from the relay's own history; or put a backup in its place",
                  db_path, error.message, db_path)};
}

}  // namespace keymeter::processor
