-- The public face of the file: views for people, dashboards and the query API. They are stable; the tables behind
-- them are not. Try: sqlite3 -readonly keymeter.db 'SELECT * FROM api_key_usage_hour ORDER BY bucket DESC LIMIT 5'
--
-- `time` is RFC 3339: UTC on minute and hour rows, the source's offset on day and month rows.

-- Now, in the source's days and months.
CREATE VIEW source_clock AS
SELECT now, utc_offset_s,
       printf('%s%02d:%02d', iif(utc_offset_s < 0, '-', '+'), abs(utc_offset_s) / 3600,
              abs(utc_offset_s) % 3600 / 60) AS utc_offset,
       (now + utc_offset_s) / 86400 * 86400 - utc_offset_s AS today,
       unixepoch(now + utc_offset_s, 'unixepoch', 'start of month') - utc_offset_s AS this_month
FROM (SELECT unixepoch('now') AS now, coalesce(utc_offset_s, 0) AS utc_offset_s FROM source_state);

-- The first bucket of each level that may still lack minutes which are not rolled up yet.
CREATE VIEW open_buckets AS
SELECT rolled_until, utc_offset_s,
       rolled_until - rolled_until % 3600 AS open_hour,
       (rolled_until + utc_offset_s) / 86400 * 86400 - utc_offset_s AS open_day,
       unixepoch(rolled_until + utc_offset_s, 'unixepoch', 'start of month') - utc_offset_s AS open_month
FROM (SELECT rolled_until, coalesce(utc_offset_s, 0) AS utc_offset_s FROM source_state);

-- Each level, whole after every flush: closed buckets as they are stored; open ones with the minutes that are
-- not rolled up yet.
CREATE VIEW hour_now AS
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_hour WHERE bucket < (SELECT open_hour FROM open_buckets)
UNION ALL
SELECT bucket, series, sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cache_create_tokens) AS cache_create_tokens, sum(cache_read_tokens) AS cache_read_tokens, sum(ephemeral_5m_tokens) AS ephemeral_5m_tokens,
       sum(ephemeral_1h_tokens) AS ephemeral_1h_tokens, sum(cost_micros) AS cost_micros, sum(real_cost_micros) AS real_cost_micros
FROM (SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
             ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
      FROM usage_hour WHERE bucket >= (SELECT open_hour FROM open_buckets)
      UNION ALL
      SELECT bucket - bucket % 3600,
             series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
             ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
      FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM open_buckets))
GROUP BY bucket, series;

CREATE VIEW day_now AS
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_day WHERE bucket < (SELECT open_day FROM open_buckets)
UNION ALL
SELECT bucket, series, sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cache_create_tokens) AS cache_create_tokens, sum(cache_read_tokens) AS cache_read_tokens, sum(ephemeral_5m_tokens) AS ephemeral_5m_tokens,
       sum(ephemeral_1h_tokens) AS ephemeral_1h_tokens, sum(cost_micros) AS cost_micros, sum(real_cost_micros) AS real_cost_micros
FROM (SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
             ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
      FROM usage_day WHERE bucket >= (SELECT open_day FROM open_buckets)
      UNION ALL
      SELECT (bucket + (SELECT utc_offset_s FROM open_buckets)) / 86400 * 86400 - (SELECT utc_offset_s FROM open_buckets),
             series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
             ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
      FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM open_buckets))
GROUP BY bucket, series;

CREATE VIEW month_now AS
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_month WHERE bucket < (SELECT open_month FROM open_buckets)
UNION ALL
SELECT bucket, series, sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cache_create_tokens) AS cache_create_tokens, sum(cache_read_tokens) AS cache_read_tokens, sum(ephemeral_5m_tokens) AS ephemeral_5m_tokens,
       sum(ephemeral_1h_tokens) AS ephemeral_1h_tokens, sum(cost_micros) AS cost_micros, sum(real_cost_micros) AS real_cost_micros
FROM (SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
             ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
      FROM usage_month WHERE bucket >= (SELECT open_month FROM open_buckets)
      UNION ALL
      SELECT unixepoch(bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch', 'start of month')
               - (SELECT utc_offset_s FROM open_buckets),
             series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
             ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
      FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM open_buckets))
GROUP BY bucket, series;

-- What a key cost, as the relay counted it: NULL, not 0, in buckets that begin before the relay counted money.
CREATE VIEW api_key_usage_minute AS
SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch') AS time,
       s.entity AS api_key, coalesce(k.name, '') AS api_key_name, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6) AS cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.real_cost_micros / 1e6) AS real_cost_usd
FROM usage_minute u JOIN series s ON s.id = u.series AND s.kind = 'api_key'
LEFT JOIN api_key k ON k.id = s.entity;

CREATE VIEW api_key_usage_hour AS
SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch') AS time,
       s.entity AS api_key, coalesce(k.name, '') AS api_key_name, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6) AS cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.real_cost_micros / 1e6) AS real_cost_usd
