#include "processor/storage/integrity.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "schema/migrations.h"

namespace keymeter::processor {

namespace {

constexpr std::uintmax_t kMostBytesToReadWhole = std::uintmax_t{64} << 20;

Status RunCheck(Database& database, std::string_view pragma) {
  ASSIGN_OR_RETURN(auto rows, database.Prepare(pragma));
  ASSIGN_OR_RETURN(const auto row, rows.Step());
  if (row && rows.Text(0) == "ok") return {};
  std::string damage(rows.Text(0));
  std::replace(damage.begin(), damage.end(), '\n', ' ');
  return Fail(MakeError(ErrorCode::kCorrupt, "{}", damage).Because(ErrorReason::kDamaged));
}

Result<std::vector<std::string>> TablesOf(Database& database) {
  ASSIGN_OR_RETURN(auto rows, database.Prepare("SELECT name FROM sqlite_schema WHERE type = 'table'"));
  std::vector<std::string> tables;
  while (true) {
    ASSIGN_OR_RETURN(const auto row, rows.Step());
    if (!row) return tables;
    tables.emplace_back(rows.Text(0));
  }
}

/// "bucket DESC, series DESC": from the last row on, by the key that the table is stored by.
Result<std::string> FromTheLast(Database& database, const std::string& table) {
  ASSIGN_OR_RETURN(auto key, database.Prepare("SELECT group_concat(name || ' DESC') FROM (SELECT name FROM "
                                              "pragma_table_info(?) WHERE pk > 0 ORDER "
                                              "BY pk)"));
  RETURN_IF_ERROR(key.Bind(1, table).Step());
  return key.IsNull(0) ? "rowid DESC" : std::string(key.Text(0));
}

Status ReadOneRow(Database& database, const std::string& sql) {
  ASSIGN_OR_RETURN(auto row, database.Prepare(sql));
  const auto step = row.Step();
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
  ASSIGN_OR_RETURN(const auto tables, TablesOf(database));
  for (const std::string& table : tables) {
    ASSIGN_OR_RETURN(const auto from_the_last, FromTheLast(database, table));
    const std::string rows = fmt::format("SELECT * FROM \"{}\"", table);
    for (const std::string& sql : {rows, fmt::format("{} ORDER BY {}", rows, from_the_last)})
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
  return MakeError(
             error.code,
             "{} is damaged: {}; run keymeter rebuild --db {} with the --redis of run, which puts it aside "
             "and makes a new one from the relay's own history; or put a backup in its place",
             db_path, error.Text(), db_path)
      .Because(ErrorReason::kDamaged);
}

}  // namespace keymeter::processor
