-- Who serves an API key: for each platform at most one account, or one group of accounts. As the relay wrote it: the
-- target may be gone.
CREATE TABLE api_key_binding (
  api_key  TEXT NOT NULL,
  platform TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('account', 'group')),
  target   TEXT NOT NULL,
  PRIMARY KEY (api_key, platform)
) STRICT, WITHOUT ROWID;
