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
  return Fail(
      ErrorCode::kRefused,
      "{} has schema version {}, this keymeter knows up to {}: run the newer keymeter, or name another --db",
      database.path(), version, NewestVersion());
}

Status RefuseForeign(const Database& database) {
  return Fail(ErrorCode::kRefused, "{} is a SQLite file of another application: name another --db",
              database.path());
}

Status ApplyOne(Database& database, const EmbeddedFile& migration, std::int64_t version) {
  auto transaction = Transaction::Begin(database);
  if (!transaction) return Fail(transaction.error());
  const std::string sql = fmt::format("{}\nPRAGMA application_id = {};\nPRAGMA user_version = {};",
                                      migration.text, kApplicationId, version);
  if (auto applied = database.Execute(sql); !applied) return applied;
  return transaction->Commit();
}

}  // namespace

Status Migrate(Database& database) {
  const auto identity = Identify(database);
  if (!identity) return Fail(identity.error());
  if (!IsEmpty(*identity) && identity->application_id != kApplicationId) return RefuseForeign(database);
  if (auto known = RefuseNewer(database, identity->version); !known) return known;

  for (const char* pragma : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"})
    if (auto set = database.Execute(pragma); !set) return Fail(set.error().In(database.path()));
  for (std::int64_t version = identity->version + 1; version <= NewestVersion(); ++version) {
    const EmbeddedFile& migration = EmbeddedMigrations()[static_cast<std::size_t>(version - 1)];
    if (auto applied = ApplyOne(database, migration, version); !applied)
      return Fail(applied.error().In(fmt::format("migrate {} with {}", database.path(), migration.name)));
  }
  return {};
}

Status CheckReadable(Database& database) {
  const auto identity = Identify(database);
  if (!identity) return Fail(identity.error());
  if (!IsEmpty(*identity) && identity->application_id != kApplicationId) return RefuseForeign(database);
  if (auto known = RefuseNewer(database, identity->version); !known) return known;
  if (identity->version < NewestVersion())
    return Fail(ErrorCode::kUnavailable,
                "{} has schema version {}, this keymeter reads {}: start `keymeter process` on it",
                database.path(), identity->version, NewestVersion());
  return {};
}

}  // namespace keymeter
