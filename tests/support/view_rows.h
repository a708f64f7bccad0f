#pragma once

namespace keymeter::testing {

/// Triggers for a test that writes usage by SQL of its own: rows of zeros for minutes, and the lists of
/// buckets, as the processor writes them (processor/storage: WaitingRows, ListedBuckets). Of the connection
/// that runs this.
///
/// DO NOTHING, not OR IGNORE: an OR REPLACE of the statement that fires a trigger would take the place of the
/// latter.
inline constexpr const char* kViewRowTriggers = R"(
CREATE TEMP TRIGGER minute_has_coarser AFTER INSERT ON main.usage_minute BEGIN
  INSERT INTO usage_hour VALUES (new.bucket - new.bucket % 3600, new.series, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  ON CONFLICT DO NOTHING;
  INSERT INTO usage_day
  SELECT (new.bucket + o) / 86400 * 86400 - o, new.series, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM (SELECT coalesce(utc_offset_s, 0) AS o FROM source_state) WHERE true
  ON CONFLICT DO NOTHING;
  INSERT INTO usage_month
  SELECT unixepoch(new.bucket + o, 'unixepoch', 'start of month') - o, new.series, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM (SELECT coalesce(utc_offset_s, 0) AS o FROM source_state) WHERE true
  ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER hour_is_listed AFTER INSERT ON main.usage_hour BEGIN
  INSERT INTO _hour_bucket (bucket, utc_offset_s)
  SELECT new.bucket, coalesce(utc_offset_s, 0) FROM source_state WHERE true ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER day_is_listed AFTER INSERT ON main.usage_day BEGIN
  INSERT INTO _day_bucket (bucket, utc_offset_s)
  SELECT new.bucket, coalesce(utc_offset_s, 0) FROM source_state WHERE true ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER month_is_listed AFTER INSERT ON main.usage_month BEGIN
  INSERT INTO _month_bucket (bucket, utc_offset_s)
  SELECT new.bucket, coalesce(utc_offset_s, 0) FROM source_state WHERE true ON CONFLICT DO NOTHING;
END;
)";

}  // namespace keymeter::testing