FROM hour_now u JOIN series s ON s.id = u.series AND s.kind = 'api_key'
LEFT JOIN api_key k ON k.id = s.entity;

CREATE VIEW api_key_usage_day AS
SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%S', u.bucket + c.utc_offset_s, 'unixepoch') || c.utc_offset AS time,
       strftime('%Y-%m-%d', u.bucket + c.utc_offset_s, 'unixepoch') AS date, s.entity AS api_key, coalesce(k.name, '') AS api_key_name, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6) AS cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.real_cost_micros / 1e6) AS real_cost_usd
FROM day_now u JOIN series s ON s.id = u.series AND s.kind = 'api_key'
LEFT JOIN api_key k ON k.id = s.entity CROSS JOIN source_clock c;

CREATE VIEW api_key_usage_month AS
SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%S', u.bucket + c.utc_offset_s, 'unixepoch') || c.utc_offset AS time,
       strftime('%Y-%m', u.bucket + c.utc_offset_s, 'unixepoch') AS month, s.entity AS api_key, coalesce(k.name, '') AS api_key_name, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6) AS cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.real_cost_micros / 1e6) AS real_cost_usd
FROM month_now u JOIN series s ON s.id = u.series AND s.kind = 'api_key'
LEFT JOIN api_key k ON k.id = s.entity CROSS JOIN source_clock c;

-- The cost of an account: NULL, not 0, where the model has no price (`unpriced_models`). Tokens written to the cache for
-- an hour are inside those written to it; where a relay counted more of them, the difference is not subtracted from other
-- costs. A row of a minute, an hour or a day lies in one day, and a day has one price. A month need not: the months in which
-- a price changes cost what all of their tokens would have cost at the price of the first day, and what each later day
-- costs beyond that.
CREATE VIEW repriced_months AS
SELECT model, month, unixepoch(month + utc_offset_s, 'unixepoch', '+1 month') - utc_offset_s AS next_month, min(valid_from) AS changed
FROM (SELECT p.model, p.valid_from, c.utc_offset_s,
             unixepoch(p.valid_from + c.utc_offset_s, 'unixepoch', 'start of month') - c.utc_offset_s AS month
      FROM price p CROSS JOIN open_buckets c WHERE p.valid_from > 0)
WHERE valid_from > month GROUP BY model, month;

CREATE VIEW repriced_days AS
SELECT r.month, u.bucket, u.series, s.entity AS account,
       coalesce(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 0.0)
       - coalesce(u.input_tokens * f.input + u.output_tokens * f.output + u.cache_read_tokens * f.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * f.cache_create
           + u.ephemeral_1h_tokens * f.cache_create_1h), 0.0) AS cost_usd
FROM series s JOIN repriced_months r ON r.model = s.model
CROSS JOIN json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]') d
CROSS JOIN usage_day u ON u.bucket = r.month + 86400 * d.value AND u.series = s.id
LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
LEFT JOIN price f ON f.model = s.model AND r.month >= f.valid_from AND r.month < f.valid_until
WHERE s.kind = 'account' AND r.month + 86400 * d.value >= r.changed AND u.bucket < r.next_month;

CREATE VIEW repriced_series AS
SELECT month, series, sum(cost_usd) AS cost_usd
FROM (SELECT month, series, cost_usd FROM repriced_days
      UNION ALL
      SELECT r.month, u.series,
             coalesce(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 0.0)
             - coalesce(u.input_tokens * f.input + u.output_tokens * f.output + u.cache_read_tokens * f.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * f.cache_create
           + u.ephemeral_1h_tokens * f.cache_create_1h), 0.0)
      FROM usage_minute u JOIN series s ON s.id = u.series AND s.kind = 'account'
      JOIN repriced_months r ON r.model = s.model AND u.bucket >= r.changed AND u.bucket < r.next_month
      LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
      LEFT JOIN price f ON f.model = s.model AND r.month >= f.valid_from AND r.month < f.valid_until
      WHERE u.bucket >= (SELECT rolled_until FROM open_buckets))
GROUP BY month, series;

CREATE VIEW account_usage_minute AS
SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch') AS time,
       s.entity AS account, coalesce(a.name, '') AS account_name,
       coalesce(a.platform, '') AS platform, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS cost_usd
FROM usage_minute u JOIN series s ON s.id = u.series AND s.kind = 'account'
LEFT JOIN account a ON a.id = s.entity
LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until;

CREATE VIEW account_usage_hour AS
SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch') AS time,
       s.entity AS account, coalesce(a.name, '') AS account_name,
       coalesce(a.platform, '') AS platform, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS cost_usd
FROM hour_now u JOIN series s ON s.id = u.series AND s.kind = 'account'
LEFT JOIN account a ON a.id = s.entity
LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until;

