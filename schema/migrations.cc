#include "schema/migrations.h"

#include <string>

#include "schema/embedded.h"

namespace keymeter {

namespace {

struct FileIdentity {
  std::int64_t application_id;
  std::int64_t version;
  std::int64_t objects;  ///< tables, indexes, views
};

/// No file of anyone yet.
bool IsEmpty(const FileIdentity& identity) {
  return identity.objects == 0 && identity.version == 0 && identity.application_id == 0;
}

Result<FileIdentity> Identify(Database& database) {
  FileIdentity identity{};
  for (auto [sql, value] : {std::pair{"PRAGMA application_id", &identity.application_id},
                            std::pair{"PRAGMA user_version", &identity.version},
                            std::pair{"SELECT count(*) FROM sqlite_schema", &identity.objects}}) {
    const auto read = database.QueryInt(sql);
    if (!read) return Fail(read.error().In(fmt::format("read {}", database.path())));
    *value = *read;
  }
  return identity;
}

std::int64_t NewestVersion() {
  return static_cast<std::int64_t>(EmbeddedMigrations().size());
}

Status RefuseNewer(const Database& database, std::int64_t version) {
  if (version <= NewestVersion()) return {};
  return Fail(MakeError(ErrorCode::kRefused, "{} has schema version {}, this keymeter knows up to {}",
                        database.path(), version, NewestVersion())
                  .Because(ErrorReason::kNewerSchema)
                  .Remedy("run the newer keymeter, or name another --db"));
}

Status RefuseForeign(const Database& database) {
  return Fail(MakeError(ErrorCode::kRefused, "{} is a SQLite file of another application", database.path())
                  .Because(ErrorReason::kForeignFile)
                  .Remedy("name another --db"));
}

/// Views hold no data and may name tables that are about to change: they go first, and are made anew at the
/// end.
Status DropViews(Database& database) {
  std::string drops;
  {
    ASSIGN_OR_RETURN(auto views, database.Prepare("SELECT name FROM sqlite_schema WHERE type = 'view'"));
    while (true) {
      ASSIGN_OR_RETURN(const auto row, views.Step());
      if (!row) break;
      drops += fmt::format("DROP VIEW \"{}\";", views.Text(0));
    }
  }
  return database.Execute(drops);
}

Status Apply(Database& database, const EmbeddedFile& sql) {
  const Status applied = database.Execute(std::string(sql.text));
  return applied ? applied
                 : Fail(applied.error().In(fmt::format("migrate {} with {}", database.path(), sql.name)));
}

/// All of it, or nothing: a reader never sees a file between two versions.
Status BringUp(Database& database) {
  ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database));
  // Another process may have been quicker.
  ASSIGN_OR_RETURN(const auto version, database.QueryInt("PRAGMA user_version"));
  if (version >= NewestVersion()) return {};
  RETURN_IF_ERROR(DropViews(database));
  for (const EmbeddedFile& migration : EmbeddedMigrations().subspan(static_cast<std::size_t>(version)))
    RETURN_IF_ERROR(Apply(database, migration));
  RETURN_IF_ERROR(Apply(database, EmbeddedViews().front()));
  const std::string identity =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplicationId, NewestVersion());
  RETURN_IF_ERROR(database.Execute(identity));
  return transaction.Commit();
}

}  // namespace

Status Migrate(Database& database) {
  ASSIGN_OR_RETURN(const auto identity, Identify(database));
  if (!IsEmpty(identity) && identity.application_id != kApplicationId) return RefuseForeign(database);
  RETURN_IF_ERROR(RefuseNewer(database, identity.version));

  // Before the first page is written, or never: what retention frees can then be given back (see
  // FileMaintenance).
  if (IsEmpty(identity))
    if (auto set = database.Execute("PRAGMA auto_vacuum = INCREMENTAL"); !set)
      return Fail(set.error().In(database.path()));
  for (const char* pragma : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"})
    if (auto set = database.Execute(pragma); !set) return Fail(set.error().In(database.path()));
  return identity.version < NewestVersion() ? BringUp(database) : Status();
}

Status CheckReadable(Database& database) {
  ASSIGN_OR_RETURN(const auto identity, Identify(database));
  if (!IsEmpty(identity) && identity.application_id != kApplicationId) return RefuseForeign(database);
  RETURN_IF_ERROR(RefuseNewer(database, identity.version));
  if (identity.version < NewestVersion())
    return Fail(MakeError(ErrorCode::kUnavailable, "{} has schema version {}, this keymeter reads {}",
                          database.path(), identity.version, NewestVersion())
                    .Because(ErrorReason::kOlderSchema)
                    .Remedy("start `keymeter process` on it"));
  return {};
}

}  // namespace keymeter
