-- Where a price comes from: 'built-in', or the file of the list. '' in rows of earlier versions.
ALTER TABLE price ADD COLUMN source TEXT NOT NULL DEFAULT '';

-- Entries of the newest price list that could not be used. Their models keep the prices that they had.
CREATE TABLE price_fault (
  entry     TEXT PRIMARY KEY,
  reason    TEXT NOT NULL,
  source    TEXT NOT NULL,
  loaded_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
