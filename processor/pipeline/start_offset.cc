#include "processor/pipeline/start_offset.h"

#include "processor/storage/offset_correction.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

Result<StartOffset> ReadStored(Database& database) {
  ASSIGN_OR_RETURN(auto row, database.Prepare("SELECT utc_offset_s, utc_offset_origin FROM source_state"));
  RETURN_IF_ERROR(row.Step());
  StartOffset stored;
  if (row.IsNull(0)) return stored;
  stored.seconds = row.Int(0);
  stored.origin = OffsetOriginNamed(row.Text(1));
  if (stored.origin == OffsetOrigin::kUnknown)
    stored.origin = OffsetOrigin::kSeen;  // nobody may take it back
  return stored;
}

Error Contradiction(const ProcessorOptions& options, std::int64_t asked_s, std::int64_t stored_s) {
  return MakeError(ErrorCode::kInvalid,
                   "--utc-offset {}: the days in {} begin at {}; use --utc-offset {}, or name another --db",
                   FormatUtcOffset(asked_s), options.db_path, FormatUtcOffset(stored_s),
                   FormatUtcOffset(stored_s))
      .Because(ErrorReason::kWrongOffset);
}

Error NotCorrectable(const ProcessorOptions& options, std::int64_t stored_s, const StartOffset& right) {
  return MakeError(
             ErrorCode::kInvalid,
             "{} {}: the days in {} begin at {}, and it holds counters without a period, which cannot be "
             "moved; name another --db",
             right.origin == OffsetOrigin::kSaid ? "--utc-offset" : "the relay's keys show UTC offset",
             FormatUtcOffset(*right.seconds), options.db_path, FormatUtcOffset(stored_s))
      .Because(ErrorReason::kWrongOffset);
}

Result<StartOffset> Correct(const ProcessorOptions& options, WindowWriter& writer, std::int64_t from_s,
                            const StartOffset& right) {
  ASSIGN_OR_RETURN(const auto has_undated, HasUndatedCounters(writer.database()));
  if (has_undated) return Fail(NotCorrectable(options, from_s, right));
  if (auto done = CorrectOffset(writer, from_s, *right.seconds, right.origin); !done)
    return Fail(done.error().In("correct the UTC offset"));
  log::Warn("the UTC offset was taken back",
            {{"from", FormatUtcOffset(from_s)},
             {"to", FormatUtcOffset(*right.seconds)},
             {"reason", right.origin == OffsetOrigin::kSaid ? "--utc-offset" : "the relay's keys show it"},
             {"action", "all that was stored by it has moved to the hours and days that the keys name"}});
  return right;
}

}  // namespace

Result<StartOffset> SettleStartOffset(const ProcessorOptions& options, WindowWriter& writer) {
  ASSIGN_OR_RETURN(const auto stored, ReadStored(writer.database()));
  if (const auto said = options.utc_offset_s) {
    if (stored.seconds && *stored.seconds != *said) {
      if (stored.origin == OffsetOrigin::kSeen) return Fail(Contradiction(options, *said, *stored.seconds));
      return Correct(options, writer, *stored.seconds, {said, OffsetOrigin::kSaid});
    }
    const bool is_seen = stored.seconds && stored.origin == OffsetOrigin::kSeen;
    return StartOffset{said, is_seen ? OffsetOrigin::kSeen : OffsetOrigin::kSaid};
  }
  const auto shown = options.shown_offset_s;
  if (!shown || stored.origin == OffsetOrigin::kSeen || stored.origin == OffsetOrigin::kSaid) return stored;
  // Whatever showed it: times to live, which the relay's migrations renew, may not contradict it once more.
  const StartOffset right{shown, OffsetOrigin::kShown};
  if (!stored.seconds || *stored.seconds == *shown) return right;
  return Correct(options, writer, *stored.seconds, right);
}

}  // namespace keymeter::processor
