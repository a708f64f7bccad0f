-- What analysts, BI programs and GUIs ask first: each task by the views, and where there is one, by the leanest SQL on
-- the tables behind them ("floor"). "within": CPU seconds, warm, on the file that usage_file makes when nothing is
-- said. {key} is one of its keys. The questions of schema/README.md are asked besides; their floors stand at the end.

-- hours: LIMIT 10
-- within 0.05
SELECT * FROM api_key_usage_hour LIMIT 10;

-- hours: newest five
-- within 0.05
SELECT * FROM api_key_usage_hour ORDER BY bucket DESC LIMIT 5;

-- hours: newest 2000 (a GUI's page)
-- within 0.05
SELECT * FROM api_key_usage_hour ORDER BY bucket DESC LIMIT 2000;

-- hours: two columns of the newest five
-- within 0.05
SELECT api_key, requests FROM api_key_usage_hour ORDER BY bucket DESC LIMIT 5;

-- hours: page 100 of 100
-- within 0.05
SELECT * FROM api_key_usage_hour ORDER BY bucket DESC LIMIT 100 OFFSET 9900;

-- hours: newest ten by time
-- within 0.05
SELECT * FROM api_key_usage_hour ORDER BY time DESC LIMIT 10;

-- minutes: LIMIT 10
-- within 0.05
SELECT * FROM api_key_usage_minute LIMIT 10;

-- minutes: newest ten
-- within 0.05
SELECT * FROM api_key_usage_minute ORDER BY bucket DESC LIMIT 10;

-- days: newest ten
-- within 0.05
SELECT * FROM api_key_usage_day ORDER BY bucket DESC LIMIT 10;

-- months: newest ten
-- within 0.05
SELECT * FROM api_key_usage_month ORDER BY bucket DESC LIMIT 10;

-- account days: newest ten
-- within 0.05
SELECT * FROM account_usage_day ORDER BY bucket DESC LIMIT 10;

-- keys: LIMIT 10
SELECT * FROM api_keys LIMIT 10;

-- accounts: all
SELECT * FROM accounts;

-- tags: LIMIT 10
-- within 0.05
SELECT * FROM api_key_tags LIMIT 10;

-- days of one key
-- within 0.05
SELECT * FROM api_key_usage_day WHERE api_key = '{key}' ORDER BY bucket;

-- days of one key, by day
-- within 0.05
SELECT date, sum(requests), sum(total_tokens) FROM api_key_usage_day
WHERE api_key = '{key}' GROUP BY bucket;

-- hours of one key, the whole year
-- within 0.3
SELECT bucket, sum(requests) FROM api_key_usage_hour
WHERE api_key = '{key}' GROUP BY bucket;
-- floor
SELECT h.bucket, sum(h.requests) FROM series s CROSS JOIN _hour_bucket b
CROSS JOIN usage_hour h ON h.bucket = b.bucket AND h.series = s.id
WHERE s.kind = 'api_key' AND s.entity = '{key}' GROUP BY h.bucket;

-- hours of one key, this week
-- within 0.05
SELECT time, model, requests FROM api_key_usage_hour WHERE api_key = '{key}'
  AND bucket >= (SELECT today - 6 * 86400 FROM source_clock);

-- yesterday by key (source_clock)
-- within 0.3
SELECT api_key, sum(requests) FROM api_key_usage_day
WHERE bucket = (SELECT today - 86400 FROM source_clock) GROUP BY api_key;

-- one day by its date
-- within 0.05
SELECT sum(requests) FROM api_key_usage_day
WHERE date = (SELECT date(today + utc_offset_s - 86400, 'unixepoch') FROM source_clock);

-- month to date by key, of days
-- within 0.3
SELECT api_key, sum(total_tokens) FROM api_key_usage_day
WHERE bucket >= (SELECT this_month FROM source_clock) GROUP BY api_key;
-- floor
SELECT s.entity, sum(h.input_tokens + h.output_tokens + h.cache_create_tokens + h.cache_read_tokens)
FROM usage_day h JOIN series s ON s.id = h.series
WHERE h.bucket >= (SELECT this_month FROM source_clock) AND s.kind = 'api_key' GROUP BY s.entity;

-- month to date by key, of the month
-- within 0.3
SELECT api_key, sum(total_tokens) FROM api_key_usage_month
WHERE bucket = (SELECT this_month FROM source_clock) GROUP BY api_key;

-- minutes: peak of each key
-- within 4
SELECT api_key, max(requests) FROM api_key_usage_minute GROUP BY api_key;
-- floor
SELECT s.entity, max(h.requests) FROM usage_minute h JOIN series s ON s.id = h.series
WHERE s.kind = 'api_key' GROUP BY s.entity;

-- minutes: last of each key
-- within 4
SELECT api_key, max(bucket) FROM api_key_usage_minute GROUP BY api_key;

-- calendar of 90 days LEFT JOIN days of one key
-- within 0.5
SELECT c.date, sum(u.requests) FROM calendar c
LEFT JOIN api_key_usage_day u ON u.bucket = c.bucket AND u.api_key = '{key}'
WHERE c.level = 'day' AND c.bucket >= (SELECT today - 89 * 86400 FROM source_clock) GROUP BY c.bucket;

-- calendar of 90 days JOIN days of all keys
SELECT c.date, sum(u.requests) FROM calendar c JOIN api_key_usage_day u USING (bucket)
WHERE c.level = 'day' AND c.bucket >= (SELECT today - 89 * 86400 FROM source_clock) GROUP BY c.bucket;
-- floor
SELECT bucket, sum(requests) FROM usage_day u JOIN series s ON s.id = u.series
WHERE bucket >= (SELECT today - 89 * 86400 FROM source_clock) AND s.kind = 'api_key' GROUP BY bucket;

-- calendar of 90 days LEFT JOIN days of all keys, not summed up first
SELECT c.date, sum(u.requests) FROM calendar c LEFT JOIN api_key_usage_day u ON u.bucket = c.bucket
WHERE c.level = 'day' AND c.bucket >= (SELECT today - 89 * 86400 FROM source_clock) GROUP BY c.bucket;

-- all hours by bucket
SELECT bucket, sum(requests) FROM api_key_usage_hour GROUP BY bucket;
-- floor
SELECT h.bucket, sum(h.requests) FROM usage_hour h JOIN series s ON s.id = h.series
WHERE s.kind = 'api_key' GROUP BY h.bucket;

-- all hours by model
SELECT model, sum(requests) FROM api_key_usage_hour GROUP BY model;
-- floor
SELECT s.model, sum(h.requests) FROM usage_hour h JOIN series s ON s.id = h.series
WHERE s.kind = 'api_key' GROUP BY s.model;

-- all days by week
SELECT strftime('%Y-%W', bucket, 'unixepoch') AS week, sum(requests) FROM api_key_usage_day GROUP BY week;
-- floor
SELECT strftime('%Y-%W', h.bucket, 'unixepoch') AS week, sum(h.requests) FROM usage_day h
JOIN series s ON s.id = h.series WHERE s.kind = 'api_key' GROUP BY week;

-- all days by date
SELECT date, sum(requests) FROM api_key_usage_day GROUP BY date;
-- floor
SELECT h.bucket, sum(h.requests) FROM usage_day h JOIN series s ON s.id = h.series WHERE s.kind = 'api_key'
GROUP BY h.bucket;

-- all days by key
SELECT api_key, sum(requests) FROM api_key_usage_day GROUP BY api_key;
-- floor
SELECT s.entity, sum(h.requests) FROM usage_day h JOIN series s ON s.id = h.series
WHERE s.kind = 'api_key' GROUP BY s.entity;

-- all months by month
SELECT month, sum(requests), sum(rated_cost_usd) FROM api_key_usage_month GROUP BY month;
-- floor
SELECT h.bucket, sum(h.requests), sum(h.cost_micros) FROM usage_month h JOIN series s ON s.id = h.series
WHERE s.kind = 'api_key' GROUP BY h.bucket;

-- all months by account: list price
SELECT account, month, sum(list_cost_usd) FROM account_usage_month GROUP BY account, month;

-- tags: today's minutes
-- within 0.3
SELECT t.tag, sum(u.requests) FROM api_key_usage_minute u JOIN api_key_tags t USING (api_key)
WHERE u.bucket >= (SELECT today FROM source_clock) GROUP BY t.tag;

-- tags: hours of yesterday, by its date
-- within 0.3
SELECT t.tag, sum(u.requests) FROM api_key_usage_hour u JOIN api_key_tags t USING (api_key)
WHERE u.date = (SELECT date(date, '-1 day') FROM source_clock) GROUP BY t.tag;

-- tags: hours of seven days
-- within 2
SELECT t.tag, sum(u.requests) FROM api_key_usage_hour u JOIN api_key_tags t USING (api_key)
WHERE u.bucket >= unixepoch('now', '-7 days') GROUP BY t.tag;

-- groups: hours of yesterday, by its date
-- within 0.3
SELECT m.account_group, sum(u.requests) FROM account_usage_hour u JOIN account_group_members m USING (account)
WHERE u.date = (SELECT date(date, '-1 day') FROM source_clock) GROUP BY m.account_group;

-- a panel of 24 hours, by hour
-- within 0.3
SELECT bucket AS time, sum(requests) FROM api_key_usage_hour WHERE bucket >= unixepoch('now', '-24 hours') GROUP BY bucket;

-- a panel of 24 hours, by minute
-- within 0.3
SELECT bucket AS time, sum(requests) FROM api_key_usage_minute WHERE bucket >= unixepoch('now', '-24 hours') GROUP BY bucket;

-- a panel of 24 hours, by owner
-- within 0.3
SELECT owner, sum(rated_cost_usd) FROM api_key_usage_hour WHERE bucket >= unixepoch('now', '-24 hours') GROUP BY owner;

-- a panel of 90 days, by hour
SELECT bucket AS time, sum(requests) FROM api_key_usage_hour WHERE bucket >= unixepoch('now', '-90 days') GROUP BY bucket;
-- floor
SELECT h.bucket, sum(h.requests) FROM usage_hour h JOIN series s ON s.id = h.series
WHERE h.bucket >= unixepoch('now', '-90 days') AND s.kind = 'api_key' GROUP BY h.bucket;

-- a panel of 90 days, by day
-- within 2
SELECT bucket AS time, sum(requests) FROM api_key_usage_day WHERE bucket >= unixepoch('now', '-90 days') GROUP BY bucket;

-- a panel of 90 days, by key
-- within 2
SELECT api_key, sum(requests) FROM api_key_usage_day WHERE bucket >= unixepoch('now', '-90 days') GROUP BY api_key;

-- week over week, closed days
SELECT c.week, sum(u.requests) FROM calendar c JOIN api_key_usage_day u USING (bucket)
WHERE c.level = 'day' AND NOT u.is_open AND c.bucket >= (SELECT today - 28 * 86400 FROM source_clock) GROUP BY c.week;

-- heat map of 30 days: weekday and hour
SELECT strftime('%w', local_time) AS day, substr(local_time, 12, 2) AS hour, sum(requests)
FROM api_key_usage_hour WHERE bucket >= (SELECT today - 30 * 86400 FROM source_clock) GROUP BY 1, 2;

-- untimed usage by level
SELECT level, sum(requests) FROM api_key_untimed GROUP BY level;

-- coverage of 14 days
-- within 0.3
SELECT * FROM coverage_day ORDER BY bucket DESC LIMIT 14;

-- the dictionary
-- within 0.3
SELECT * FROM dictionary;

-- the calendar's days
-- within 0.05
SELECT * FROM calendar WHERE level = 'day';

-- How much was used by week, whole weeks or not?
-- floor
SELECT ((h.bucket + (SELECT utc_offset_s FROM source_state)) / 86400 + 3) / 7 AS week, sum(h.requests) FROM usage_day h
JOIN series s ON s.id = h.series WHERE s.kind = 'api_key' GROUP BY week;

-- How much of the input comes from the cache, by model?
-- floor
SELECT s.model, 100.0 * sum(h.cache_read_tokens) / sum(h.input_tokens + h.cache_create_tokens + h.cache_read_tokens)
FROM usage_month h JOIN series s ON s.id = h.series WHERE s.kind = 'api_key' GROUP BY s.model ORDER BY 2 DESC;

-- When was each key's busiest minute?
-- floor
SELECT entity, bucket, max(requests) FROM (
  SELECT s.entity, h.bucket, sum(h.requests) AS requests FROM usage_minute h JOIN series s ON s.id = h.series
  WHERE h.bucket >= (SELECT today FROM source_clock) - 86400 AND s.kind = 'api_key' GROUP BY s.entity, h.bucket)
GROUP BY entity ORDER BY 3 DESC LIMIT 10;

-- In which month did keys begin, and how many of them are still used?
-- floor
WITH used AS MATERIALIZED (SELECT DISTINCT s.entity, h.bucket FROM usage_month h
                           JOIN series s ON s.id = h.series WHERE s.kind = 'api_key'),
  began AS (SELECT entity, min(bucket) AS first FROM used GROUP BY entity)
SELECT b.first, u.bucket, count(*) FROM used u JOIN began b USING (entity) GROUP BY 1, 2;
