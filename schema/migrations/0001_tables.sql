-- The tables behind the public views (0002_views.sql). Only the processor writes them; a later migration may
-- change them, the views stay.
--
-- Units: bucket = epoch seconds of a bucket's start; *_ms = epoch milliseconds; *_micros = millionths of a USD.
-- Days and months start at midnight of the source's fixed offset (source_state.utc_offset_s); hours are UTC hours.

-- One metered counter owner: an API key or an account, with a model.
CREATE TABLE series (
  id     INTEGER PRIMARY KEY,
  kind   TEXT NOT NULL CHECK (kind IN ('api_key', 'account')),
  entity TEXT NOT NULL,
  model  TEXT NOT NULL,
  UNIQUE (kind, entity, model)
) STRICT;

-- Growth by bucket. The key starts with the bucket, so a flush appends to one place of the tree.
CREATE TABLE usage_minute (
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL,
  PRIMARY KEY (bucket, series)
) STRICT, WITHOUT ROWID;

-- Hour, day and month hold what is rolled up (minutes before source_state.rolled_until) and what is untimed.
CREATE TABLE usage_hour (
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL,
  PRIMARY KEY (bucket, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_day (
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL,
  PRIMARY KEY (bucket, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_month (
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL,
  PRIMARY KEY (bucket, series)
) STRICT, WITHOUT ROWID;

-- What a bucket of `level` holds beyond its finer buckets. It is inside the usage_<level> row as well: kept
-- apart so that it outlives the finer rows.
CREATE TABLE usage_untimed (
  level  TEXT NOT NULL CHECK (level IN ('hour', 'day', 'month')),
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL,
  PRIMARY KEY (level, bucket, series)
) STRICT, WITHOUT ROWID;

-- The last reading of each metered counter that the relay still keeps: bucket = start of the counter's hour.
-- Written in the transaction of the rows that it led to, so a crash counts nothing twice.
CREATE TABLE reading (
  bucket  INTEGER NOT NULL,
  series  INTEGER NOT NULL REFERENCES series (id),
  read_ms INTEGER NOT NULL,
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL,
  PRIMARY KEY (bucket, series)
) STRICT, WITHOUT ROWID;

-- Where metering stands: one row.
CREATE TABLE source_state (
  id               INTEGER PRIMARY KEY CHECK (id = 1),
  profile          TEXT,
  utc_offset_s     INTEGER,                      -- NULL until it is known
  rolled_until     INTEGER NOT NULL DEFAULT 0,   -- minutes before this are inside hour, day and month
  covered_until_ms INTEGER,                      -- every event before this is inside the rows
  data_version     INTEGER NOT NULL DEFAULT 0    -- raised by each change of usage or entities
) STRICT;
INSERT INTO source_state (id) VALUES (1);

-- How the writing process is doing: one row, renewed by each flush.
CREATE TABLE heartbeat (
  id            INTEGER PRIMARY KEY CHECK (id = 1),
  version       TEXT NOT NULL,
  pid           INTEGER NOT NULL,
  started_ms    INTEGER NOT NULL,
  stopped_ms    INTEGER,                         -- set by a clean stop
  connected     INTEGER NOT NULL,                -- subscribed to the source
  baseline_read INTEGER NOT NULL,                -- history and open hour are read
  redis_version TEXT NOT NULL,
  last_event_ms INTEGER,
  last_flush_ms INTEGER NOT NULL,
  flush_interval_ms INTEGER NOT NULL,
  lag_ms        INTEGER NOT NULL,                -- longest delay from an event to its reading in this interval
  problem       TEXT NOT NULL DEFAULT ''         -- why it is not connected or not exact, for people
) STRICT;

CREATE TABLE coverage (
  bucket       INTEGER PRIMARY KEY,
  covered_ms   INTEGER NOT NULL,                 -- 0..60000: how long we were subscribed
  events       INTEGER NOT NULL,
  readings     INTEGER NOT NULL,
  max_delay_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE gap (
  id      INTEGER PRIMARY KEY,
  from_ms INTEGER NOT NULL,
  to_ms   INTEGER NOT NULL,
  reason  TEXT NOT NULL
) STRICT;

-- What the relay's counter lost (positive) against our rows when its value fell.
CREATE TABLE adjustment (
  id     INTEGER PRIMARY KEY,
  at_ms  INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('reset', 'rollback', 'correction')),
  level  TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL
) STRICT;

CREATE TABLE drift_found (
  level  TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (id),
  metric TEXT NOT NULL,
  relay  INTEGER NOT NULL,
  ours   INTEGER NOT NULL,
  found_ms INTEGER NOT NULL,
  PRIMARY KEY (level, bucket, series, metric)
) STRICT, WITHOUT ROWID;

-- Dimensions. Text columns hold what the relay wrote; times are RFC 3339 in UTC or '' when unset.
-- gone = 1: the relay has no such hash (any more), the row is kept for its usage.
CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '[]',
  is_active INTEGER NOT NULL DEFAULT 0, is_deleted INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL DEFAULT '', last_used_at TEXT NOT NULL DEFAULT '', expires_at TEXT NOT NULL DEFAULT '',
  daily_cost_limit REAL NOT NULL DEFAULT 0, total_cost_limit REAL NOT NULL DEFAULT 0,
  weekly_opus_cost_limit REAL NOT NULL DEFAULT 0,
  user_id TEXT NOT NULL DEFAULT '', user_username TEXT NOT NULL DEFAULT '',
  group_id TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '', platform TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '', error_message TEXT NOT NULL DEFAULT '',
  is_active INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0,
  account_type TEXT NOT NULL DEFAULT '', priority INTEGER NOT NULL DEFAULT 0,
  schedulable INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL DEFAULT '', last_used_at TEXT NOT NULL DEFAULT '', expires_at TEXT NOT NULL DEFAULT '',
  subscription_expires_at TEXT NOT NULL DEFAULT '',
  daily_quota REAL NOT NULL DEFAULT 0, daily_usage REAL NOT NULL DEFAULT 0,
  rate_limit_status TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE account_group (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL DEFAULT '', platform TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL DEFAULT '', updated_at TEXT NOT NULL DEFAULT '',
  gone INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE group_member (
  group_id TEXT NOT NULL,
  account  TEXT NOT NULL,
  PRIMARY KEY (group_id, account)
) STRICT, WITHOUT ROWID;

-- USD for one token, valid in [valid_from, valid_until) epoch seconds.
CREATE TABLE price (
  model        TEXT NOT NULL,
  valid_from   INTEGER NOT NULL,
  valid_until  INTEGER NOT NULL DEFAULT 9223372036854775807,
  input        REAL NOT NULL,
  output       REAL NOT NULL,
  cache_create REAL NOT NULL,                    -- kept five minutes
  cache_create_1h REAL NOT NULL,                 -- kept one hour
  cache_read   REAL NOT NULL,
  PRIMARY KEY (model, valid_from)
) STRICT, WITHOUT ROWID;