CREATE VIEW account_usage_day AS
SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%S', u.bucket + c.utc_offset_s, 'unixepoch') || c.utc_offset AS time,
       strftime('%Y-%m-%d', u.bucket + c.utc_offset_s, 'unixepoch') AS date, s.entity AS account, coalesce(a.name, '') AS account_name,
       coalesce(a.platform, '') AS platform, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS cost_usd
FROM day_now u JOIN series s ON s.id = u.series AND s.kind = 'account'
LEFT JOIN account a ON a.id = s.entity
LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until CROSS JOIN source_clock c;

CREATE VIEW account_usage_month AS
SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%S', u.bucket + c.utc_offset_s, 'unixepoch') || c.utc_offset AS time,
       strftime('%Y-%m', u.bucket + c.utc_offset_s, 'unixepoch') AS month, s.entity AS account, coalesce(a.name, '') AS account_name,
       coalesce(a.platform, '') AS platform, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h)
         + coalesce(x.cost_usd, 0.0), 9) AS cost_usd
FROM month_now u JOIN series s ON s.id = u.series AND s.kind = 'account'
LEFT JOIN account a ON a.id = s.entity
LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
LEFT JOIN repriced_series x ON x.month = u.bucket AND x.series = u.series
CROSS JOIN source_clock c;

-- What an account paid, by model, day and kind: NULL, not 0, where the model has no price. `is_lower_bound`: a request of the day may have been long enough for the
-- prices of long contexts, which are not in the cost.
CREATE VIEW account_cost_day AS
SELECT bucket, time, date, account, account_name, platform, model, requests, input_tokens, output_tokens,
       cache_create_tokens, cache_read_tokens, round(input_cost_usd, 9) AS input_cost_usd,
       round(output_cost_usd, 9) AS output_cost_usd, round(cache_create_cost_usd, 9) AS cache_create_cost_usd,
       round(cache_read_cost_usd, 9) AS cache_read_cost_usd,
       round(input_cost_usd + output_cost_usd + cache_create_cost_usd + cache_read_cost_usd, 9) AS cost_usd, priced, is_lower_bound
FROM (SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%S', u.bucket + c.utc_offset_s, 'unixepoch') || c.utc_offset AS time,
             strftime('%Y-%m-%d', u.bucket + c.utc_offset_s, 'unixepoch') AS date, s.entity AS account,
             coalesce(a.name, '') AS account_name, coalesce(a.platform, '') AS platform, s.model,
             u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
             u.input_tokens * p.input AS input_cost_usd,
             u.output_tokens * p.output AS output_cost_usd,
             max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
               + u.ephemeral_1h_tokens * p.cache_create_1h) AS cache_create_cost_usd,
             u.cache_read_tokens * p.cache_read AS cache_read_cost_usd,
             p.model IS NOT NULL AS priced,
             coalesce(p.long_above > 0 AND u.input_tokens + u.cache_create_tokens + u.cache_read_tokens > p.long_above, 0) AS is_lower_bound
      FROM day_now u JOIN series s ON s.id = u.series AND s.kind = 'account'
      LEFT JOIN account a ON a.id = s.entity
      LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until CROSS JOIN source_clock c);

-- What a bucket holds beyond the sum of its finer buckets: known to the hour (day, month), to no finer time.
CREATE VIEW api_key_untimed AS
SELECT u.level, u.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch') AS time, s.entity AS api_key, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens
FROM usage_untimed u JOIN series s ON s.id = u.series AND s.kind = 'api_key';

CREATE VIEW account_untimed AS
SELECT u.level, u.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch') AS time, s.entity AS account, s.model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens
FROM usage_untimed u JOIN series s ON s.id = u.series AND s.kind = 'account';

-- Requests and tokens of the trailing minute and ten minutes, by the sliding-window counter: the oldest bucket is
-- weighted by the part of it that is still inside. Falls to zero by itself when traffic stops.
CREATE VIEW live_rates AS
SELECT s.kind, s.entity,
       sum(u.requests * iif(u.bucket >= n.newest - 60, w1, 0.0)) AS rpm,
       sum((u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens)
           * iif(u.bucket >= n.newest - 60, w1, 0.0)) AS tpm,
       sum(u.requests * w10) AS requests_10m
FROM (SELECT unixepoch('now') / 60 * 60 AS newest, unixepoch('now') % 60 / 60.0 AS elapsed) n
CROSS JOIN (SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
                   iif(bucket = unixepoch('now') / 60 * 60 - 60, 1 - unixepoch('now') % 60 / 60.0, 1.0) AS w1,
                   iif(bucket = unixepoch('now') / 60 * 60 - 600, 1 - unixepoch('now') % 60 / 60.0, 1.0) AS w10
            FROM usage_minute
            WHERE bucket BETWEEN unixepoch('now') / 60 * 60 - 600 AND unixepoch('now') / 60 * 60) u
JOIN series s ON s.id = u.series
GROUP BY s.kind, s.entity;

