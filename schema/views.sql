-- The public face of the file: views for people and dashboards. They are stable; the tables behind them are not, and
-- names that begin with _ are inner ones. Try:
--   sqlite3 -readonly keymeter.db 'SELECT * FROM api_key_usage_hour ORDER BY bucket DESC LIMIT 5'
--   sqlite3 -readonly keymeter.db 'SELECT * FROM dictionary'
--
-- One meaning each: `bucket` is epoch seconds; `time` is the same moment as RFC 3339 in UTC, `local_time` in the
-- relay's offset, `date` and `month` its day and month there. What is unset or unknown is NULL; 0 is zero.
-- `rated_cost_usd` is what the relay charges, `real_cost_usd` what it pays, `list_cost_usd` what the price list says.
-- schema/DESIGN.md says why the views of usage have the shape that they have.

-- Now, in the source's days and months.
CREATE VIEW source_clock AS
SELECT now, utc_offset_s,
       printf('%s%02d:%02d', iif(utc_offset_s < 0, '-', '+'), abs(utc_offset_s) / 3600,
              abs(utc_offset_s) % 3600 / 60) AS utc_offset,
       (now + utc_offset_s) / 86400 * 86400 - utc_offset_s AS today,
       unixepoch(now + utc_offset_s, 'unixepoch', 'start of month') - utc_offset_s AS this_month,
       date(now + utc_offset_s, 'unixepoch') AS date, strftime('%Y-%m', now + utc_offset_s, 'unixepoch') AS month
FROM (SELECT unixepoch('now') AS now, coalesce(utc_offset_s, 0) AS utc_offset_s FROM source_state);

-- The first bucket of each level that may still lack minutes which are not rolled up yet.
CREATE VIEW open_buckets AS
SELECT rolled_until, utc_offset_s,
       rolled_until - rolled_until % 3600 AS open_hour,
       (rolled_until + utc_offset_s) / 86400 * 86400 - utc_offset_s AS open_day,
       unixepoch(rolled_until + utc_offset_s, 'unixepoch', 'start of month') - utc_offset_s AS open_month
FROM (SELECT rolled_until, coalesce(utc_offset_s, 0) AS utc_offset_s FROM source_state);

-- The minutes that are not rolled up yet, added up by hour, day and month: a minute or two.
CREATE VIEW _pending_hour AS
SELECT bucket - bucket % 3600 AS bucket, series,
       sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cache_create_tokens) AS cache_create_tokens, sum(cache_read_tokens) AS cache_read_tokens,
       sum(ephemeral_5m_tokens) AS ephemeral_5m_tokens, sum(ephemeral_1h_tokens) AS ephemeral_1h_tokens,
       sum(cost_micros) AS cost_micros, sum(real_cost_micros) AS real_cost_micros
FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM source_state) GROUP BY 1, 2;

CREATE VIEW _pending_day AS
SELECT (bucket + (SELECT utc_offset_s FROM open_buckets)) / 86400 * 86400
         - (SELECT utc_offset_s FROM open_buckets) AS bucket, series,
       sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cache_create_tokens) AS cache_create_tokens, sum(cache_read_tokens) AS cache_read_tokens,
       sum(ephemeral_5m_tokens) AS ephemeral_5m_tokens, sum(ephemeral_1h_tokens) AS ephemeral_1h_tokens,
       sum(cost_micros) AS cost_micros, sum(real_cost_micros) AS real_cost_micros
FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM source_state) GROUP BY 1, 2;

CREATE VIEW _pending_month AS
SELECT unixepoch(bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch', 'start of month')
         - (SELECT utc_offset_s FROM open_buckets) AS bucket, series,
       sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cache_create_tokens) AS cache_create_tokens, sum(cache_read_tokens) AS cache_read_tokens,
       sum(ephemeral_5m_tokens) AS ephemeral_5m_tokens, sum(ephemeral_1h_tokens) AS ephemeral_1h_tokens,
       sum(cost_micros) AS cost_micros, sum(real_cost_micros) AS real_cost_micros
FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM source_state) GROUP BY 1, 2;

-- Each level, whole after every flush: rows as they are stored, and what is not rolled up yet added to those of open
-- buckets. No UNION and no GROUP BY, so that a query of a view becomes a query of these tables. CROSS JOIN: the short
-- list of buckets comes before their rows.
CREATE VIEW _hour AS
SELECT b.bucket, b.time, b.local_time, b.date, b.month,
       b.bucket >= (SELECT open_hour FROM open_buckets) AS is_open,
       s.kind, s.entity, s.model, h.series,
       h.requests + coalesce(p.requests, 0) AS requests,
       h.input_tokens + coalesce(p.input_tokens, 0) AS input_tokens,
       h.output_tokens + coalesce(p.output_tokens, 0) AS output_tokens,
       h.cache_create_tokens + coalesce(p.cache_create_tokens, 0) AS cache_create_tokens,
       h.cache_read_tokens + coalesce(p.cache_read_tokens, 0) AS cache_read_tokens,
       h.ephemeral_5m_tokens + coalesce(p.ephemeral_5m_tokens, 0) AS ephemeral_5m_tokens,
       h.ephemeral_1h_tokens + coalesce(p.ephemeral_1h_tokens, 0) AS ephemeral_1h_tokens,
       h.cost_micros + coalesce(p.cost_micros, 0) AS cost_micros,
       h.real_cost_micros + coalesce(p.real_cost_micros, 0) AS real_cost_micros
FROM _hour_bucket b
CROSS JOIN usage_hour h ON h.bucket = b.bucket
JOIN series s ON s.id = h.series
LEFT JOIN _pending_hour p
  ON p.series = iif(b.bucket >= (SELECT open_hour FROM open_buckets), h.series, NULL) AND p.bucket = b.bucket;

CREATE VIEW _day AS
SELECT b.bucket, b.time, b.local_time, b.date, b.month,
       b.bucket >= (SELECT open_day FROM open_buckets) AS is_open,
       s.kind, s.entity, s.model, h.series,
       h.requests + coalesce(p.requests, 0) AS requests,
       h.input_tokens + coalesce(p.input_tokens, 0) AS input_tokens,
       h.output_tokens + coalesce(p.output_tokens, 0) AS output_tokens,
       h.cache_create_tokens + coalesce(p.cache_create_tokens, 0) AS cache_create_tokens,
       h.cache_read_tokens + coalesce(p.cache_read_tokens, 0) AS cache_read_tokens,
       h.ephemeral_5m_tokens + coalesce(p.ephemeral_5m_tokens, 0) AS ephemeral_5m_tokens,
       h.ephemeral_1h_tokens + coalesce(p.ephemeral_1h_tokens, 0) AS ephemeral_1h_tokens,
       h.cost_micros + coalesce(p.cost_micros, 0) AS cost_micros,
       h.real_cost_micros + coalesce(p.real_cost_micros, 0) AS real_cost_micros
FROM _day_bucket b
CROSS JOIN usage_day h ON h.bucket = b.bucket
JOIN series s ON s.id = h.series
LEFT JOIN _pending_day p
  ON p.series = iif(b.bucket >= (SELECT open_day FROM open_buckets), h.series, NULL) AND p.bucket = b.bucket;

CREATE VIEW _month AS
SELECT b.bucket, b.time, b.local_time, b.month,
       b.bucket >= (SELECT open_month FROM open_buckets) AS is_open,
       s.kind, s.entity, s.model, h.series,
       h.requests + coalesce(p.requests, 0) AS requests,
       h.input_tokens + coalesce(p.input_tokens, 0) AS input_tokens,
       h.output_tokens + coalesce(p.output_tokens, 0) AS output_tokens,
       h.cache_create_tokens + coalesce(p.cache_create_tokens, 0) AS cache_create_tokens,
       h.cache_read_tokens + coalesce(p.cache_read_tokens, 0) AS cache_read_tokens,
       h.ephemeral_5m_tokens + coalesce(p.ephemeral_5m_tokens, 0) AS ephemeral_5m_tokens,
       h.ephemeral_1h_tokens + coalesce(p.ephemeral_1h_tokens, 0) AS ephemeral_1h_tokens,
       h.cost_micros + coalesce(p.cost_micros, 0) AS cost_micros,
       h.real_cost_micros + coalesce(p.real_cost_micros, 0) AS real_cost_micros
FROM _month_bucket b
CROSS JOIN usage_month h ON h.bucket = b.bucket
JOIN series s ON s.id = h.series
LEFT JOIN _pending_month p
  ON p.series = iif(b.bucket >= (SELECT open_month FROM open_buckets), h.series, NULL) AND p.bucket = b.bucket;

