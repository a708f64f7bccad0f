-- For people who browse the file with SQL: what the views of usage need so that the planner can do without sorting or
-- copying a whole level. See schema/DESIGN.md, "Views that answer at once".

-- Every minute that is not rolled up yet stands in an hour, a day and a month that have a row of its series: of zeros
-- until the roll-up adds the minute to it. So a view can add what is not rolled up by a LEFT JOIN. (A UNION ALL with it
-- would be read whole by each sum: SQLite moves no condition with a sub-select into it.) The processor writes them
-- (WaitingRows), and lists the buckets; these are those of the minutes that are here already.
INSERT OR IGNORE INTO usage_hour
SELECT DISTINCT bucket - bucket % 3600, series, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM source_state);
INSERT OR IGNORE INTO usage_day
SELECT DISTINCT (bucket + o) / 86400 * 86400 - o, series, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM usage_minute, (SELECT coalesce(utc_offset_s, 0) AS o, rolled_until AS until FROM source_state)
WHERE bucket >= until;
INSERT OR IGNORE INTO usage_month
SELECT DISTINCT unixepoch(bucket + o, 'unixepoch', 'start of month') - o, series, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM usage_minute, (SELECT coalesce(utc_offset_s, 0) AS o, rolled_until AS until FROM source_state)
WHERE bucket >= until;

-- The buckets that rows of a level stand in. A view starts from here, so a condition on `bucket` is a range of a short
-- list, and the rows of one key are a look-up a bucket. Buckets without rows may be listed: they cost one look-up.
-- The moments that a view shows of it are kept beside it, in indexes too: those put rows into the order of a GROUP BY
-- or ORDER BY of texts, so that nothing is sorted.
CREATE TABLE _hour_bucket (
  bucket INTEGER PRIMARY KEY,
  utc_offset_s INTEGER NOT NULL,
  time TEXT AS (strftime('%Y-%m-%dT%H:%M:%SZ', bucket, 'unixepoch')) STORED,
  local_time TEXT AS (strftime('%Y-%m-%dT%H:%M:%S', bucket + utc_offset_s, 'unixepoch')
    || printf('%s%02d:%02d', iif(utc_offset_s < 0, '-', '+'), abs(utc_offset_s) / 3600,
              abs(utc_offset_s) % 3600 / 60)) STORED,
  date TEXT AS (strftime('%Y-%m-%d', bucket + utc_offset_s, 'unixepoch')) STORED,
  month TEXT AS (strftime('%Y-%m', bucket + utc_offset_s, 'unixepoch')) STORED
) STRICT;
CREATE TABLE _day_bucket (
  bucket INTEGER PRIMARY KEY,
  utc_offset_s INTEGER NOT NULL,
  time TEXT AS (strftime('%Y-%m-%dT%H:%M:%SZ', bucket, 'unixepoch')) STORED,
  local_time TEXT AS (strftime('%Y-%m-%dT%H:%M:%S', bucket + utc_offset_s, 'unixepoch')
    || printf('%s%02d:%02d', iif(utc_offset_s < 0, '-', '+'), abs(utc_offset_s) / 3600,
              abs(utc_offset_s) % 3600 / 60)) STORED,
  date TEXT AS (strftime('%Y-%m-%d', bucket + utc_offset_s, 'unixepoch')) STORED,
  month TEXT AS (strftime('%Y-%m', bucket + utc_offset_s, 'unixepoch')) STORED
) STRICT;
CREATE TABLE _month_bucket (
  bucket INTEGER PRIMARY KEY,
  utc_offset_s INTEGER NOT NULL,
  time TEXT AS (strftime('%Y-%m-%dT%H:%M:%SZ', bucket, 'unixepoch')) STORED,
  local_time TEXT AS (strftime('%Y-%m-%dT%H:%M:%S', bucket + utc_offset_s, 'unixepoch')
    || printf('%s%02d:%02d', iif(utc_offset_s < 0, '-', '+'), abs(utc_offset_s) / 3600,
              abs(utc_offset_s) % 3600 / 60)) STORED,
  month TEXT AS (strftime('%Y-%m', bucket + utc_offset_s, 'unixepoch')) STORED
) STRICT;
CREATE INDEX _hour_bucket_time ON _hour_bucket (time);
CREATE INDEX _hour_bucket_local_time ON _hour_bucket (local_time);
CREATE INDEX _hour_bucket_date ON _hour_bucket (date);
CREATE INDEX _hour_bucket_month ON _hour_bucket (month);
CREATE INDEX _day_bucket_time ON _day_bucket (time);
CREATE INDEX _day_bucket_local_time ON _day_bucket (local_time);
CREATE INDEX _day_bucket_date ON _day_bucket (date);
CREATE INDEX _day_bucket_month ON _day_bucket (month);
CREATE INDEX _month_bucket_time ON _month_bucket (time);
CREATE INDEX _month_bucket_local_time ON _month_bucket (local_time);
CREATE INDEX _month_bucket_month ON _month_bucket (month);

