-- Readings that came since the last roll-up, in the order in which they came. Rows of `reading` that a flush renews lie
-- far apart, each in a page that the flush would write; here they are side by side. Each roll-up moves them there, so a
-- counter's last reading is its last row here, else its row of `reading`.
CREATE TABLE reading_recent (
  id      INTEGER PRIMARY KEY,
  bucket  INTEGER NOT NULL,
  series  INTEGER NOT NULL REFERENCES series (id),
  read_ms INTEGER NOT NULL,
  requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cache_create_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
  ephemeral_5m_tokens INTEGER NOT NULL, ephemeral_1h_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, real_cost_micros INTEGER NOT NULL
) STRICT;