-- The rows that add up to today, and to each month: as stored, and the minutes that are not rolled up yet; several
-- rows a series. Bucket 0 is what lies in no month: cumulative counters' usage before we watched. For the sums below: grouping them once more by bucket and series, as day_now and month_now do, is
-- what those took most of their time for.
CREATE VIEW today_parts AS
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_day WHERE bucket = (SELECT today FROM source_clock)
UNION ALL
SELECT (SELECT today FROM source_clock), series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_minute
WHERE bucket >= max((SELECT rolled_until FROM open_buckets), (SELECT today FROM source_clock))
  AND bucket < (SELECT today FROM source_clock) + 86400;

CREATE VIEW month_parts AS
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_month
UNION ALL
SELECT unixepoch(bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch', 'start of month')
         - (SELECT utc_offset_s FROM open_buckets),
       series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM open_buckets)
UNION ALL
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_untimed WHERE level = 'total';

-- One row an API key: attributes, live rates, today, this month and in total. Keys whose hash is gone stay. A cost lacks
-- what `…_unpriced_requests` cost: those of buckets that began before the relay counted money; NULL where that is all.
CREATE VIEW api_keys AS
WITH
today AS (
  SELECT s.entity, sum(u.requests) AS requests, sum(u.input_tokens) AS input_tokens,
         sum(u.output_tokens) AS output_tokens, sum(u.cache_create_tokens) AS cache_create_tokens,
         sum(u.cache_read_tokens) AS cache_read_tokens,
         sum(u.cost_micros) / 1e6 AS cost_usd, sum(iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0)) AS unpriced_requests
  FROM today_parts u CROSS JOIN series s ON s.id = u.series AND s.kind = 'api_key'
  GROUP BY s.entity),
months AS (
  SELECT s.entity, sum(u.requests) AS requests, sum(u.input_tokens) AS input_tokens,
         sum(u.output_tokens) AS output_tokens, sum(u.cache_create_tokens) AS cache_create_tokens,
         sum(u.cache_read_tokens) AS cache_read_tokens,
         sum(u.cost) / 1e6 AS cost_usd, sum(u.unpriced_requests) AS unpriced_requests,
         sum(u.month_unpriced_requests) AS month_unpriced_requests,
         sum(u.month_requests) AS month_requests, sum(u.month_input_tokens) AS month_input_tokens,
         sum(u.month_output_tokens) AS month_output_tokens, sum(u.month_cache_create_tokens) AS month_cache_create_tokens,
         sum(u.month_cache_read_tokens) AS month_cache_read_tokens,
         sum(u.month_cost) / 1e6 AS month_cost_usd
  FROM (SELECT u.series, sum(u.requests) AS requests, sum(u.input_tokens) AS input_tokens,
               sum(u.output_tokens) AS output_tokens, sum(u.cache_create_tokens) AS cache_create_tokens,
               sum(u.cache_read_tokens) AS cache_read_tokens,
               sum(u.cost_micros) AS cost,
               sum(iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0)) AS unpriced_requests,
               sum(iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0))
                 FILTER (WHERE u.bucket = (SELECT this_month FROM source_clock)) AS month_unpriced_requests,
               sum(u.requests) FILTER (WHERE u.bucket = (SELECT this_month FROM source_clock)) AS month_requests,
               sum(u.input_tokens) FILTER (WHERE u.bucket = (SELECT this_month FROM source_clock)) AS month_input_tokens,
               sum(u.output_tokens) FILTER (WHERE u.bucket = (SELECT this_month FROM source_clock)) AS month_output_tokens,
               sum(u.cache_create_tokens) FILTER (WHERE u.bucket = (SELECT this_month FROM source_clock)) AS month_cache_create_tokens,
               sum(u.cache_read_tokens) FILTER (WHERE u.bucket = (SELECT this_month FROM source_clock)) AS month_cache_read_tokens,
               sum(u.cost_micros) FILTER (WHERE u.bucket = (SELECT this_month FROM source_clock)) AS month_cost
        FROM month_parts u
        GROUP BY u.series) u
  CROSS JOIN series s ON s.id = u.series AND s.kind = 'api_key'
  GROUP BY s.entity)