CREATE VIEW _minute AS
SELECT h.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', h.bucket, 'unixepoch') AS time,
       strftime('%Y-%m-%dT%H:%M:%S', h.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch')
         || (SELECT utc_offset FROM source_clock) AS local_time,
       strftime('%Y-%m-%d', h.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch') AS date,
       strftime('%Y-%m', h.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch') AS month,
       h.bucket >= (SELECT rolled_until FROM open_buckets) AS is_open,
       s.kind, s.entity, s.model, h.series,
       h.requests, h.input_tokens, h.output_tokens, h.cache_create_tokens, h.cache_read_tokens,
       h.ephemeral_5m_tokens, h.ephemeral_1h_tokens, h.cost_micros, h.real_cost_micros
FROM usage_minute h JOIN series s ON s.id = h.series;

-- `kind IN ('api_key', '')`, not `=`: for a constant that a column equals, SQLite may build an index of its own, of
-- which it believes that it finds 20 rows.

CREATE VIEW api_key_usage_minute AS
-- One row for each API key, model and minute with usage. Growth that surely lies in that minute; kept for 14 days by
-- default. Costs are NULL, not 0, in buckets that begin before the relay counted money. Old name: cost_usd (now
-- rated_cost_usd).
SELECT u.bucket, u.time, u.local_time, u.date, u.month, u.is_open,
       u.entity AS api_key, (SELECT nullif(k.name, '') FROM api_key k WHERE k.id = u.entity) AS api_key_name,
       (SELECT nullif(iif(k.user_id <> '', k.user_id, k.user_username), '') FROM api_key k WHERE k.id = u.entity)
         AS owner,
       (SELECT g.id FROM api_key k JOIN account_group g ON g.id = k.group_id AND NOT g.gone WHERE k.id = u.entity)
         AS account_group,
       nullif(u.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS rated_cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL,
         u.real_cost_micros / 1e6) AS real_cost_usd,
       iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0) AS unpriced_requests,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS cost_usd
FROM _minute u WHERE u.kind IN ('api_key', '');

CREATE VIEW api_key_usage_hour AS
-- One row for each API key, model and hour with usage. Kept for 400 days by default. Costs are NULL, not 0, in
-- buckets that begin before the relay counted money. Old name: cost_usd (now rated_cost_usd).
SELECT u.bucket, u.time, u.local_time, u.date, u.month, u.is_open,
       u.entity AS api_key, (SELECT nullif(k.name, '') FROM api_key k WHERE k.id = u.entity) AS api_key_name,
       (SELECT nullif(iif(k.user_id <> '', k.user_id, k.user_username), '') FROM api_key k WHERE k.id = u.entity)
         AS owner,
       (SELECT g.id FROM api_key k JOIN account_group g ON g.id = k.group_id AND NOT g.gone WHERE k.id = u.entity)
         AS account_group,
       nullif(u.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS rated_cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL,
         u.real_cost_micros / 1e6) AS real_cost_usd,
       iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0) AS unpriced_requests,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS cost_usd
FROM _hour u WHERE u.kind IN ('api_key', '');

CREATE VIEW api_key_usage_day AS
-- One row for each API key, model and day with usage. The day of the relay's UTC offset. Costs are NULL, not 0, in
-- buckets that begin before the relay counted money. Old name: cost_usd (now rated_cost_usd).
SELECT u.bucket, u.time, u.local_time, u.date, u.month, u.is_open,
       u.entity AS api_key, (SELECT nullif(k.name, '') FROM api_key k WHERE k.id = u.entity) AS api_key_name,
       (SELECT nullif(iif(k.user_id <> '', k.user_id, k.user_username), '') FROM api_key k WHERE k.id = u.entity)
         AS owner,
       (SELECT g.id FROM api_key k JOIN account_group g ON g.id = k.group_id AND NOT g.gone WHERE k.id = u.entity)
         AS account_group,
       nullif(u.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS rated_cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL,
         u.real_cost_micros / 1e6) AS real_cost_usd,
       iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0) AS unpriced_requests,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS cost_usd
FROM _day u WHERE u.kind IN ('api_key', '');

CREATE VIEW api_key_usage_month AS
-- One row for each API key, model and month with usage. The month of the relay's UTC offset. Costs are NULL, not 0, in
-- buckets that begin before the relay counted money. Old name: cost_usd (now rated_cost_usd).
SELECT u.bucket, u.time, u.local_time, u.month, u.is_open,
       u.entity AS api_key, (SELECT nullif(k.name, '') FROM api_key k WHERE k.id = u.entity) AS api_key_name,
       (SELECT nullif(iif(k.user_id <> '', k.user_id, k.user_username), '') FROM api_key k WHERE k.id = u.entity)
         AS owner,
       (SELECT g.id FROM api_key k JOIN account_group g ON g.id = k.group_id AND NOT g.gone WHERE k.id = u.entity)
         AS account_group,
       nullif(u.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS rated_cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL,
         u.real_cost_micros / 1e6) AS real_cost_usd,
       iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0) AS unpriced_requests,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS cost_usd
FROM _month u WHERE u.kind IN ('api_key', '');

-- The cost of an account: NULL, not 0, where the model has no price (`unpriced_models`). Tokens written to the cache
-- for an hour are inside those written to it; where a relay counted more of them, the difference is not subtracted from
-- other costs. A row of a minute, an hour or a day lies in one day, and a day has one price. A month need not: the
-- months in which a price changes cost what all of their tokens would have cost at the price of the first day, and what
-- each later day costs beyond that.
CREATE VIEW repriced_months AS
SELECT model, month, unixepoch(month + utc_offset_s, 'unixepoch', '+1 month') - utc_offset_s AS next_month,
       min(valid_from) AS changed
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
-- One row for each account, model and minute with usage. The relay keeps no money of accounts: list_cost_usd is
-- computed from tokens and `prices`; NULL, not 0, where the model has no price. account_group is that of an account in
-- just one. Old name: cost_usd (now list_cost_usd).
SELECT u.bucket, u.time, u.local_time, u.date, u.month, u.is_open,
       u.entity AS account, (SELECT nullif(a.name, '') FROM account a WHERE a.id = u.entity) AS account_name,
       (SELECT nullif(a.platform, '') FROM account a WHERE a.id = u.entity) AS platform,
       (SELECT iif(count(*) = 1, min(m.group_id), NULL) FROM group_member m WHERE m.account = u.entity)
         AS account_group,
       nullif(u.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS list_cost_usd,
       iif(p.model IS NULL, u.requests, 0) AS unpriced_requests,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS cost_usd
FROM _minute u
LEFT JOIN price p ON p.model = u.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
WHERE u.kind IN ('account', '');

CREATE VIEW account_usage_hour AS
-- One row for each account, model and hour with usage. The relay keeps no money of accounts: list_cost_usd is computed
-- from tokens and `prices`; NULL, not 0, where the model has no price. account_group is that of an account in just one.
-- Old name: cost_usd (now list_cost_usd).
SELECT u.bucket, u.time, u.local_time, u.date, u.month, u.is_open,
       u.entity AS account, (SELECT nullif(a.name, '') FROM account a WHERE a.id = u.entity) AS account_name,
       (SELECT nullif(a.platform, '') FROM account a WHERE a.id = u.entity) AS platform,
       (SELECT iif(count(*) = 1, min(m.group_id), NULL) FROM group_member m WHERE m.account = u.entity)
         AS account_group,
       nullif(u.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS list_cost_usd,
       iif(p.model IS NULL, u.requests, 0) AS unpriced_requests,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS cost_usd
FROM _hour u
LEFT JOIN price p ON p.model = u.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
WHERE u.kind IN ('account', '');

CREATE VIEW account_usage_day AS
-- One row for each account, model and day with usage. The relay keeps no money of accounts: list_cost_usd is computed
-- from tokens and `prices`; NULL, not 0, where the model has no price. account_group is that of an account in just one.
-- Old name: cost_usd (now list_cost_usd).
SELECT u.bucket, u.time, u.local_time, u.date, u.month, u.is_open,
       u.entity AS account, (SELECT nullif(a.name, '') FROM account a WHERE a.id = u.entity) AS account_name,
       (SELECT nullif(a.platform, '') FROM account a WHERE a.id = u.entity) AS platform,
       (SELECT iif(count(*) = 1, min(m.group_id), NULL) FROM group_member m WHERE m.account = u.entity)
         AS account_group,
       nullif(u.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS list_cost_usd,
       iif(p.model IS NULL, u.requests, 0) AS unpriced_requests,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS cost_usd
FROM _day u
LEFT JOIN price p ON p.model = u.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
WHERE u.kind IN ('account', '');

CREATE VIEW account_usage_month AS
-- One row for each account, model and month with usage. The relay keeps no money of accounts: list_cost_usd is computed
-- from tokens and `prices`; NULL, not 0, where the model has no price. account_group is that of an account in just one.
-- Old name: cost_usd (now list_cost_usd).
SELECT u.bucket, u.time, u.local_time, u.month, u.is_open,
       u.entity AS account, (SELECT nullif(a.name, '') FROM account a WHERE a.id = u.entity) AS account_name,
       (SELECT nullif(a.platform, '') FROM account a WHERE a.id = u.entity) AS platform,
       (SELECT iif(count(*) = 1, min(m.group_id), NULL) FROM group_member m WHERE m.account = u.entity)
         AS account_group,
       nullif(u.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h)
         + coalesce(x.cost_usd, 0.0), 9) AS list_cost_usd,
       iif(p.model IS NULL, u.requests, 0) AS unpriced_requests,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h)
         + coalesce(x.cost_usd, 0.0), 9) AS cost_usd
FROM _month u
LEFT JOIN price p ON p.model = u.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
LEFT JOIN repriced_series x ON x.month = u.bucket AND x.series = u.series
WHERE u.kind IN ('account', '');

CREATE VIEW account_cost_day AS
-- What an account would pay by the price list, for each model and day, by kind of token: NULL, not 0, where the model
-- has no price. is_lower_bound: a request of the day may have been long enough for the prices of long contexts, which
-- are not in the cost. Old name: cost_usd (now list_cost_usd).
SELECT bucket, time, local_time, date, month, is_open, account, account_name, platform, account_group, model, requests,
       input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       round(input_cost, 9) AS input_cost_usd, round(output_cost, 9) AS output_cost_usd,
       round(cache_create_cost, 9) AS cache_create_cost_usd, round(cache_read_cost, 9) AS cache_read_cost_usd,
       round(input_cost + output_cost + cache_create_cost + cache_read_cost, 9) AS list_cost_usd,
       round(input_cost + output_cost + cache_create_cost + cache_read_cost, 9) AS cost_usd,
       priced, is_lower_bound