-- The distinct buckets of a level, each found by one look-up.
INSERT INTO _hour_bucket (bucket, utc_offset_s)
WITH RECURSIVE next (bucket) AS (
  SELECT (SELECT min(bucket) FROM usage_hour)
  UNION ALL
  SELECT (SELECT min(u.bucket) FROM usage_hour u WHERE u.bucket > next.bucket) FROM next WHERE bucket IS NOT NULL)
SELECT bucket, (SELECT coalesce(utc_offset_s, 0) FROM source_state) FROM next WHERE bucket IS NOT NULL;
INSERT INTO _day_bucket (bucket, utc_offset_s)
WITH RECURSIVE next (bucket) AS (
  SELECT (SELECT min(bucket) FROM usage_day)
  UNION ALL
  SELECT (SELECT min(u.bucket) FROM usage_day u WHERE u.bucket > next.bucket) FROM next WHERE bucket IS NOT NULL)
SELECT bucket, (SELECT coalesce(utc_offset_s, 0) FROM source_state) FROM next WHERE bucket IS NOT NULL;
INSERT INTO _month_bucket (bucket, utc_offset_s)
WITH RECURSIVE next (bucket) AS (
  SELECT (SELECT min(bucket) FROM usage_month)
  UNION ALL
  SELECT (SELECT min(u.bucket) FROM usage_month u WHERE u.bucket > next.bucket) FROM next WHERE bucket IS NOT NULL)
SELECT bucket, (SELECT coalesce(utc_offset_s, 0) FROM source_state) FROM next WHERE bucket IS NOT NULL;

-- What the planner shall believe about sizes: those of a large relay, whatever this file holds, because the plans that
-- are right for a large file are quick on a small one. Without them SQLite believes that a kind has ten series. More
-- series than rows of hours: else SQLite reads them all first, for a Bloom filter, also for a LIMIT 10.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('usage_minute', 'usage_minute', '3200000 160 1'),
  ('usage_hour', 'usage_hour', '16000000 1700 1'),
  ('usage_day', 'usage_day', '4000000 10000 1'),
  ('usage_month', 'usage_month', '400000 30000 1'),
  ('series', 'sqlite_autoindex_series_1', '20000000 10000000 3 1'),
  ('api_key', 'api_key', '10000 1'),
  ('account', 'account', '50 1'),
  ('price', 'price', '100 2 1'),
  ('_hour_bucket', '_hour_bucket_time', '9600 1'),
  ('_hour_bucket', '_hour_bucket_local_time', '9600 1'),
  ('_hour_bucket', '_hour_bucket_date', '9600 24'),
  ('_hour_bucket', '_hour_bucket_month', '9600 720'),
  ('_day_bucket', '_day_bucket_time', '400 1'),
  ('_day_bucket', '_day_bucket_local_time', '400 1'),
  ('_day_bucket', '_day_bucket_date', '400 1'),
  ('_day_bucket', '_day_bucket_month', '400 30'),
  ('_month_bucket', '_month_bucket_time', '14 1'),
  ('_month_bucket', '_month_bucket_local_time', '14 1'),
  ('_month_bucket', '_month_bucket_month', '14 1'),
  ('source_state', NULL, '1');
