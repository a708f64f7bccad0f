-- What was closed and changed all the same, for readers that keep closed buckets in memory.

-- The last change of each bucket of usage_<level> (and of what is untimed in it) whose end was at or before
-- source_state.rolled_until when it was written: late readings, history. Normal flushes and roll-ups write nothing here.
-- The newest some thousand are kept.
CREATE TABLE bucket_change (
  level        TEXT NOT NULL CHECK (level IN ('minute', 'hour', 'day', 'month')),
  bucket       INTEGER NOT NULL,
  data_version INTEGER NOT NULL,                 -- source_state.data_version from this change on
  PRIMARY KEY (level, bucket)
) STRICT, WITHOUT ROWID;
CREATE INDEX bucket_change_at ON bucket_change (data_version);

-- Changes up to this data_version may not be listed in bucket_change any more.
ALTER TABLE source_state ADD COLUMN changes_from INTEGER NOT NULL DEFAULT 0;
-- Raised when an API key gets another owner.
ALTER TABLE source_state ADD COLUMN owners_version INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER api_key_owner_added AFTER INSERT ON api_key WHEN new.user_id <> '' BEGIN
  UPDATE source_state SET owners_version = owners_version + 1;
END;
CREATE TRIGGER api_key_owner_changed AFTER UPDATE OF user_id ON api_key WHEN new.user_id <> old.user_id BEGIN
  UPDATE source_state SET owners_version = owners_version + 1;
END;
