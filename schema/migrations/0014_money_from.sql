-- Since when API keys' money is known. Old relays counted no money in their hashes, and no field says so: a cost field is
-- absent until it is above 0. So the file remembers the earliest end of an hour (or day, or month) that held usage of a
-- key, and of one that held money. Before `money_from` a cost of 0 is unknown; 0: it is known from the beginning.
ALTER TABLE source_state ADD COLUMN usage_by INTEGER;
ALTER TABLE source_state ADD COLUMN money_by INTEGER;
ALTER TABLE source_state ADD COLUMN money_from INTEGER NOT NULL DEFAULT 0;

CREATE TEMP TABLE key_bucket AS
SELECT bucket + 3600 AS until, max(cost_micros + real_cost_micros) > 0 AS has_money
FROM usage_hour JOIN series s ON s.id = series AND s.kind = 'api_key' GROUP BY bucket
UNION ALL
SELECT bucket + 86400, max(cost_micros + real_cost_micros) > 0
FROM usage_day JOIN series s ON s.id = series AND s.kind = 'api_key' GROUP BY bucket
UNION ALL
SELECT unixepoch(bucket + o, 'unixepoch', '+1 month') - o, max(cost_micros + real_cost_micros) > 0
FROM usage_month JOIN series s ON s.id = series AND s.kind = 'api_key'
CROSS JOIN (SELECT coalesce(utc_offset_s, 0) AS o FROM source_state) GROUP BY bucket
UNION ALL
SELECT bucket - bucket % 3600 + 3600, max(cost_micros + real_cost_micros) > 0
FROM usage_minute JOIN series s ON s.id = series AND s.kind = 'api_key' GROUP BY bucket - bucket % 3600;
UPDATE source_state SET usage_by = (SELECT min(until) FROM key_bucket),
  money_by = (SELECT min(until) FROM key_bucket WHERE has_money);
UPDATE source_state SET money_from = CASE
  WHEN usage_by IS NULL OR money_by <= usage_by THEN 0 ELSE coalesce(money_by, 9223372036854775807) END;
DROP TABLE key_bucket;
