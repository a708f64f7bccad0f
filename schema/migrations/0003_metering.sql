-- Metering beyond the hour: counters without a period, and files that two profiles metered one after the other.

-- What a bucket holds beyond its finer buckets; `total` (bucket 0) is what lies in no month: it came before the first
-- reading of a counter without a period, or while we were away for longer than a month.
CREATE TABLE usage_untimed_new (
  level  TEXT NOT NULL CHECK (level IN ('hour', 'day', 'month', 'total')),
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL,
  PRIMARY KEY (level, bucket, series)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_untimed_new SELECT * FROM usage_untimed;
DROP TABLE usage_untimed;
ALTER TABLE usage_untimed_new RENAME TO usage_untimed;

-- Which profile meters the hours from `from_hour` on (epoch seconds; 0: from the beginning).
CREATE TABLE profile_use (
  from_hour INTEGER PRIMARY KEY,
  profile   TEXT NOT NULL,
  since_ms  INTEGER NOT NULL                     -- when that was decided
) STRICT;
INSERT INTO profile_use SELECT 0, profile, 0 FROM source_state WHERE coalesce(profile, '') <> '';
