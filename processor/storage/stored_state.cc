#include "processor/storage/stored_state.h"

#include "processor/storage/odd_names.h"

namespace keymeter::processor {

namespace {

Status LoadSeries(Database& database, SeriesRegistry& registry) {
  ASSIGN_OR_RETURN(const OddNames odd, OddNames::Load(database));
  ASSIGN_OR_RETURN(auto rows, database.Prepare("SELECT id, kind, entity, model FROM series ORDER BY id"));
  while (true) {
    ASSIGN_OR_RETURN(const auto row, rows.Step());
    if (!row) return {};
    if (rows.Int(0) != static_cast<std::int64_t>(registry.size()) + 1)
      return Fail(MakeError(ErrorCode::kCorrupt, "series {} is missing from the file", registry.size() + 1)
                      .Because(ErrorReason::kDamaged));
    const EntityKind kind = rows.Text(1) == "api_key" ? EntityKind::kApiKey : EntityKind::kAccount;
    registry.Restore({kind, odd.InRedis(rows.Text(2)), odd.InRedis(rows.Text(3))});
  }
}

template <typename Take>
Status LoadReadings(Database& database, std::string_view from, const SeriesRegistry& registry,
                    const Take& take) {
  auto rows =
      database.Prepare(fmt::format("SELECT bucket, series, read_ms, {} FROM {}", kMetricColumns, from));
  if (!rows) return Fail(rows.error());
  while (true) {
    ASSIGN_OR_RETURN(const auto row, rows->Step());
    if (!row) return {};
    const std::int64_t series = rows->Int(1);
    if (series < 1 || series > static_cast<std::int64_t>(registry.size()))
      return Fail(
          MakeError(ErrorCode::kCorrupt, "a reading is of series {}, which is missing from the file", series)
              .Because(ErrorReason::kDamaged));
    ReadingRow reading{rows->Int(0), static_cast<SeriesId>(series), rows->Int(2), {}};
    for (std::size_t i = 0; i < kMetricCount; ++i)
      reading.values.values[i] = rows->Int(3 + static_cast<int>(i));
    take(reading);
  }
}

/// What was lost by counters that are still kept: of hours, and of those without a period.
Status LoadLost(Database& database, const CounterTable& counters, LostAmounts& lost) {
  auto rows = database.Prepare(fmt::format(
      "SELECT bucket, series, {} FROM adjustment WHERE level IN ('hour', 'total')", kMetricColumns));
  if (!rows) return Fail(rows.error());
  while (true) {
    ASSIGN_OR_RETURN(const auto row, rows->Step());
    if (!row) return {};
    const auto series = static_cast<SeriesId>(rows->Int(1));
    if (!counters.IsReadOrExpected(series, rows->Int(0))) continue;
    Amounts amounts;
    for (std::size_t i = 0; i < kMetricCount; ++i) amounts.values[i] = rows->Int(2 + static_cast<int>(i));
    lost.Add(series, rows->Int(0), amounts);
  }
}

Result<std::vector<ProfileUse>> LoadProfileUses(Database& database) {
  ASSIGN_OR_RETURN(
      auto rows, database.Prepare("SELECT from_hour, profile, since_ms FROM profile_use ORDER BY from_hour"));
  std::vector<ProfileUse> uses;
  while (true) {
    ASSIGN_OR_RETURN(const auto row, rows.Step());
    if (!row) return uses;
    uses.push_back({rows.Int(0), std::string(rows.Text(1)), rows.Int(2)});
  }
}

}  // namespace

Result<StoredState> LoadState(Database& database, SeriesRegistry& registry, CounterTable& counters,
                              LostAmounts& lost) {
  if (auto loaded = LoadSeries(database, registry); !loaded) return Fail(loaded.error().In("load series"));
  auto loaded = LoadReadings(database, "reading", registry,
                             [&](const ReadingRow& reading) { counters.Restore(reading); });
  // These are newer than those of `reading`; of several of one counter the last counts, so they come by id.
  if (loaded)
    loaded = LoadReadings(database, "reading_recent ORDER BY id", registry,
                          [&](const ReadingRow& reading) { counters.Renew(reading); });
  if (!loaded) return Fail(loaded.error().In("load readings"));
  if (auto summed = LoadLost(database, counters, lost); !summed)
    return Fail(summed.error().In("load adjustments"));
  auto row = database.Prepare(
      "SELECT utc_offset_s, covered_until_ms, data_set, history_due_from_ms, audited_until, "
      "utc_offset_origin, proven_ms, claimed_ms, claim_stood_ms FROM source_state");
  if (!row) return Fail(row.error());
  RETURN_IF_ERROR(row->Step());
  StoredState state;
  if (!row->IsNull(0)) state.utc_offset_s = row->Int(0);
  if (!row->IsNull(1)) state.covered_until_ms = row->Int(1);
  state.data_set = std::string(row->Text(2));
  state.history_due_from_ms = row->Int(3);
  state.audited_until = row->Int(4);
  state.offset_origin = OffsetOriginNamed(row->Text(5));
  state.time = {row->Int(6), row->Int(7), row->Int(8)};
  auto uses = LoadProfileUses(database);
  if (!uses) return Fail(uses.error().In("load profiles"));
  state.profile_uses = std::move(*uses);
  return state;
}

}  // namespace keymeter::processor