SELECT k.id AS api_key, k.name, k.description, k.tags, k.is_active AND NOT k.gone AS is_active,
       k.is_deleted OR k.gone AS is_deleted, k.created_at, k.expires_at, k.last_used_at,
       k.daily_cost_limit, k.total_cost_limit, k.weekly_opus_cost_limit, k.token_limit, k.concurrency_limit,
       k.rate_limit_window, k.rate_limit_requests, k.rate_limit_cost, k.expiration_mode, k.is_activated, k.activated_at,
       nullif(k.service_rates, '') AS service_rates,
       k.user_id, k.user_username,
       coalesce(g.id, '') AS group_id, coalesce(g.name, '') AS group_name,
       coalesce(r.rpm, 0.0) AS rpm, coalesce(r.tpm, 0.0) AS tpm,
       coalesce(r.requests_10m, 0.0) / 10 AS rpm_10m, coalesce(r.requests_10m, 0.0) AS requests_10m,
       coalesce(d.requests, 0) AS today_requests, coalesce(d.input_tokens, 0) AS today_input_tokens,
       coalesce(d.output_tokens, 0) AS today_output_tokens,
       coalesce(d.cache_create_tokens, 0) AS today_cache_create_tokens,
       coalesce(d.cache_read_tokens, 0) AS today_cache_read_tokens,
       coalesce(d.input_tokens + d.output_tokens + d.cache_create_tokens + d.cache_read_tokens, 0)
         AS today_total_tokens,
       iif(coalesce(d.cost_usd, 0.0) = 0 AND d.unpriced_requests > 0 AND d.unpriced_requests = d.requests, NULL, coalesce(d.cost_usd, 0.0)) AS today_cost_usd,
       coalesce(d.unpriced_requests, 0) AS today_unpriced_requests,
       coalesce(t.month_requests, 0) AS month_requests, coalesce(t.month_input_tokens, 0) AS month_input_tokens,
       coalesce(t.month_output_tokens, 0) AS month_output_tokens,
       coalesce(t.month_cache_create_tokens, 0) AS month_cache_create_tokens,
       coalesce(t.month_cache_read_tokens, 0) AS month_cache_read_tokens,
       coalesce(t.month_input_tokens + t.month_output_tokens + t.month_cache_create_tokens
         + t.month_cache_read_tokens, 0)
         AS month_total_tokens,
       iif(coalesce(t.month_cost_usd, 0.0) = 0 AND t.month_unpriced_requests > 0 AND t.month_unpriced_requests = t.month_requests, NULL, coalesce(t.month_cost_usd, 0.0)) AS month_cost_usd,
       coalesce(t.month_unpriced_requests, 0) AS month_unpriced_requests,
       coalesce(t.requests, 0) AS total_requests, coalesce(t.input_tokens, 0) AS total_input_tokens,
       coalesce(t.output_tokens, 0) AS total_output_tokens,
       coalesce(t.cache_create_tokens, 0) AS total_cache_create_tokens,
       coalesce(t.cache_read_tokens, 0) AS total_cache_read_tokens,
       coalesce(t.input_tokens + t.output_tokens + t.cache_create_tokens + t.cache_read_tokens, 0)
         AS total_total_tokens,
       iif(coalesce(t.cost_usd, 0.0) = 0 AND t.unpriced_requests > 0 AND t.unpriced_requests = t.requests, NULL, coalesce(t.cost_usd, 0.0)) AS total_cost_usd,
       coalesce(t.unpriced_requests, 0) AS total_unpriced_requests
FROM api_key k
LEFT JOIN account_group g ON g.id = k.group_id AND NOT g.gone
LEFT JOIN live_rates r ON r.kind = 'api_key' AND r.entity = k.id
LEFT JOIN today d ON d.entity = k.id
LEFT JOIN months t ON t.entity = k.id;

-- One row an account. Its cost is computed from its tokens by `prices`: the relay keeps no money per account. A cost
-- lacks what `…_unpriced_requests` cost, and is NULL where no model has a price. The relay computes `daily_usage` of console
-- and ccr accounts from their day when it is asked, and stores 0; so do we.
CREATE VIEW accounts AS
WITH
today AS (
  SELECT s.entity, sum(u.requests) AS requests, sum(u.input_tokens) AS input_tokens,
         sum(u.output_tokens) AS output_tokens, sum(u.cache_create_tokens) AS cache_create_tokens,
         sum(u.cache_read_tokens) AS cache_read_tokens,
         sum(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h)) AS cost_usd,
         sum(iif(p.model IS NULL, u.requests, 0)) AS unpriced_requests
  FROM today_parts u CROSS JOIN series s ON s.id = u.series AND s.kind = 'account'
  LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
  GROUP BY s.entity),
