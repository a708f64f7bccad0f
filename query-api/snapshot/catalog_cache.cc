#include "query-api/snapshot/catalog_cache.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace keymeter::query_api {

namespace {

struct SeriesName {
  std::uint32_t id = 0;
  std::string kind, entity, model;
};

Status ReadSeries(Snapshot& snapshot, std::size_t from, std::vector<SeriesName>& series) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(
                                   "SELECT id, kind, entity, model FROM series WHERE id >= ?1 ORDER BY id"));
  query->Bind(1, static_cast<std::int64_t>(from));
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return {};
    series.push_back({static_cast<std::uint32_t>(query->Int(0)), std::string(query->Text(1)),
                      std::string(query->Text(2)), std::string(query->Text(3))});
  }
}

Status ReadOwners(Snapshot& snapshot, std::vector<KeyOwner>& owners) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(
                                   fmt::format("SELECT id, {0} FROM api_key WHERE {0} <> ''", kOwnerSql)));
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return {};
    owners.push_back({std::string(query->Text(0)), std::string(query->Text(1))});
  }
}

}  // namespace

Result<CatalogCache::Required> CatalogCache::ReadRequired(Snapshot& snapshot) {
  constexpr std::string_view kSql =
      "SELECT coalesce((SELECT max(id) FROM series), 0), owners_version FROM source_state";
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(kSql));
  RETURN_IF_ERROR(query->Step());
  const Required required{snapshot.lease.file_id(), query->Int(0), query->Int(1)};
  if (required.last_series > kLastSeries)
    return Fail(ErrorCode::kCorrupt, "a series has an impossible number");
  return required;
}

Result<std::shared_ptr<const SeriesCatalog>> CatalogCache::Of(Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const auto required, ReadRequired(snapshot));
  {
    const MutexLock lock(mutex_);
    if (auto catalog = FindFor(required)) return catalog;
    if (!builder_ || file_ != required.file) {
      builder_ = std::make_unique<CatalogBuilder>();
      catalog_ = nullptr;
      file_ = required.file;
    }
  }
  RETURN_IF_ERROR(Extend(snapshot, required));
  const MutexLock lock(mutex_);
  if (auto catalog = FindFor(required)) return catalog;
  return Fail(ErrorCode::kUnavailable, "the usage file was replaced meanwhile");
}

std::shared_ptr<const SeriesCatalog> CatalogCache::FindFor(const Required& required) const {
  if (!catalog_ || file_ != required.file) return nullptr;
  const bool has_all = required.last_series == 0 ||
                       static_cast<std::int64_t>(catalog_->entries().size()) > required.last_series;
  return has_all && catalog_->owners_version() >= required.owners_version ? catalog_ : nullptr;
}

Status CatalogCache::Extend(Snapshot& snapshot, const Required& required) {
  std::size_t from = 0;
  bool needs_owners = false;
  {
    const MutexLock lock(mutex_);
    from = builder_->next_id();
    needs_owners = builder_->owners_version() < required.owners_version;
  }
  std::vector<SeriesName> series;
  RETURN_IF_ERROR(ReadSeries(snapshot, from, series));
  std::vector<KeyOwner> owners;
  if (needs_owners) RETURN_IF_ERROR(ReadOwners(snapshot, owners));
  const MutexLock lock(mutex_);
  // Another thread may have begun anew meanwhile, for another file: then what lies before `from` is missing.
  if (file_ != required.file || builder_->next_id() < from) return {};
  for (const SeriesName& each : series) builder_->AddSeries(each.id, each.kind, each.entity, each.model);
  if (builder_->owners_version() < required.owners_version)
    builder_->SetOwners(owners, required.owners_version);
  catalog_ = builder_->Publish();
  return {};
}

}  // namespace keymeter::query_api
