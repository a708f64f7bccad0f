-- How the writing process is doing stands in the row of source_state that each flush renews anyway: a table of its own
-- was one more page of each flush, a third of all that an idle processor wrote. All are NULL until one has written.
ALTER TABLE source_state ADD COLUMN version TEXT;
ALTER TABLE source_state ADD COLUMN pid INTEGER;
ALTER TABLE source_state ADD COLUMN started_ms INTEGER;
ALTER TABLE source_state ADD COLUMN stopped_ms INTEGER;        -- set by a clean stop
ALTER TABLE source_state ADD COLUMN connected INTEGER;         -- subscribed to the source
ALTER TABLE source_state ADD COLUMN baseline_read INTEGER;     -- history and open hour are read
ALTER TABLE source_state ADD COLUMN redis_version TEXT;
ALTER TABLE source_state ADD COLUMN last_event_ms INTEGER;
ALTER TABLE source_state ADD COLUMN last_flush_ms INTEGER;
ALTER TABLE source_state ADD COLUMN flush_interval_ms INTEGER;
ALTER TABLE source_state ADD COLUMN lag_ms INTEGER;            -- longest delay from an event to its reading in this interval
ALTER TABLE source_state ADD COLUMN problem TEXT;              -- why it is not connected or not exact, for people
UPDATE source_state SET
  (version, pid, started_ms, stopped_ms, connected, baseline_read, redis_version, last_event_ms, last_flush_ms,
   flush_interval_ms, lag_ms, problem) =
  (SELECT version, pid, started_ms, stopped_ms, connected, baseline_read, redis_version, last_event_ms, last_flush_ms,
          flush_interval_ms, lag_ms, problem FROM heartbeat);
DROP TABLE heartbeat;
