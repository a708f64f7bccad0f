-- What a day or month of the relay held beyond its finer buckets, so that finer evidence which comes later replaces it
-- instead of being counted beside it; and what was found so after the first start.

-- How much of usage_untimed was taken from the relay's own counter of that bucket (for an hour: from its counter without
-- a model). An hour that is found afterwards was inside: it is subtracted here and there, in the same transaction.
CREATE TABLE taken (
  level  TEXT NOT NULL CHECK (level IN ('hour', 'day', 'month')),
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL,
  PRIMARY KEY (level, bucket, series)
) STRICT, WITHOUT ROWID;
-- Where every counter names its hour, days and months that are untimed were taken from the relay's days and months.
INSERT INTO taken SELECT * FROM usage_untimed WHERE level IN ('day', 'month')
  AND NOT EXISTS (SELECT 1 FROM profile_use
                  WHERE profile NOT IN ('claude-relay-service', 'claude-relay-service-totals'));

-- Amounts that no reading of an hour gave, and that the relay's day or month (for an hour: its counter without a model)
-- held all the same: an import, hours that were gone early. History; the rows themselves are in the usage tables.
CREATE TABLE recovered_found (
  id     INTEGER PRIMARY KEY,
  at_ms  INTEGER NOT NULL,
  found_by TEXT NOT NULL CHECK (found_by IN ('return', 'audit')),
  level  TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL
) STRICT;

ALTER TABLE audit ADD COLUMN recovered INTEGER NOT NULL DEFAULT 0;   -- amounts that were taken: rows of recovered_found
