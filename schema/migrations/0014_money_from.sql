-- Since when API keys' money is known. Old relays counted no money in their hashes, and no field says so: a cost field is
-- absent until it is above 0. So the file remembers the earliest end of an hour (or day, or month) that held usage of a
-- key, and of one that held money. Before `money_from` a cost of 0 is unknown; 0: it is known from the beginning.
-- Stored, and not a generated column of the two: SQLite 3.40's VACUUM INTO by a connection that had been open for long failed
-- with one ("table vacuum_db.source_state has 32 columns but 33 values were supplied").
ALTER TABLE source_state ADD COLUMN usage_by INTEGER;
ALTER TABLE source_state ADD COLUMN money_by INTEGER;
ALTER TABLE source_state ADD COLUMN money_from INTEGER NOT NULL DEFAULT 0;

-- The first row of each level, and the first with money, in the order of the table's key: of a file of any size few pages
-- are read, and nothing is sorted. Minutes before rolled_until are in their hours, and hours in their months: where no month
-- has money, no hour has.
CREATE TEMP VIEW key_hour AS SELECT bucket, cost_micros + real_cost_micros AS money FROM usage_hour
WHERE EXISTS (SELECT 1 FROM series s WHERE s.id = series AND s.kind = 'api_key');
CREATE TEMP VIEW key_day AS SELECT bucket, cost_micros + real_cost_micros AS money FROM usage_day
WHERE EXISTS (SELECT 1 FROM series s WHERE s.id = series AND s.kind = 'api_key');
CREATE TEMP VIEW key_month AS SELECT bucket, cost_micros + real_cost_micros AS money FROM usage_month
WHERE EXISTS (SELECT 1 FROM series s WHERE s.id = series AND s.kind = 'api_key');
CREATE TEMP VIEW key_minute AS SELECT bucket, cost_micros + real_cost_micros AS money FROM usage_minute
WHERE bucket >= (SELECT rolled_until FROM source_state)
  AND EXISTS (SELECT 1 FROM series s WHERE s.id = series AND s.kind = 'api_key');

UPDATE source_state SET usage_by = (SELECT min(until) FROM (
    SELECT (SELECT bucket FROM key_hour ORDER BY bucket LIMIT 1) + 3600 AS until
    UNION ALL SELECT (SELECT bucket FROM key_day ORDER BY bucket LIMIT 1) + 86400
    UNION ALL SELECT unixepoch((SELECT bucket FROM key_month ORDER BY bucket LIMIT 1) + coalesce(utc_offset_s, 0),
                               'unixepoch', '+1 month') - coalesce(utc_offset_s, 0)
    UNION ALL SELECT (SELECT bucket FROM key_minute ORDER BY bucket LIMIT 1) / 3600 * 3600 + 3600)),
  money_by = (SELECT min(until) FROM (
    SELECT (SELECT bucket FROM key_hour WHERE money > 0 AND EXISTS (SELECT 1 FROM key_month WHERE money > 0)
            ORDER BY bucket LIMIT 1) + 3600 AS until
    UNION ALL SELECT (SELECT bucket FROM key_day WHERE money > 0 ORDER BY bucket LIMIT 1) + 86400
    UNION ALL SELECT unixepoch((SELECT bucket FROM key_month WHERE money > 0 ORDER BY bucket LIMIT 1)
                               + coalesce(utc_offset_s, 0), 'unixepoch', '+1 month') - coalesce(utc_offset_s, 0)
    UNION ALL SELECT (SELECT bucket FROM key_minute WHERE money > 0 ORDER BY bucket LIMIT 1) / 3600 * 3600 + 3600));
UPDATE source_state SET money_from = CASE
  WHEN usage_by IS NULL OR money_by <= usage_by THEN 0 ELSE coalesce(money_by, 9223372036854775807) END;
DROP VIEW key_hour;
DROP VIEW key_day;
DROP VIEW key_month;
DROP VIEW key_minute;