months AS (
  SELECT s.entity, sum(u.requests) AS requests, sum(u.input_tokens) AS input_tokens,
         sum(u.output_tokens) AS output_tokens, sum(u.cache_create_tokens) AS cache_create_tokens,
         sum(u.cache_read_tokens) AS cache_read_tokens, sum(u.cost_usd) AS cost_usd,
         sum(u.unpriced_requests) AS unpriced_requests, sum(u.month_unpriced_requests) AS month_unpriced_requests,
         sum(u.month_requests) AS month_requests, sum(u.month_input_tokens) AS month_input_tokens,
         sum(u.month_output_tokens) AS month_output_tokens, sum(u.month_cache_create_tokens) AS month_cache_create_tokens,
         sum(u.month_cache_read_tokens) AS month_cache_read_tokens, sum(u.month_cost_usd) AS month_cost_usd
  FROM (SELECT series, sum(requests) AS requests, sum(input_tokens) AS input_tokens,
               sum(output_tokens) AS output_tokens, sum(cache_create_tokens) AS cache_create_tokens,
               sum(cache_read_tokens) AS cache_read_tokens, sum(cost_usd) AS cost_usd,
               sum(unpriced_requests) AS unpriced_requests,
               sum(unpriced_requests) FILTER (WHERE is_open) AS month_unpriced_requests,
               sum(requests) FILTER (WHERE is_open) AS month_requests,
               sum(input_tokens) FILTER (WHERE is_open) AS month_input_tokens,
               sum(output_tokens) FILTER (WHERE is_open) AS month_output_tokens,
               sum(cache_create_tokens) FILTER (WHERE is_open) AS month_cache_create_tokens,
               sum(cache_read_tokens) FILTER (WHERE is_open) AS month_cache_read_tokens,
               sum(cost_usd) FILTER (WHERE is_open) AS month_cost_usd
        FROM (SELECT u.series, u.bucket = (SELECT this_month FROM source_clock) AS is_open, u.requests, u.input_tokens,
                     u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
                     u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h) AS cost_usd,
                     iif(p.model IS NULL, u.requests, 0) AS unpriced_requests
              FROM month_parts u
              CROSS JOIN series s ON s.id = u.series AND s.kind = 'account'
              LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
              UNION ALL
              SELECT series, month = (SELECT this_month FROM source_clock), 0, 0, 0, 0, 0, cost_usd, 0 FROM repriced_series)
        GROUP BY series) u
  CROSS JOIN series s ON s.id = u.series AND s.kind = 'account'
  GROUP BY s.entity)
SELECT a.id AS account, a.name, a.description, a.platform, a.status, a.error_message,
       a.is_active AND NOT a.gone AS is_active, a.gone AS is_deleted, a.account_type, a.priority, a.schedulable,
       a.created_at, a.last_used_at, a.expires_at, a.subscription_expires_at, a.daily_quota,
       iif(a.platform IN ('claude-console', 'ccr'), iif(d.requests IS NULL, 0.0, round(d.cost_usd, 9)), a.daily_usage) AS daily_usage,
       a.rate_limit_status,
       a.has_rate_limit_mark AND (a.rate_limited_until = '' OR unixepoch(a.rate_limited_until) > unixepoch('now'))
         AS is_rate_limited,
       iif(NOT a.gone AND unixepoch(a.unavailable_until) > unixepoch('now'), a.unavailable_until, NULL) AS unavailable_until,
       iif(a.gone, NULL, a.balance) AS balance, iif(a.gone OR a.balance IS NULL, '', a.balance_currency) AS balance_currency,
       iif(a.gone OR a.balance IS NULL, '', a.balance_at) AS balance_at,
       a.rate_limited_at, a.rate_limited_until, a.opus_rate_limit_end_at, a.fable_rate_limit_end_at, a.unauthorized_at,
       a.blocked_at, a.temp_error_at, a.overloaded_at, a.quota_stopped_at, a.max_concurrency,
       a.session_window_start_at, a.session_window_end_at, a.session_window_status, a.five_hour_percent,
       a.five_hour_resets_at, a.seven_day_percent, a.seven_day_resets_at, a.seven_day_opus_percent,
       a.seven_day_opus_resets_at, a.primary_percent, a.secondary_percent,
       coalesce(r.rpm, 0.0) AS rpm, coalesce(r.tpm, 0.0) AS tpm,
       coalesce(r.requests_10m, 0.0) / 10 AS rpm_10m, coalesce(r.requests_10m, 0.0) AS requests_10m,
       coalesce(d.requests, 0) AS today_requests, coalesce(d.input_tokens, 0) AS today_input_tokens,
       coalesce(d.output_tokens, 0) AS today_output_tokens,
       coalesce(d.cache_create_tokens, 0) AS today_cache_create_tokens,
       coalesce(d.cache_read_tokens, 0) AS today_cache_read_tokens,
       coalesce(d.input_tokens + d.output_tokens + d.cache_create_tokens + d.cache_read_tokens, 0)
         AS today_total_tokens,
       iif(d.requests IS NULL, 0.0, round(d.cost_usd, 9)) AS today_cost_usd,
       coalesce(d.unpriced_requests, 0) AS today_unpriced_requests,
       coalesce(t.month_requests, 0) AS month_requests, coalesce(t.month_input_tokens, 0) AS month_input_tokens,
       coalesce(t.month_output_tokens, 0) AS month_output_tokens,
       coalesce(t.month_cache_create_tokens, 0) AS month_cache_create_tokens,
       coalesce(t.month_cache_read_tokens, 0) AS month_cache_read_tokens,
       coalesce(t.month_input_tokens + t.month_output_tokens + t.month_cache_create_tokens
         + t.month_cache_read_tokens, 0)
         AS month_total_tokens,
       iif(t.month_requests IS NULL, 0.0, round(t.month_cost_usd, 9)) AS month_cost_usd,
       coalesce(t.month_unpriced_requests, 0) AS month_unpriced_requests,
       coalesce(t.requests, 0) AS total_requests, coalesce(t.input_tokens, 0) AS total_input_tokens,
       coalesce(t.output_tokens, 0) AS total_output_tokens,
       coalesce(t.cache_create_tokens, 0) AS total_cache_create_tokens,
       coalesce(t.cache_read_tokens, 0) AS total_cache_read_tokens,
       coalesce(t.input_tokens + t.output_tokens + t.cache_create_tokens + t.cache_read_tokens, 0)
         AS total_total_tokens,
       iif(t.requests IS NULL, 0.0, round(t.cost_usd, 9)) AS total_cost_usd,
       coalesce(t.unpriced_requests, 0) AS total_unpriced_requests
