#include "processor/storage/money_writer.h"

#include <algorithm>
#include <limits>

#include "processor/storage/prepare.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

Status MoneyWriter::Prepare(Database& database) {
  RETURN_IF_ERROR(
      PrepareAll(database, {{&ends_, "SELECT usage_by, money_by FROM source_state"},
                            {&put_, "UPDATE source_state SET usage_by = ?, money_by = ?, money_from = ?"}}));
  ASSIGN_OR_RETURN(auto keys, database.Prepare("SELECT id FROM series WHERE kind = 'api_key'"));
  while (true) {
    ASSIGN_OR_RETURN(const auto row, keys.Step());
    if (!row) return {};
    NoteKey(static_cast<SeriesId>(keys.Int(0)));
  }
}

Status MoneyWriter::Write(const WriteBatch& batch, BatchContext& context) {
  for (const auto& [id, series] : batch.new_series)
    if (series.kind == EntityKind::kApiKey) NoteKey(id);
  if (batch.growth.empty() && batch.history.empty() && !batch.audit) return {};
  ASSIGN_OR_RETURN(const auto before, ReadEnds());
  Ends ends = before;
  for (const GrowthRow& row : batch.growth)
    if (IsKey(row.series)) ends.Note(row.level, row.bucket, row.growth, context.utc_offset_s);
  const auto note = [&](const std::vector<CoarseReading>& readings) {
    for (const CoarseReading& reading : readings)
      if (reading.kind == EntityKind::kApiKey)
        ends.Note(reading.level, reading.bucket, reading.values, context.utc_offset_s);
  };
  note(batch.history);
  if (batch.audit) note(batch.audit->days);  // of which an audit may take some
  if (ends == before) return {};
  context.has_new_data = true;
  ends.usage ? put_.Bind(1, *ends.usage) : put_.BindNull(1);
  ends.money ? put_.Bind(2, *ends.money) : put_.BindNull(2);
  return put_.Bind(3, ends.MoneyFrom()).Run();
}

void MoneyWriter::Ends::Note(Level level, std::int64_t bucket, const Amounts& amounts,
                             std::int64_t utc_offset_s) {
  if (level > Level::kMonth || amounts.IsZero()) return;  // of all time: no end is known
  // A request and its money may be read a moment apart: what the hour has is what counts.
  const Level whole = std::max(level, Level::kHour);
  const std::int64_t end = NextBucket(whole, BucketOf(whole, bucket, utc_offset_s), utc_offset_s);
  usage = std::min(usage.value_or(end), end);
  if (amounts[Metric::kCostMicros] > 0 || amounts[Metric::kRealCostMicros] > 0)
    money = std::min(money.value_or(end), end);
}

std::int64_t MoneyWriter::Ends::MoneyFrom() const {
  if (!usage || (money && *money <= *usage)) return 0;
  return money.value_or(std::numeric_limits<std::int64_t>::max());
}

Result<MoneyWriter::Ends> MoneyWriter::ReadEnds() {
  ends_.Reset();
  RETURN_IF_ERROR(ends_.Step());
  Ends ends;
  if (!ends_.IsNull(0)) ends.usage = ends_.Int(0);
  if (!ends_.IsNull(1)) ends.money = ends_.Int(1);
  ends_.Reset();
  return ends;
}

void MoneyWriter::NoteKey(SeriesId series) {
  if (series >= is_key_.size()) is_key_.resize(std::max<std::size_t>(series + 1, 2 * is_key_.size()));
  is_key_[series] = true;
}

}  // namespace keymeter::processor