FROM (SELECT u.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch') AS time,
             strftime('%Y-%m-%dT%H:%M:%S', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch')
               || (SELECT utc_offset FROM source_clock) AS local_time,
             strftime('%Y-%m-%d', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch') AS date,
             strftime('%Y-%m', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch') AS month,
             u.bucket >= (SELECT open_day FROM open_buckets) AS is_open,
             u.entity AS account, (SELECT nullif(a.name, '') FROM account a WHERE a.id = u.entity) AS account_name,
             (SELECT nullif(a.platform, '') FROM account a WHERE a.id = u.entity) AS platform,
             (SELECT iif(count(*) = 1, min(m.group_id), NULL) FROM group_member m WHERE m.account = u.entity)
               AS account_group,
             nullif(u.model, '') AS model,
             u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
             u.input_tokens * p.input AS input_cost, u.output_tokens * p.output AS output_cost,
             max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
               + u.ephemeral_1h_tokens * p.cache_create_1h) AS cache_create_cost,
             u.cache_read_tokens * p.cache_read AS cache_read_cost,
             p.model IS NOT NULL AS priced,
             coalesce(p.long_above > 0
               AND u.input_tokens + u.cache_create_tokens + u.cache_read_tokens > p.long_above, 0) AS is_lower_bound
      FROM _day u
      LEFT JOIN price p ON p.model = u.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until
      WHERE u.kind IN ('account', ''));

CREATE VIEW api_key_untimed AS
-- What a bucket of `level` holds beyond the sum of its finer buckets: known to the hour (day, month), to no finer time.
-- It is inside the usage views of that level and above. Level 'total' (bucket 0, no time): in no known month.
SELECT u.level, u.bucket, iif(u.level = 'total', NULL, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch')) AS time,
       iif(u.level = 'total', NULL,
         strftime('%Y-%m-%dT%H:%M:%S', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch')
         || (SELECT utc_offset FROM source_clock)) AS local_time,
       iif(u.level IN ('hour', 'day'),
         strftime('%Y-%m-%d', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch'), NULL) AS date,
       iif(u.level = 'total', NULL,
         strftime('%Y-%m', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch')) AS month,
       s.entity AS api_key, (SELECT nullif(k.name, '') FROM api_key k WHERE k.id = s.entity) AS api_key_name,
       nullif(s.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       iif(u.cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL, u.cost_micros / 1e6)
         AS rated_cost_usd,
       iif(u.real_cost_micros = 0 AND u.bucket < (SELECT money_from FROM source_state), NULL,
         u.real_cost_micros / 1e6) AS real_cost_usd
FROM usage_untimed u JOIN series s ON s.id = u.series AND s.kind = 'api_key';

CREATE VIEW account_untimed AS
-- What a bucket of `level` holds beyond the sum of its finer buckets: known to the hour (day, month), to no finer time.
-- It is inside the usage views of that level and above. Level 'total' (bucket 0, no time): in no known month.
SELECT u.level, u.bucket, iif(u.level = 'total', NULL, strftime('%Y-%m-%dT%H:%M:%SZ', u.bucket, 'unixepoch')) AS time,
       iif(u.level = 'total', NULL,
         strftime('%Y-%m-%dT%H:%M:%S', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch')
         || (SELECT utc_offset FROM source_clock)) AS local_time,
       iif(u.level IN ('hour', 'day'),
         strftime('%Y-%m-%d', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch'), NULL) AS date,
       iif(u.level = 'total', NULL,
         strftime('%Y-%m', u.bucket + (SELECT utc_offset_s FROM open_buckets), 'unixepoch')) AS month,
       s.entity AS account, (SELECT nullif(k.name, '') FROM account k WHERE k.id = s.entity) AS account_name,
       nullif(s.model, '') AS model,
       u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
       u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
       u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens AS total_tokens,
       round(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read
         + max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create
           + u.ephemeral_1h_tokens * p.cache_create_1h), 9) AS list_cost_usd
FROM usage_untimed u JOIN series s ON s.id = u.series AND s.kind = 'account'
LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until;

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

-- The rows that add up to today, and to each month: as stored, and the minutes that are not rolled up yet; several rows
-- a series. Bucket 0 is what lies in no month: cumulative counters' usage before we watched. For the sums below, which
-- group them by series anyway: grouping them by bucket before took most of their time.

CREATE VIEW today_parts AS
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_day WHERE bucket = (SELECT today FROM source_clock)
UNION ALL
SELECT (SELECT today FROM source_clock), series, requests, input_tokens, output_tokens, cache_create_tokens,
       cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros
FROM usage_minute
WHERE bucket >= max((SELECT rolled_until FROM open_buckets), (SELECT today FROM source_clock))
  AND bucket < (SELECT today FROM source_clock) + 86400;

CREATE VIEW month_parts AS
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros,
       bucket = (SELECT this_month FROM source_clock) AS is_this_month,
       bucket < (SELECT money_from FROM source_state) AS is_before_money
FROM usage_month
UNION ALL
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros,
       bucket = (SELECT this_month FROM source_clock), bucket < (SELECT money_from FROM source_state)
FROM _pending_month
UNION ALL
SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens,
       ephemeral_5m_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros,
       0, bucket < (SELECT money_from FROM source_state)
FROM usage_untimed WHERE level = 'total';

CREATE VIEW api_keys AS
-- One row for each API key: attributes, live rates, today, this month and in total. Keys whose hash is gone stay. A
-- cost lacks what …_unpriced_requests cost: those of buckets that began before the relay counted money; NULL where that
-- is all. A limit that is not set is NULL. Old names: group_id, group_name, total_total_tokens, …_cost_usd.
WITH
today AS (
  SELECT s.entity, sum(u.requests) AS requests, sum(u.input_tokens) AS input_tokens,
         sum(u.output_tokens) AS output_tokens, sum(u.cache_create_tokens) AS cache_create_tokens,
         sum(u.cache_read_tokens) AS cache_read_tokens,
         sum(u.cost_micros) / 1e6 AS cost_usd, sum(u.real_cost_micros) / 1e6 AS real_cost_usd,
         sum(iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0)) AS unpriced_requests
  FROM today_parts u CROSS JOIN series s ON s.id = u.series AND s.kind = 'api_key'
  GROUP BY s.entity),
months AS (
  SELECT s.entity, sum(u.requests) AS requests, sum(u.input_tokens) AS input_tokens,
         sum(u.output_tokens) AS output_tokens, sum(u.cache_create_tokens) AS cache_create_tokens,
         sum(u.cache_read_tokens) AS cache_read_tokens,
         sum(u.cost) / 1e6 AS cost_usd, sum(u.real_cost) / 1e6 AS real_cost_usd,
         sum(u.unpriced_requests) AS unpriced_requests,
         sum(u.month_unpriced_requests) AS month_unpriced_requests,
         sum(u.month_requests) AS month_requests, sum(u.month_input_tokens) AS month_input_tokens,
         sum(u.month_output_tokens) AS month_output_tokens,
         sum(u.month_cache_create_tokens) AS month_cache_create_tokens,
         sum(u.month_cache_read_tokens) AS month_cache_read_tokens,
         sum(u.month_cost) / 1e6 AS month_cost_usd, sum(u.month_real_cost) / 1e6 AS month_real_cost_usd
  FROM (SELECT u.series, sum(u.requests) AS requests, sum(u.input_tokens) AS input_tokens,
               sum(u.output_tokens) AS output_tokens, sum(u.cache_create_tokens) AS cache_create_tokens,
               sum(u.cache_read_tokens) AS cache_read_tokens,
               sum(u.cost_micros) AS cost, sum(u.real_cost_micros) AS real_cost,
               sum(iif(u.is_before_money, u.requests, 0)) AS unpriced_requests,
               sum(iif(u.is_before_money, u.requests, 0))
                 FILTER (WHERE u.is_this_month) AS month_unpriced_requests,
               sum(u.requests) FILTER (WHERE u.is_this_month) AS month_requests,
               sum(u.input_tokens) FILTER (WHERE u.is_this_month) AS month_input_tokens,
               sum(u.output_tokens) FILTER (WHERE u.is_this_month) AS month_output_tokens,
               sum(u.cache_create_tokens) FILTER (WHERE u.is_this_month) AS month_cache_create_tokens,
               sum(u.cache_read_tokens) FILTER (WHERE u.is_this_month) AS month_cache_read_tokens,
               sum(u.cost_micros) FILTER (WHERE u.is_this_month) AS month_cost,
               sum(u.real_cost_micros) FILTER (WHERE u.is_this_month) AS month_real_cost
        FROM month_parts u
        GROUP BY u.series) u
  CROSS JOIN series s ON s.id = u.series AND s.kind = 'api_key'
  GROUP BY s.entity)
SELECT k.id AS api_key, nullif(k.name, '') AS name, nullif(k.description, '') AS description, k.tags,
       k.is_active AND NOT k.gone AS is_active, k.is_deleted OR k.gone AS is_deleted,
       nullif(k.created_at, '') AS created_at, nullif(k.expires_at, '') AS expires_at,
       nullif(k.last_used_at, '') AS last_used_at, nullif(k.daily_cost_limit, 0) AS daily_cost_limit,
       nullif(k.total_cost_limit, 0) AS total_cost_limit,
       nullif(k.weekly_opus_cost_limit, 0) AS weekly_opus_cost_limit, nullif(k.token_limit, 0) AS token_limit,
       nullif(k.concurrency_limit, 0) AS concurrency_limit, nullif(k.rate_limit_window, 0) AS rate_limit_window,
       nullif(k.rate_limit_requests, 0) AS rate_limit_requests, nullif(k.rate_limit_cost, 0) AS rate_limit_cost,
       nullif(k.expiration_mode, '') AS expiration_mode, k.is_activated, nullif(k.activated_at, '') AS activated_at,
       nullif(k.service_rates, '') AS service_rates, nullif(k.user_id, '') AS user_id,
       nullif(k.user_username, '') AS user_username,
       nullif(iif(k.user_id <> '', k.user_id, k.user_username), '') AS owner, g.id AS account_group,
       nullif(g.name, '') AS account_group_name, coalesce(r.rpm, 0.0) AS rpm, coalesce(r.tpm, 0.0) AS tpm,
       coalesce(r.requests_10m, 0.0) / 10 AS rpm_10m, coalesce(r.requests_10m, 0.0) AS requests_10m,
       coalesce(d.requests, 0) AS today_requests, coalesce(d.input_tokens, 0) AS today_input_tokens,
       coalesce(d.output_tokens, 0) AS today_output_tokens,
       coalesce(d.cache_create_tokens, 0) AS today_cache_create_tokens,
       coalesce(d.cache_read_tokens, 0) AS today_cache_read_tokens,
       coalesce(d.input_tokens + d.output_tokens
         + d.cache_create_tokens + d.cache_read_tokens, 0) AS today_total_tokens,
       iif(coalesce(d.cost_usd, 0.0) = 0 AND d.unpriced_requests > 0 AND d.unpriced_requests = d.requests, NULL,
           coalesce(d.cost_usd, 0.0)) AS today_rated_cost_usd,
       iif(coalesce(d.real_cost_usd, 0.0) = 0 AND d.unpriced_requests > 0 AND d.unpriced_requests = d.requests, NULL,
           coalesce(d.real_cost_usd, 0.0)) AS today_real_cost_usd,
       coalesce(d.unpriced_requests, 0) AS today_unpriced_requests, coalesce(t.month_requests, 0) AS month_requests,
       coalesce(t.month_input_tokens, 0) AS month_input_tokens,
       coalesce(t.month_output_tokens, 0) AS month_output_tokens,
       coalesce(t.month_cache_create_tokens, 0) AS month_cache_create_tokens,
       coalesce(t.month_cache_read_tokens, 0) AS month_cache_read_tokens,
       coalesce(t.month_input_tokens + t.month_output_tokens
         + t.month_cache_create_tokens + t.month_cache_read_tokens, 0) AS month_total_tokens,
       iif(coalesce(t.month_cost_usd, 0.0) = 0 AND t.month_unpriced_requests > 0
         AND t.month_unpriced_requests = t.month_requests, NULL,
           coalesce(t.month_cost_usd, 0.0)) AS month_rated_cost_usd,
       iif(coalesce(t.month_real_cost_usd, 0.0) = 0 AND t.month_unpriced_requests > 0
         AND t.month_unpriced_requests = t.month_requests, NULL,
           coalesce(t.month_real_cost_usd, 0.0)) AS month_real_cost_usd,
       coalesce(t.month_unpriced_requests, 0) AS month_unpriced_requests, coalesce(t.requests, 0) AS total_requests,
       coalesce(t.input_tokens, 0) AS total_input_tokens, coalesce(t.output_tokens, 0) AS total_output_tokens,
       coalesce(t.cache_create_tokens, 0) AS total_cache_create_tokens,
       coalesce(t.cache_read_tokens, 0) AS total_cache_read_tokens,
       coalesce(t.input_tokens + t.output_tokens
         + t.cache_create_tokens + t.cache_read_tokens, 0) AS total_tokens,
       iif(coalesce(t.cost_usd, 0.0) = 0 AND t.unpriced_requests > 0 AND t.unpriced_requests = t.requests, NULL,
           coalesce(t.cost_usd, 0.0)) AS total_rated_cost_usd,
       iif(coalesce(t.real_cost_usd, 0.0) = 0 AND t.unpriced_requests > 0 AND t.unpriced_requests = t.requests, NULL,
           coalesce(t.real_cost_usd, 0.0)) AS total_real_cost_usd,
       coalesce(t.unpriced_requests, 0) AS total_unpriced_requests, g.id AS group_id,
       nullif(g.name, '') AS group_name,
       coalesce(t.input_tokens + t.output_tokens + t.cache_create_tokens + t.cache_read_tokens, 0)
         AS total_total_tokens,
       iif(coalesce(d.cost_usd, 0.0) = 0 AND d.unpriced_requests > 0 AND d.unpriced_requests = d.requests, NULL,
           coalesce(d.cost_usd, 0.0)) AS today_cost_usd,
       iif(coalesce(t.month_cost_usd, 0.0) = 0 AND t.month_unpriced_requests > 0
         AND t.month_unpriced_requests = t.month_requests, NULL,
           coalesce(t.month_cost_usd, 0.0)) AS month_cost_usd,
       iif(coalesce(t.cost_usd, 0.0) = 0 AND t.unpriced_requests > 0 AND t.unpriced_requests = t.requests, NULL,
           coalesce(t.cost_usd, 0.0)) AS total_cost_usd
FROM api_key k
LEFT JOIN account_group g ON g.id = k.group_id AND NOT g.gone
LEFT JOIN live_rates r ON r.kind = 'api_key' AND r.entity = k.id
LEFT JOIN today d ON d.entity = k.id
LEFT JOIN months t ON t.entity = k.id;

CREATE VIEW accounts AS
-- One row for each account. Its list cost is computed from its tokens by `prices`: the relay keeps no money of
-- accounts. A cost lacks what …_unpriced_requests cost, and is NULL where no model has a price. The relay computes
-- daily_usage of console and ccr accounts from their day when it is asked, and stores 0; so do we. Old names:
-- total_total_tokens, …_cost_usd (now …_list_cost_usd).
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
         sum(u.month_output_tokens) AS month_output_tokens,
         sum(u.month_cache_create_tokens) AS month_cache_create_tokens,
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
              SELECT series, month = (SELECT this_month FROM source_clock), 0, 0, 0, 0, 0, cost_usd, 0
                     FROM repriced_series)
        GROUP BY series) u
  CROSS JOIN series s ON s.id = u.series AND s.kind = 'account'
  GROUP BY s.entity)
SELECT a.id AS account, nullif(a.name, '') AS name, nullif(a.description, '') AS description,
       nullif(a.platform, '') AS platform, nullif(a.status, '') AS status,
       nullif(a.error_message, '') AS error_message, a.is_active AND NOT a.gone AS is_active, a.gone AS is_deleted,
       nullif(a.account_type, '') AS account_type, a.priority, a.schedulable,
       nullif(a.created_at, '') AS created_at, nullif(a.last_used_at, '') AS last_used_at,
       nullif(a.expires_at, '') AS expires_at, nullif(a.subscription_expires_at, '') AS subscription_expires_at,
       nullif(a.daily_quota, 0) AS daily_quota,
       iif(a.platform IN ('claude-console', 'ccr'), iif(d.requests IS NULL, 0.0, round(d.cost_usd, 9)), a.daily_usage)
         AS daily_usage,
       nullif(a.rate_limit_status, '') AS rate_limit_status,
       a.has_rate_limit_mark AND (a.rate_limited_until = '' OR unixepoch(a.rate_limited_until) > unixepoch('now'))
         AS is_rate_limited,
       iif(NOT a.gone AND unixepoch(a.unavailable_until) > unixepoch('now'), a.unavailable_until, NULL)
         AS unavailable_until,
       iif(a.gone, NULL, a.balance) AS balance,
       iif(a.gone OR a.balance IS NULL, NULL, nullif(a.balance_currency, '')) AS balance_currency,
       iif(a.gone OR a.balance IS NULL, NULL, nullif(a.balance_at, '')) AS balance_at,
       nullif(a.rate_limited_at, '') AS rate_limited_at, nullif(a.rate_limited_until, '') AS rate_limited_until,
       nullif(a.opus_rate_limit_end_at, '') AS opus_rate_limit_end_at,
       nullif(a.fable_rate_limit_end_at, '') AS fable_rate_limit_end_at,
       nullif(a.unauthorized_at, '') AS unauthorized_at, nullif(a.blocked_at, '') AS blocked_at,
       nullif(a.temp_error_at, '') AS temp_error_at, nullif(a.overloaded_at, '') AS overloaded_at,
       nullif(a.quota_stopped_at, '') AS quota_stopped_at, nullif(a.max_concurrency, 0) AS max_concurrency,
       nullif(a.session_window_start_at, '') AS session_window_start_at,
       nullif(a.session_window_end_at, '') AS session_window_end_at,
       nullif(a.session_window_status, '') AS session_window_status, a.five_hour_percent,
       nullif(a.five_hour_resets_at, '') AS five_hour_resets_at, a.seven_day_percent,
       nullif(a.seven_day_resets_at, '') AS seven_day_resets_at, a.seven_day_opus_percent,
       nullif(a.seven_day_opus_resets_at, '') AS seven_day_opus_resets_at, a.primary_percent, a.secondary_percent,
       coalesce(r.rpm, 0.0) AS rpm, coalesce(r.tpm, 0.0) AS tpm, coalesce(r.requests_10m, 0.0) / 10 AS rpm_10m,
       coalesce(r.requests_10m, 0.0) AS requests_10m, coalesce(d.requests, 0) AS today_requests,
       coalesce(d.input_tokens, 0) AS today_input_tokens, coalesce(d.output_tokens, 0) AS today_output_tokens,
       coalesce(d.cache_create_tokens, 0) AS today_cache_create_tokens,
       coalesce(d.cache_read_tokens, 0) AS today_cache_read_tokens,
       coalesce(d.input_tokens + d.output_tokens
         + d.cache_create_tokens + d.cache_read_tokens, 0) AS today_total_tokens,
       iif(d.requests IS NULL, 0.0, round(d.cost_usd, 9)) AS today_list_cost_usd,
       coalesce(d.unpriced_requests, 0) AS today_unpriced_requests, coalesce(t.month_requests, 0) AS month_requests,
       coalesce(t.month_input_tokens, 0) AS month_input_tokens,
       coalesce(t.month_output_tokens, 0) AS month_output_tokens,
       coalesce(t.month_cache_create_tokens, 0) AS month_cache_create_tokens,
       coalesce(t.month_cache_read_tokens, 0) AS month_cache_read_tokens,
       coalesce(t.month_input_tokens + t.month_output_tokens
         + t.month_cache_create_tokens + t.month_cache_read_tokens, 0) AS month_total_tokens,
       iif(t.month_requests IS NULL, 0.0, round(t.month_cost_usd, 9)) AS month_list_cost_usd,
       coalesce(t.month_unpriced_requests, 0) AS month_unpriced_requests, coalesce(t.requests, 0) AS total_requests,
       coalesce(t.input_tokens, 0) AS total_input_tokens, coalesce(t.output_tokens, 0) AS total_output_tokens,
       coalesce(t.cache_create_tokens, 0) AS total_cache_create_tokens,
       coalesce(t.cache_read_tokens, 0) AS total_cache_read_tokens,
       coalesce(t.input_tokens + t.output_tokens
         + t.cache_create_tokens + t.cache_read_tokens, 0) AS total_tokens,
       iif(t.requests IS NULL, 0.0, round(t.cost_usd, 9)) AS total_list_cost_usd,
       coalesce(t.unpriced_requests, 0) AS total_unpriced_requests,
       coalesce(t.input_tokens + t.output_tokens + t.cache_create_tokens + t.cache_read_tokens, 0)
         AS total_total_tokens,
       iif(d.requests IS NULL, 0.0, round(d.cost_usd, 9)) AS today_cost_usd,
       iif(t.month_requests IS NULL, 0.0, round(t.month_cost_usd, 9)) AS month_cost_usd,
       iif(t.requests IS NULL, 0.0, round(t.cost_usd, 9)) AS total_cost_usd
FROM account a
LEFT JOIN live_rates r ON r.kind = 'account' AND r.entity = a.id
LEFT JOIN today d ON d.entity = a.id
LEFT JOIN months t ON t.entity = a.id;

CREATE VIEW account_groups AS
-- One row for each group of accounts.
SELECT g.id AS account_group, nullif(g.name, '') AS name, nullif(g.platform, '') AS platform,
       nullif(g.description, '') AS description, nullif(g.created_at, '') AS created_at,
       nullif(g.updated_at, '') AS updated_at,
       (SELECT count(*) FROM group_member m WHERE m.group_id = g.id) AS member_count
FROM account_group g WHERE NOT g.gone;

CREATE VIEW account_group_members AS
-- One row for each account of a group. `groups` is in how many groups the account is: usage that is added up by group
-- counts such an account once in each of them. Divide by `groups` to share it out.
SELECT m.group_id AS account_group, nullif(g.name, '') AS account_group_name, m.account,
       nullif(a.name, '') AS account_name, nullif(a.platform, '') AS platform,
       (SELECT count(*) FROM group_member o WHERE o.account = m.account) AS groups
FROM group_member m
LEFT JOIN account_group g ON g.id = m.group_id
LEFT JOIN account a ON a.id = m.account;

CREATE VIEW api_key_tags AS
-- One row for each tag of an API key, and one with tag NULL for a key without: so no key is missing. `tags` is how many
-- tags the key has (0 without): usage that is added up by tag counts a key once for each. Divide by max(tags, 1) to
-- share it out.
SELECT k.id AS api_key, nullif(k.name, '') AS api_key_name, t.value AS tag,
       (SELECT count(DISTINCT n.value) FROM json_each(k.tags) n WHERE n.type = 'text' AND n.value <> '') AS tags
FROM (SELECT id, name, iif(json_valid(tags) AND json_type(tags) = 'array', tags, '[]') AS tags FROM api_key) k
LEFT JOIN json_each(k.tags) t
  ON t.type = 'text' AND t.value <> ''
    -- Each tag once. No GROUP BY: a join with usage would begin at the tags.
    AND NOT EXISTS (SELECT 1 FROM json_each(k.tags) e WHERE e.type = 'text' AND e.value = t.value AND e.id < t.id);

CREATE VIEW api_key_bindings AS
-- Who serves an API key, one row for each platform. A group that is gone serves nobody.
SELECT b.api_key, nullif(k.name, '') AS api_key_name, b.platform, b.kind, b.target,
       nullif(iif(b.kind = 'group', g.name, a.name), '') AS target_name
FROM api_key_binding b
LEFT JOIN api_key k ON k.id = b.api_key
LEFT JOIN account_group g ON b.kind = 'group' AND g.id = b.target
LEFT JOIN account a ON b.kind = 'account' AND a.id = b.target
WHERE NOT coalesce(g.gone, 0);

CREATE VIEW models AS
-- One row for each model that was used. NULL: usage that the relay counted without a model.
SELECT nullif(s.model, '') AS model, count(DISTINCT iif(s.kind = 'api_key', s.entity, NULL)) AS api_keys,
       count(DISTINCT iif(s.kind = 'account', s.entity, NULL)) AS accounts,
       EXISTS (SELECT 1 FROM price p WHERE p.model = s.model) AS priced
FROM series s GROUP BY s.model;

CREATE VIEW unpriced_models AS
-- Models that accounts used and that have no price: what they cost is unknown. Old name: last_used (now last_used_on, a
-- date in the relay's offset).
WITH lacking AS (
  SELECT s.id, s.model FROM series s
  WHERE s.kind = 'account' AND s.model <> '' AND NOT EXISTS (SELECT 1 FROM price p WHERE p.model = s.model)),
used AS (
  SELECT u.series, max(u.bucket) AS month, sum(u.requests) AS requests,
         sum(u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens) AS total_tokens
  FROM month_parts u WHERE u.series IN (SELECT id FROM lacking) GROUP BY u.series),
open_minutes AS (
  SELECT series, max(bucket) AS newest FROM usage_minute WHERE bucket >= (SELECT rolled_until FROM open_buckets)
         GROUP BY series)
SELECT l.model, count(*) AS accounts, coalesce(sum(u.requests), 0) AS requests,
       coalesce(sum(u.total_tokens), 0) AS total_tokens,
       strftime('%Y-%m-%d', max(coalesce(
         m.newest,
         (SELECT max(d.bucket) FROM json_each(
            '[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]') n
          CROSS JOIN usage_day d ON d.bucket = u.month + 86400 * n.value AND d.series = l.id),
         u.month)) + (SELECT utc_offset_s FROM open_buckets), 'unixepoch') AS last_used_on,
       strftime('%Y-%m-%d', max(coalesce(
         m.newest,
         (SELECT max(d.bucket) FROM json_each(
            '[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]') n
          CROSS JOIN usage_day d ON d.bucket = u.month + 86400 * n.value AND d.series = l.id),
         u.month)) + (SELECT utc_offset_s FROM open_buckets), 'unixepoch') AS last_used
FROM lacking l LEFT JOIN used u ON u.series = l.id LEFT JOIN open_minutes m ON m.series = l.id GROUP BY l.model;

CREATE VIEW prices AS
-- USD for a million tokens, one row for each model and the time from which the price holds. valid_from 0 and time NULL:
-- from the beginning. long_…: for all of a request with more than long_above input tokens. source: built-in, or the
-- file of the list. Rounded as all money here: to nine digits, which binary fractions cannot blur.
SELECT model, nullif(listed_as, '') AS listed_as, nullif(source, '') AS source, valid_from,
       nullif(valid_until, 9223372036854775807) AS valid_until,
       iif(valid_from = 0, NULL, strftime('%Y-%m-%dT%H:%M:%SZ', valid_from, 'unixepoch')) AS time,
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

CREATE VIEW price_faults AS
-- Entries of the newest price list that cannot be used: their models keep the prices that they had, if any.
SELECT entry, reason, source, loaded_ms, strftime('%Y-%m-%dT%H:%M:%SZ', loaded_ms / 1000, 'unixepoch') AS time
FROM price_fault;

CREATE VIEW coverage_minute AS
-- How whole a minute is: how long Keymeter was subscribed (coverage: the part of it, 0 to 1), how many events and
-- readings there were, and the longest delay from an event to its reading. Kept as long as hours are.
SELECT bucket, strftime('%Y-%m-%dT%H:%M:%SZ', bucket, 'unixepoch') AS time, covered_ms,
       covered_ms / 60000.0 AS coverage,
       events, readings, max_delay_ms
FROM coverage;

CREATE VIEW calendar AS
-- Every hour, day, week and month since the first usage, also those without usage, to join on: level, bucket (its
-- start) and until (its end), in the relay's days; week is the Monday of a day. is_open: usage may still come.
-- For a sum by day with days of 0: … FROM calendar c LEFT JOIN (SELECT bucket, sum(requests) AS requests
-- FROM api_key_usage_day WHERE bucket >= … GROUP BY bucket) u USING (bucket) WHERE c.level = 'day'.
WITH RECURSIVE
bounds AS (
  SELECT c.now, c.utc_offset_s AS o,
         min(coalesce((SELECT min(bucket) FROM _hour_bucket), c.now),
           coalesce((SELECT min(bucket) FROM _day_bucket), c.now))
           AS first,
         coalesce((SELECT min(bucket) FROM _month_bucket), c.now) AS first_month,
         coalesce((SELECT min(bucket) FROM _hour_bucket), c.now) AS first_hour
  FROM source_clock c),
hours (bucket) AS (
  SELECT first_hour - first_hour % 3600 FROM bounds
  UNION ALL SELECT bucket + 3600 FROM hours WHERE bucket + 3600 <= (SELECT now FROM bounds)),
days (bucket) AS (
  SELECT (first + o) / 86400 * 86400 - o FROM bounds
  UNION ALL SELECT bucket + 86400 FROM days WHERE bucket + 86400 <= (SELECT now FROM bounds)),
weeks (bucket) AS (
  SELECT (first + o - 345600) / 604800 * 604800 + 345600 - o FROM bounds
  UNION ALL SELECT bucket + 604800 FROM weeks WHERE bucket + 604800 <= (SELECT now FROM bounds)),
months (bucket) AS (
  SELECT unixepoch(first_month + o, 'unixepoch', 'start of month') - o FROM bounds
  UNION ALL
  SELECT unixepoch(bucket + (SELECT o FROM bounds), 'unixepoch', '+1 month') - (SELECT o FROM bounds) FROM months
  WHERE unixepoch(bucket + (SELECT o FROM bounds), 'unixepoch', '+1 month') - (SELECT o FROM bounds)
        <= (SELECT now FROM bounds)),
buckets AS (
  SELECT 'hour' AS level, bucket, bucket + 3600 AS until FROM hours
  UNION ALL SELECT 'day', bucket, bucket + 86400 FROM days
  UNION ALL SELECT 'week', bucket, bucket + 604800 FROM weeks
  UNION ALL SELECT 'month', bucket,
            unixepoch(bucket + (SELECT o FROM bounds), 'unixepoch', '+1 month') - (SELECT o FROM bounds) FROM months)
SELECT level, bucket, until, strftime('%Y-%m-%dT%H:%M:%SZ', bucket, 'unixepoch') AS time,
       strftime('%Y-%m-%dT%H:%M:%S', bucket + (SELECT o FROM bounds), 'unixepoch')
         || (SELECT utc_offset FROM source_clock) AS local_time,
       strftime('%Y-%m-%d', bucket, 'unixepoch') AS utc_date,
       strftime('%Y-%m-%d', bucket + (SELECT o FROM bounds), 'unixepoch') AS date,
       date((bucket + (SELECT o FROM bounds) - 345600) / 604800 * 604800 + 345600, 'unixepoch') AS week,
       strftime('%Y-%m', bucket + (SELECT o FROM bounds), 'unixepoch') AS month,
       until > (SELECT rolled_until FROM open_buckets) AS is_open
FROM buckets;

CREATE VIEW coverage_hour AS
-- How whole an hour is: coverage is the part of it in which Keymeter was subscribed, 0 to 1; NULL before the first
-- minute that is kept. Hours without coverage have their row, too.
SELECT c.bucket, c.time, c.local_time, c.date, c.month, c.is_open,
       iif(c.until > (SELECT min(m.bucket) FROM coverage m),
           coalesce((SELECT sum(m.covered_ms) FROM coverage m WHERE m.bucket >= c.bucket AND m.bucket < c.until), 0),
           NULL)
         AS covered_ms,
       iif(c.until > (SELECT min(m.bucket) FROM coverage m),
           coalesce((SELECT sum(m.covered_ms) FROM coverage m WHERE m.bucket >= c.bucket AND m.bucket < c.until), 0)
             / 1000.0 / (c.until - c.bucket), NULL) AS coverage
FROM calendar c WHERE c.level = 'hour';

CREATE VIEW coverage_day AS
-- How whole a day is: see coverage_hour.
SELECT c.bucket, c.time, c.local_time, c.date, c.month, c.is_open,
       iif(c.until > (SELECT min(m.bucket) FROM coverage m),
           coalesce((SELECT sum(m.covered_ms) FROM coverage m WHERE m.bucket >= c.bucket AND m.bucket < c.until), 0),
           NULL)
         AS covered_ms,
       iif(c.until > (SELECT min(m.bucket) FROM coverage m),
           coalesce((SELECT sum(m.covered_ms) FROM coverage m WHERE m.bucket >= c.bucket AND m.bucket < c.until), 0)
             / 1000.0 / (c.until - c.bucket), NULL) AS coverage
FROM calendar c WHERE c.level = 'day';

CREATE VIEW gaps AS
-- When we were away, and why; and what of it was recovered since: how much of API keys' usage, by the finest level that
-- it is known to.
SELECT from_ms, to_ms, strftime('%Y-%m-%dT%H:%M:%SZ', from_ms / 1000, 'unixepoch') AS time,
       (to_ms - from_ms) / 1000.0 AS seconds, reason,
       minute_requests, hour_requests, day_requests, month_requests,
       minute_tokens, hour_tokens, day_tokens, month_tokens
FROM gap;

CREATE VIEW adjustments AS
-- Falls of a counter of the relay: when, why, and the amounts that it took back. Our rows never shrink. Old name:
-- entity (now api_key or account, the other is NULL).
SELECT j.at_ms, strftime('%Y-%m-%dT%H:%M:%SZ', j.at_ms / 1000, 'unixepoch') AS time, j.reason, j.level, j.bucket,
       s.kind, s.entity, iif(s.kind = 'api_key', s.entity, NULL) AS api_key,
       iif(s.kind = 'account', s.entity, NULL) AS account,
       nullif(s.model, '') AS model,
       j.requests, j.input_tokens, j.output_tokens, j.cache_create_tokens, j.cache_read_tokens,
       j.ephemeral_5m_tokens, j.ephemeral_1h_tokens, j.cost_micros, j.real_cost_micros
FROM adjustment j JOIN series s ON s.id = j.series;

CREATE VIEW recovered AS
-- Amounts that were found after the first start in the relay's days and months (of `level`), beyond all of our rows and
-- adjustments: an import, hours that were gone early. They are inside the usage views, untimed in that bucket, unless a
-- finer counter has shown them since. found_by: a return (restart, absence) or an audit. Old name: entity.
SELECT r.at_ms, strftime('%Y-%m-%dT%H:%M:%SZ', r.at_ms / 1000, 'unixepoch') AS time, r.found_by, r.level, r.bucket,
       s.kind, s.entity, iif(s.kind = 'api_key', s.entity, NULL) AS api_key,
       iif(s.kind = 'account', s.entity, NULL) AS account,
       nullif(s.model, '') AS model,
       r.requests, r.input_tokens, r.output_tokens, r.cache_create_tokens, r.cache_read_tokens,
       r.ephemeral_5m_tokens, r.ephemeral_1h_tokens, r.cost_micros, r.real_cost_micros
FROM recovered_found r JOIN series s ON s.id = r.series;

CREATE VIEW drift AS
-- Where our rows and the relay's own counters differ beyond what `adjustments` explain, as the last audit found. A row
-- without a key and an account is of all API keys together. Old name: entity.
SELECT d.level, d.bucket, strftime('%Y-%m-%dT%H:%M:%SZ', d.bucket, 'unixepoch') AS time,
       coalesce(s.kind, 'api_key') AS kind,
       s.entity, iif(s.kind = 'api_key', s.entity, NULL) AS api_key, iif(s.kind = 'account', s.entity, NULL) AS account,
       nullif(s.model, '') AS model, d.metric, d.relay, d.ours, d.found_ms
FROM drift_found d LEFT JOIN series s ON s.id = d.series;

CREATE VIEW audits AS
-- Comparisons of closed hours and days with the relay's own counters.
SELECT begun_ms, strftime('%Y-%m-%dT%H:%M:%SZ', begun_ms / 1000, 'unixepoch') AS time, took_ms / 1000.0 AS seconds,
       strftime('%Y-%m-%dT%H:%M:%SZ', from_hour, 'unixepoch') AS from_time,
       strftime('%Y-%m-%dT%H:%M:%SZ', to_hour, 'unixepoch') AS to_time, hours, days, drift, recovered
FROM audit;

CREATE VIEW processor_status AS
-- How the processor is doing, one row. minutes_from, hours_from, days_from: before it a level is gone.
SELECT connected, baseline_read, last_event_ms, last_flush_ms, flush_interval_ms, lag_ms, problem,
       started_ms, stopped_ms, pid, version, redis_version,
       profile, utc_offset_s, utc_offset_origin, rolled_until, covered_until_ms, data_version, minutes_from,
       hours_from, days_from,
       nullif(money_from, 9223372036854775807) AS money_from,
       (SELECT count(*) FROM drift_found) AS drift
FROM source_state;

CREATE VIEW profile_switches AS
-- Which profile meters the hours from `time` on; the first row, without a time, from the beginning.
SELECT from_hour, iif(from_hour = 0, NULL, strftime('%Y-%m-%dT%H:%M:%SZ', from_hour, 'unixepoch')) AS time, profile,
       iif(since_ms = 0, NULL, strftime('%Y-%m-%dT%H:%M:%SZ', since_ms / 1000, 'unixepoch')) AS decided_at
FROM profile_use ORDER BY from_hour;

CREATE VIEW dictionary AS
-- Every column of every view: type, unit, time zone ('relay': days of the relay's offset), what NULL and 0 mean, money
-- (rated: charged by the relay; real: paid by it; list: tokens times a price list), whether rows may be added up, how
-- long it is kept, and since when the file has it (processor_status). Ask: SELECT * FROM dictionary WHERE view = '…'.
WITH rule (n, views, columns, type, unit, time_zone, null_means, zero_means, money, additive, meaning) AS (
  VALUES
    (0, 'accounts', 'daily_usage', 'real', 'USD', NULL, NULL, 'none, or not counted by the relay', 'list', 0,
     'of the relay''s day, as the relay says it: today_list_cost_usd is ours'),
    (1, '*_untimed', 'bucket', 'integer', 'epoch seconds', 'UTC', NULL, 'level total: in no known month', NULL, 0,
     'start of the bucket'),
    (2, '*', 'bucket', 'integer', 'epoch seconds', 'UTC', NULL, NULL, NULL, 0, 'start of the bucket'),
    (3, '*', 'until', 'integer', 'epoch seconds', 'UTC', NULL, NULL, NULL, 0, 'end of the bucket'),
    (4, 'source_clock', 'now', 'integer', 'epoch seconds', 'UTC', NULL, NULL, NULL, 0, 'this moment'),
    (5, 'source_clock', 't*', 'integer', 'epoch seconds', 'UTC', NULL, NULL, NULL, 0,
     'start of the relay''s day or month that is now'),
    (6, '*', 'utc_offset', 'text', '±hh:mm', NULL, NULL, NULL, NULL, 0, 'offset of the relay''s days'),
    (7, 'source_clock', 'utc_offset_s', 'integer', 'seconds', NULL, NULL, 'UTC, or not known yet', NULL, 0,
     'offset of the relay''s days'),
    (8, '*', 'utc_offset_s', 'integer', 'seconds', NULL, 'not known yet', 'UTC', NULL, 0,
     'offset of the relay''s days'),
    (9, 'prices', 'time', 'text', 'RFC 3339', 'UTC', 'from the beginning', NULL, NULL, 0, 'since when the price holds'),
    (10, '*_untimed', 'time', 'text', 'RFC 3339', 'UTC', 'level total', NULL, NULL, 0, 'start of the bucket'),
    (11, '*', 'time', 'text', 'RFC 3339', 'UTC', NULL, NULL, NULL, 0, 'the moment of the row; of a bucket: its start'),
    (12, '*_untimed', 'local_time', 'text', 'RFC 3339', 'relay', 'level total', NULL, NULL, 0,
     'time, in the relay''s offset; date functions of SQLite turn it back into UTC'),
    (13, '*', 'local_time', 'text', 'RFC 3339', 'relay', NULL, NULL, NULL, 0,
     'time, in the relay''s offset; date functions of SQLite turn it back into UTC'),
    (14, '*', '*_time', 'text', 'RFC 3339', 'UTC', NULL, NULL, NULL, 0, 'moment'),
    (15, '*', 'utc_date', 'text', 'YYYY-MM-DD', 'UTC', NULL, NULL, NULL, 0, 'day of UTC'),
    (16, '*', '*date', 'text', 'YYYY-MM-DD', 'relay', 'no such day', NULL, NULL, 0, 'the relay''s day'),
    (17, '*', 'week', 'text', 'YYYY-MM-DD', 'relay', NULL, NULL, NULL, 0, 'Monday of the relay''s week'),
    (18, 'calendar', 'month', 'text', 'YYYY-MM', 'relay', NULL, NULL, NULL, 0, 'the relay''s month'),
    (19, '*', 'month', 'text', 'YYYY-MM', 'relay', 'no such month', NULL, NULL, 0, 'the relay''s month'),
    (20, '*', 'last_used_on', 'text', 'YYYY-MM-DD', 'relay', 'never', NULL, NULL, 0,
     'the relay''s day of the last use'),
    (21, '*', 'last_used', 'text', 'YYYY-MM-DD', 'relay', 'never', NULL, NULL, 0, 'old name of last_used_on'),
    (22, '*', 'is_open', 'integer', '0 or 1', NULL, NULL, 'closed: whole but for late readings', NULL, 0,
     'usage may still come: do not compare with closed ones'),
    (23, '*', 'unpriced_requests', 'integer', 'requests', NULL, NULL, 'all have a price', NULL, 1,
     'requests whose cost is not in the costs of the row'),
    (24, '*', '*_unpriced_requests', 'integer', 'requests', NULL, NULL, 'all have a price', NULL, 1,
     'requests whose cost is not in the costs beside it'),
    (25, 'gaps', '*_requests', 'integer', 'requests', NULL, NULL, 'none', NULL, 1,
      'recovered of API keys, by the finest level that it is known to'),
    (26, 'gaps', '*_tokens', 'integer', 'tokens', NULL, NULL, 'none', NULL, 1,
      'recovered of API keys, by the finest level that it is known to'),
    (27, 'api_keys', 'rate_limit_requests', 'integer', 'requests', NULL, 'no limit', NULL, NULL, 0,
     'limit in the window'),
    (28, '*', 'requests_10m', 'real', 'requests', NULL, NULL, 'none', NULL, 1, 'of the last ten minutes'),
    (29, '*', 'requests', 'integer', 'requests', NULL, NULL, 'none', NULL, 1, 'how many'),
    (30, '*', '*requests', 'integer', 'requests', NULL, NULL, 'none', NULL, 1,
      'today_, month_, total_: of the relay''s day, month, and in all'),
    (31, '*', 'total_total_tokens', 'integer', 'tokens', NULL, NULL, 'none', NULL, 1, 'old name of total_tokens'),
    (32, '*', 'ephemeral_*_tokens', 'integer', 'tokens', NULL, NULL, 'none', NULL, 1,
     'inside cache_create_tokens: kept 5 minutes or 1 hour'),
    (33, '*', '*input_tokens', 'integer', 'tokens', NULL, NULL, 'none', NULL, 1, 'input beside the cache''s'),
    (34, '*', '*output_tokens', 'integer', 'tokens', NULL, NULL, 'none', NULL, 1, 'output'),
    (35, '*', '*cache_create_tokens', 'integer', 'tokens', NULL, NULL, 'none', NULL, 1, 'input, written to the cache'),
    (36, '*', '*cache_read_tokens', 'integer', 'tokens', NULL, NULL, 'none', NULL, 1, 'input, read from the cache'),
    (37, '*', '*tokens', 'integer', 'tokens', NULL, NULL, 'none', NULL, 1,
     'total_tokens: input + output + cache create + cache read'),
    (38, '*', 'cost_micros', 'integer', 'millionths of a USD', NULL, NULL,
      'none, or not counted yet: see rated_cost_usd', 'rated', 1, 'what the relay charges'),
    (39, '*', 'real_cost_micros', 'integer', 'millionths of a USD', NULL, NULL,
      'none, or not counted yet: see real_cost_usd', 'real', 1, 'what the relay pays'),
    (40, '*', '*rated_cost_usd', 'real', 'USD', NULL, 'the relay did not count money yet', 'free', 'rated', 1,
     'what the relay charges'),
    (41, '*', '*real_cost_usd', 'real', 'USD', NULL, 'the relay did not count money yet', 'free', 'real', 1,
     'what the relay pays'),
    (42, '*', '*list_cost_usd', 'real', 'USD', NULL, 'no price is known', 'free', 'list', 1,
     'tokens times the prices of `prices`'),
    (43, 'account_cost_day', '*_cost_usd', 'real', 'USD', NULL, 'no price is known', 'free', 'list', 1,
     'the part of list_cost_usd for that kind of token'),
    (44, 'account*', '*cost_usd', 'real', 'USD', NULL, 'no price is known', 'free', 'list', 1,
     'old name of …list_cost_usd'),
    (45, '*', '*cost_usd', 'real', 'USD', NULL, 'the relay did not count money yet', 'free', 'rated', 1,
     'old name of …rated_cost_usd'),
    (46, 'prices', '*_usd', 'real', 'USD for a million tokens', NULL, 'no such price', 'free', 'list', 0,
     'price; long_…: of requests above long_above'),
    (47, '*', 'long_above', 'integer', 'tokens', NULL, 'no prices of long requests', NULL, NULL, 0,
     'input tokens from which the prices long_… hold'),
    (48, 'api_keys', 'token_limit', 'integer', 'tokens', NULL, 'no limit', NULL, NULL, 0, 'limit in all'),
    (49, 'api_keys', 'concurrency_limit', 'integer', 'requests', NULL, 'no limit', NULL, NULL, 0,
     'requests at once'),
    (50, 'api_keys', '*_cost_limit', 'real', 'USD', NULL, 'no limit', NULL, 'rated', 0,
      'limit of the day, in all, of the week'),
    (51, 'api_keys', 'rate_limit_cost', 'real', 'USD', NULL, 'no limit', NULL, 'rated', 0, 'limit in the window'),
    (52, 'api_keys', 'rate_limit_window', 'integer', 'minutes', NULL, 'no limit', NULL, NULL, 0,
     'window of rate_limit_requests and rate_limit_cost'),
    (53, '*', 'daily_*', 'real', 'USD', NULL, 'no limit', 'none', 'list', 0,
      'the relay''s own: limit, and usage of the day'),
    (54, '*', 'rpm*', 'real', 'requests a minute', NULL, NULL, 'none', NULL, 1,
     'rpm: of the last 60 seconds; rpm_10m: mean of ten minutes'),
    (55, '*', 'tpm', 'real', 'tokens a minute', NULL, NULL, 'none', NULL, 1, 'of the last 60 seconds'),
    (56, '*', 'coverage', 'real', '0 to 1', NULL, 'before the first minute that is kept',
     'not subscribed at all', NULL, 0, 'part of the bucket in which Keymeter was subscribed'),
    (57, '*', 'covered_ms', 'integer', 'milliseconds', NULL, 'before the first minute that is kept',
     'not subscribed at all', NULL, 1, 'how long Keymeter was subscribed'),
    (58, '*', 'max_delay_ms', 'integer', 'milliseconds', NULL, NULL, 'at once', NULL, 0,
     'longest delay from an event to its reading'),
    (59, '*', 'lag_ms', 'integer', 'milliseconds', NULL, 'not known', 'at once', NULL, 0,
     'delay from an event to its reading'),
    (60, '*', 'flush_interval_ms', 'integer', 'milliseconds', NULL, 'not known', NULL, NULL, 0,
     'how often rows are written'),
    (61, '*', 'covered_until_ms', 'integer', 'epoch milliseconds', 'UTC', 'has not run yet', NULL, NULL, 0,
     'all before it was metered or stands in gaps: an absence that lasts began here'),
    (62, '*', 'last_event_ms', 'integer', 'epoch milliseconds', 'UTC', 'none yet', NULL, NULL, 0, 'last event of Redis'),
    (63, '*', 'last_flush_ms', 'integer', 'epoch milliseconds', 'UTC', 'none yet', NULL, NULL, 0,
     'when rows were last written'),
    (64, '*', '*_ms', 'integer', 'epoch milliseconds', 'UTC', 'has not happened', NULL, NULL, 0, 'moment'),
    (65, '*', '*_at', 'text', 'RFC 3339', 'UTC', 'unset: never', NULL, NULL, 0, 'moment, as the relay wrote it'),
    (66, 'prices', '*_from', 'integer', 'epoch seconds', 'UTC', NULL, 'from the beginning', NULL, 0,
     'since when the price holds'),
    (67, '*', '*_from', 'integer', 'epoch seconds', 'UTC', 'not yet', 'from the beginning', NULL, 0,
     'minutes_, hours_, days_from: before it a level is gone; money_from: before it money is not known'),
    (68, '*', 'valid_until', 'integer', 'epoch seconds', 'UTC', 'for ever', NULL, NULL, 0,
     'the price holds from valid_from until here'),
    (69, '*', 'rate_limited_until', 'text', 'RFC 3339', 'UTC', 'not known', NULL, NULL, 0, 'end of the rate limit'),
    (70, '*', 'rolled_until', 'integer', 'epoch seconds', 'UTC', NULL, 'nothing yet', NULL, 0,
     'minutes before it stand in the stored hours, days, months'),
    (71, '*', 'from_hour', 'integer', 'epoch seconds', 'UTC', NULL, 'from the beginning', NULL, 0,
     'the hour from which the profile meters'),
    (72, '*', '*percent', 'real', 'percent', NULL, 'not known', 'unused', NULL, 0,
     'part of the provider''s window that is used'),
    (73, 'gaps', 'seconds', 'real', 'seconds', NULL, NULL, NULL, NULL, 1, 'how long'),
    (74, 'audits', 'seconds', 'real', 'seconds', NULL, NULL, NULL, NULL, 0, 'how long it took'),
    (75, 'api_key_tags', 'tags', 'integer', 'tags', NULL, NULL, 'untagged', NULL, 0,
     'number of tags of the key: usage by tag counts a key once for each'),
    (76, 'api_keys', 'tags', 'text', 'JSON array', NULL, NULL, NULL, NULL, 0, 'see api_key_tags'),
    (77, '*', 'tag', 'text', NULL, NULL, 'the key has no tag', NULL, NULL, 0, 'tag'),
    (78, '*', 'groups', 'integer', 'groups', NULL, NULL, 'none', NULL, 0,
     'in how many groups the account is: usage by group counts it in each'),
    (79, 'account_[uc]*', 'account_group', 'text', 'id', NULL, 'in no group, or in several', NULL, NULL, 0,
     'the only group of the account: for sums by group join account_group_members'),
    (80, 'api_key*', 'account_group', 'text', 'id', NULL, 'none', NULL, NULL, 0,
     'the group of accounts that serves the key'),
    (81, '*', 'account_group', 'text', 'id', NULL, 'none', NULL, NULL, 0, 'group of accounts'),
    (82, '*', 'group_id', 'text', 'id', NULL, 'none', NULL, NULL, 0, 'old name of account_group'),
    (83, '*', 'group_name', 'text', NULL, NULL, 'none', NULL, NULL, 0, 'old name of account_group_name'),
    (84, '*', 'entity', 'text', 'id', NULL, 'all API keys together', NULL, NULL, 0,
     'old name: api_key or account, by kind'),
    (85, 'api_keys', 'api_key', 'text', 'id', NULL, NULL, NULL, NULL, 0, 'the relay''s id of the API key'),
    (86, '*', 'api_key', 'text', 'id', NULL, 'is of an account, or of all keys', NULL, NULL, 0,
     'the relay''s id of the API key'),
    (87, '*', 'account', 'text', 'id', NULL, 'is of an API key', NULL, NULL, 0, 'the relay''s id of the account'),
    (88, '*', 'owner', 'text', NULL, NULL, 'nobody', NULL, NULL, 0, 'user of the key: his id, else his name'),
    (89, '*', 'model', 'text', NULL, NULL, 'counted without a model: all of them', NULL, NULL, 0,
     'the relay''s name of the model'),
    (90, '*', '*name', 'text', NULL, NULL, 'not known', NULL, NULL, 0, 'name for people'),
    (91, '*', 'level', 'text', 'minute, hour, day, week, month or total', NULL, NULL, NULL, NULL, 0,
     'length of the bucket'),
    (92, '*', 'kind', 'text', 'account, api_key or group', NULL, NULL, NULL, NULL, 0, 'what the row is of'),
    (93, 'api_keys', 'is_active', 'integer', '0 or 1', NULL, NULL, 'no', NULL, 0,
     'not switched off; a deleted key may still say 1: see is_deleted'),
    (94, '*', 'is_*', 'integer', '0 or 1', NULL, NULL, 'no', NULL, 0, 'yes or no'),
    (95, '*', 'priced', 'integer', '0 or 1', NULL, NULL, 'no price is known', NULL, 0, 'a price is known'),
    (96, '*', 'connected', 'integer', '0 or 1', NULL, 'has not run yet', 'no', NULL, 0,
     'subscribed to the relay''s Redis'),
    (97, '*', 'baseline_read', 'integer', '0 or 1', NULL, 'has not run yet', 'no', NULL, 0,
     'history and the open hour are read'),
    (98, '*', 'schedulable', 'integer', '0 or 1', NULL, NULL, 'no', NULL, 0, 'the relay may use the account'),
    (99, '*', 'priority', 'integer', NULL, NULL, NULL, NULL, NULL, 0, 'as the relay has it'),
    (100, '*', 'max_concurrency', 'integer', 'requests', NULL, 'no limit', NULL, NULL, 0, 'requests at once'),
    (101, '*', 'pid', 'integer', NULL, NULL, 'has not run yet', NULL, NULL, 0, 'process'),
    (102, '*', 'data_version', 'integer', NULL, NULL, NULL, NULL, NULL, 0,
     'raised by each change of usage or entities'),
    (103, 'drift', 'relay', 'integer', 'as metric says', NULL, NULL, NULL, NULL, 0, 'what the relay has'),
    (104, 'drift', 'ours', 'integer', 'as metric says', NULL, NULL, NULL, NULL, 0, 'what we have'),
    (105, 'models', 'a*s', 'integer', 'entities', NULL, NULL, 'none', NULL, 0, 'how many used the model'),
    (106, 'unpriced_models', 'accounts', 'integer', 'accounts', NULL, NULL, 'none', NULL, 0,
     'how many used the model'),
    (107, 'account_groups', 'member_count', 'integer', 'accounts', NULL, NULL, 'none', NULL, 0, 'members'),
    (108, 'audits', '*', 'integer', 'counters', NULL, NULL, 'none', NULL, 0,
      'compared: hours, days; drift: that differ; recovered: rows of `recovered`'),
    (109, 'processor_status', 'drift', 'integer', 'rows', NULL, NULL, 'all is well', NULL, 0, 'rows of `drift`'),
    (110, '*', 'events', 'integer', 'events', NULL, NULL, 'none', NULL, 1, 'events of Redis'),
    (111, '*', 'readings', 'integer', 'readings', NULL, NULL, 'none', NULL, 1, 'counters that were read'),
    (112, 'accounts', 'unavailable_until', 'text', 'RFC 3339', 'UTC', 'is not passed over now', NULL, NULL, 0,
     'the relay passes it over until then'),
    (113, 'accounts', 'balance', 'real', 'balance_currency', NULL, 'not known', 'nothing left', NULL, 0,
     'what its provider named last, at balance_at'),
    (114, 'api_keys', 'service_rates', 'text', 'JSON object', NULL, 'not known', NULL, NULL, 0,
     'factors by service of what the key is charged'),
    (115, 'gaps', 'reason', 'text', 'restart, disconnected, silent or clock', NULL, NULL, NULL, NULL, 0,
     'not running; no connection; events did not come; our clock was set'),
    (116, 'adjustments', 'reason', 'text', 'reset, rollback or correction', NULL, NULL, NULL, NULL, 0,
     'counts anew; an older value came back; lowered'),
    (117, 'recovered', 'found_by', 'text', 'return or audit', NULL, NULL, NULL, NULL, 0, 'what found it'),
    (118, 'processor_status', 'problem', 'text', NULL, NULL, 'none', NULL, NULL, 0, 'what keeps it from metering'),
    (119, '*', '*version', 'text', NULL, NULL, 'has not run yet', NULL, NULL, 0, 'of the program, or of Redis'),
    (120, 'processor_status', 'utc_offset_origin', 'text', NULL, NULL, NULL, NULL, NULL, 0,
     'how the offset is known: said, inferred, shown or seen'),
    (121, '*', 'platform', 'text', NULL, NULL, 'not known', NULL, NULL, 0, 'the relay''s kind of account'),
    (122, '*', '*', 'text', NULL, NULL, 'unset', NULL, NULL, 0, 'as the relay or the name says')),
found AS (
  SELECT v.name AS view, c.cid, c.name AS column, min(r.n) AS n
  FROM sqlite_schema v
  JOIN pragma_table_info(v.name) c
  JOIN rule r ON v.name GLOB r.views AND c.name GLOB r.columns
  WHERE v.type = 'view' AND v.name NOT GLOB '[_]*' AND v.name <> 'dictionary'
    AND v.name NOT IN ('open_buckets', 'repriced_months', 'repriced_days', 'repriced_series',
                       'live_rates', 'today_parts', 'month_parts')
  GROUP BY v.name, c.cid)
SELECT f.view, f.column, r.type, r.unit, r.time_zone, r.null_means, r.zero_means, r.money, r.additive, r.meaning,
       CASE WHEN f.view IN ('source_clock', 'processor_status', 'account_groups', 'account_group_members',
                            'api_key_bindings') THEN NULL
            WHEN f.view GLOB '*_untimed' THEN 'as the buckets of its level'
            WHEN f.view = 'price_faults' THEN 'until the next price list'
            WHEN f.view GLOB '*_minute' AND f.view GLOB '*usage*' THEN '14 days by default: since minutes_from'
            WHEN f.view GLOB '*_hour' OR f.view = 'coverage_minute' THEN '400 days by default: since hours_from'
            WHEN f.view GLOB '*usage_day' OR f.view = 'account_cost_day' THEN 'for ever by default: since days_from'
            WHEN f.view = 'coverage_day' THEN '400 days by default'
            WHEN f.view = 'drift' THEN 'until the next audit'
            ELSE 'for ever' END AS kept
FROM found f JOIN rule r ON r.n = f.n
ORDER BY f.view, f.cid;