FROM account a
LEFT JOIN live_rates r ON r.kind = 'account' AND r.entity = a.id
LEFT JOIN today d ON d.entity = a.id
LEFT JOIN months t ON t.entity = a.id;

CREATE VIEW account_groups AS
SELECT g.id AS account_group, g.name, g.platform, g.description, g.created_at, g.updated_at,
       (SELECT count(*) FROM group_member m WHERE m.group_id = g.id) AS member_count
FROM account_group g WHERE NOT g.gone;

CREATE VIEW account_group_members AS
SELECT m.group_id AS account_group, coalesce(g.name, '') AS account_group_name, m.account,
       coalesce(a.name, '') AS account_name
FROM group_member m
LEFT JOIN account_group g ON g.id = m.group_id
LEFT JOIN account a ON a.id = m.account;

-- Who serves an API key, one row a platform. A group that is gone serves nobody.
CREATE VIEW api_key_bindings AS
SELECT b.api_key, coalesce(k.name, '') AS api_key_name, b.platform, b.kind, b.target,
       coalesce(iif(b.kind = 'group', g.name, a.name), '') AS target_name
FROM api_key_binding b
LEFT JOIN api_key k ON k.id = b.api_key
LEFT JOIN account_group g ON b.kind = 'group' AND g.id = b.target
LEFT JOIN account a ON b.kind = 'account' AND a.id = b.target
WHERE NOT coalesce(g.gone, 0);

CREATE VIEW models AS
SELECT s.model, count(DISTINCT iif(s.kind = 'api_key', s.entity, NULL)) AS api_keys,
       count(DISTINCT iif(s.kind = 'account', s.entity, NULL)) AS accounts,
       EXISTS (SELECT 1 FROM price p WHERE p.model = s.model) AS priced
FROM series s GROUP BY s.model;

-- Models that accounts used and that have no price: what they cost is unknown. The model '' is usage that the relay keeps without a
-- model.
CREATE VIEW unpriced_models AS
WITH lacking AS (
  SELECT s.id, s.model FROM series s
  WHERE s.kind = 'account' AND s.model <> '' AND NOT EXISTS (SELECT 1 FROM price p WHERE p.model = s.model)),
used AS (
  SELECT u.series, max(u.bucket) AS month, sum(u.requests) AS requests,
         sum(u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens) AS total_tokens
  FROM month_parts u WHERE u.series IN (SELECT id FROM lacking) GROUP BY u.series),
open_minutes AS (
  SELECT series, max(bucket) AS newest FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM open_buckets) GROUP BY series)
SELECT l.model, count(*) AS accounts, coalesce(sum(u.requests), 0) AS requests, coalesce(sum(u.total_tokens), 0) AS total_tokens,
       strftime('%Y-%m-%d', max(coalesce(
         m.newest,
         (SELECT max(d.bucket) FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]') n CROSS JOIN usage_day d
          ON d.bucket = u.month + 86400 * n.value AND d.series = l.id),
         u.month)) + (SELECT utc_offset_s FROM open_buckets), 'unixepoch') AS last_used
FROM lacking l LEFT JOIN used u ON u.series = l.id LEFT JOIN open_minutes m ON m.series = l.id GROUP BY l.model;

-- USD for a million tokens. `long_…`: for all of a request with more than `long_above` input tokens. `source`: built-in,
-- or the file of the list. Rounded as all money here: to nine digits, which binary fractions cannot blur.
CREATE VIEW prices AS
SELECT model, listed_as, source, valid_from, nullif(valid_until, 9223372036854775807) AS valid_until,
       strftime('%Y-%m-%dT%H:%M:%SZ', valid_from, 'unixepoch') AS time,
       round(input * 1e6, 9) AS input_usd,
       round(output * 1e6, 9) AS output_usd,
       round(cache_create * 1e6, 9) AS cache_create_usd,
       round(cache_create_1h * 1e6, 9) AS cache_create_1h_usd,
       round(cache_read * 1e6, 9) AS cache_read_usd,
       nullif(long_above, 0) AS long_above,
       round(iif(long_above > 0, long_input, NULL) * 1e6, 9) AS long_input_usd,
       round(iif(long_above > 0, long_output, NULL) * 1e6, 9) AS long_output_usd,
       round(iif(long_above > 0, long_cache_create, NULL) * 1e6, 9) AS long_cache_create_usd,
       round(iif(long_above > 0, long_cache_create_1h, NULL) * 1e6, 9) AS long_cache_create_1h_usd,
       round(iif(long_above > 0, long_cache_read, NULL) * 1e6, 9) AS long_cache_read_usd
