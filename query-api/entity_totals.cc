#include "query-api/entity_totals.h"

namespace keymeter::query_api {

Result<EntityTotals> EntityTotals::Read(Snapshot& snapshot, std::string_view kind) {
  auto reader = UsageReader::Make(snapshot, kind);
  if (!reader) return Fail(reader.error());
  auto query = snapshot.lease.Prepare("SELECT DISTINCT entity FROM series WHERE kind = ?1");
  if (!query) return Fail(query.error());
  (*query)->Bind(1, kind);
  EntityTotals totals(snapshot.now_ms);
  for (;;) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) return totals;
    const auto usage = reader->Read((*query)->Text(0));
    if (!usage) return Fail(usage.error());
    totals.usage_.emplace((*query)->Text(0), *usage);
  }
}

EntityUsage EntityTotals::Of(std::string_view entity) const {
  const auto found = usage_.find(std::string(entity));
  return found == usage_.end() ? EntityUsage{{}, {}, {}, LiveRates(now_ms_)} : found->second;
}

}  // namespace keymeter::query_api
