-- Exact through everything: what a gap gave back, where the data set came from, what was audited, what is kept.

-- What was recovered of a gap, by the finest level that it has: requests and tokens of API keys (accounts count the same
-- ones again).
ALTER TABLE gap ADD COLUMN minute_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN hour_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN day_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN month_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN minute_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN hour_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN day_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN month_tokens INTEGER NOT NULL DEFAULT 0;

-- Which data set the readings were taken from ('' until known): a restart, a failover or a FLUSHALL changes it.
ALTER TABLE source_state ADD COLUMN data_set TEXT NOT NULL DEFAULT '';
-- Days and months that the relay keeps no hours of are to be read since this moment (0: from the beginning; -1: none).
ALTER TABLE source_state ADD COLUMN history_due_from_ms INTEGER NOT NULL DEFAULT 0;
-- Closed hours and days before this were compared with the relay's.
ALTER TABLE source_state ADD COLUMN audited_until INTEGER NOT NULL DEFAULT 0;
-- Retention: buckets of a level before this are gone (epoch seconds; on an hour's, a day's, a month's start). Coarser
-- levels still hold their amounts.
ALTER TABLE source_state ADD COLUMN minutes_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_state ADD COLUMN hours_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_state ADD COLUMN days_from INTEGER NOT NULL DEFAULT 0;

-- Adjustments are looked up by what they are of.
CREATE INDEX adjustment_of ON adjustment (series, bucket);

-- One comparison of closed hours and days with the relay's own counters.
CREATE TABLE audit (
  id       INTEGER PRIMARY KEY,
  begun_ms INTEGER NOT NULL,
  took_ms  INTEGER NOT NULL,
  from_hour INTEGER NOT NULL,                    -- [from_hour, to_hour), epoch seconds
  to_hour   INTEGER NOT NULL,
  hours    INTEGER NOT NULL,                     -- counters of hours compared
  days     INTEGER NOT NULL,                     -- counters of days compared
  drift    INTEGER NOT NULL                      -- values that differ
) STRICT;