FROM price;

-- Entries of the newest price list that cannot be used: their models keep the prices that they had, if any.
CREATE VIEW price_faults AS
SELECT entry, reason, source, loaded_ms, strftime('%Y-%m-%dT%H:%M:%SZ', loaded_ms / 1000, 'unixepoch') AS time
FROM price_fault;

CREATE VIEW coverage_minute AS
SELECT bucket, strftime('%Y-%m-%dT%H:%M:%SZ', bucket, 'unixepoch') AS time, covered_ms, events, readings,
       max_delay_ms
FROM coverage;

-- When we were away, and why; and what of it was recovered since: how much of API keys' usage, by the finest level that it
-- is known to.
CREATE VIEW gaps AS
SELECT from_ms, to_ms, strftime('%Y-%m-%dT%H:%M:%SZ', from_ms / 1000, 'unixepoch') AS time,
       (to_ms - from_ms) / 1000.0 AS seconds, reason,
       minute_requests, hour_requests, day_requests, month_requests,
       minute_tokens, hour_tokens, day_tokens, month_tokens
FROM gap;

CREATE VIEW adjustments AS
SELECT j.at_ms, strftime('%Y-%m-%dT%H:%M:%SZ', j.at_ms / 1000, 'unixepoch') AS time, j.reason, j.level, j.bucket,
       s.kind, s.entity, s.model,
       j.requests, j.input_tokens, j.output_tokens, j.cache_create_tokens, j.cache_read_tokens,
       j.ephemeral_5m_tokens, j.ephemeral_1h_tokens, j.cost_micros, j.real_cost_micros
FROM adjustment j JOIN series s ON s.id = j.series;

-- Amounts that were found after the first start in the relay's days and months (of `level`), beyond all of our rows and
-- adjustments: an import, hours that were gone early. They are inside the usage views, untimed in that bucket, unless a
-- finer counter has shown them since. `found_by`: a return (restart, absence) or an audit.
CREATE VIEW recovered AS
SELECT r.at_ms, strftime('%Y-%m-%dT%H:%M:%SZ', r.at_ms / 1000, 'unixepoch') AS time, r.found_by, r.level, r.bucket,
       s.kind, s.entity, s.model,
       r.requests, r.input_tokens, r.output_tokens, r.cache_create_tokens, r.cache_read_tokens,
       r.ephemeral_5m_tokens, r.ephemeral_1h_tokens, r.cost_micros, r.real_cost_micros
FROM recovered_found r JOIN series s ON s.id = r.series;

-- Where our rows and the relay's own counters differ beyond what `adjustments` explain, as the last audit found. A row
-- without an entity is of all API keys together.
CREATE VIEW drift AS
SELECT d.level, d.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', d.bucket, 'unixepoch') AS time, coalesce(s.kind, 'api_key') AS kind,
       coalesce(s.entity, '') AS entity, coalesce(s.model, '') AS model, d.metric, d.relay, d.ours, d.found_ms
FROM drift_found d LEFT JOIN series s ON s.id = d.series;

CREATE VIEW audits AS
SELECT begun_ms, strftime('%Y-%m-%dT%H:%M:%SZ', begun_ms / 1000, 'unixepoch') AS time, took_ms / 1000.0 AS seconds,
       strftime('%Y-%m-%dT%H:%M:%SZ', from_hour, 'unixepoch') AS from_time,
       strftime('%Y-%m-%dT%H:%M:%SZ', to_hour, 'unixepoch') AS to_time, hours, days, drift, recovered
FROM audit;

CREATE VIEW processor_status AS
SELECT connected, baseline_read, last_event_ms, last_flush_ms, flush_interval_ms, lag_ms, problem,
       started_ms, stopped_ms, pid, version, redis_version,
       profile, utc_offset_s, utc_offset_origin, rolled_until, covered_until_ms, data_version, minutes_from, hours_from, days_from,
       money_from,
       (SELECT count(*) FROM drift_found) AS drift
FROM source_state;

-- Which profile meters the hours from `time` on; the first row, without a time, from the beginning.
CREATE VIEW profile_switches AS
SELECT from_hour, iif(from_hour = 0, '', strftime('%Y-%m-%dT%H:%M:%SZ', from_hour, 'unixepoch')) AS time, profile,
       iif(since_ms = 0, '', strftime('%Y-%m-%dT%H:%M:%SZ', since_ms / 1000, 'unixepoch')) AS decided_at
FROM profile_use ORDER BY from_hour;
