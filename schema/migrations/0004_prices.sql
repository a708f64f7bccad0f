-- Prices as a list gives them, and since when. A day has one price; what is loaded on one day replaces what was
-- loaded on it before.
ALTER TABLE price ADD COLUMN listed_as TEXT NOT NULL DEFAULT '';     -- the name in the price list
ALTER TABLE price ADD COLUMN loaded_ms INTEGER NOT NULL DEFAULT 0;   -- when it was read from there
-- What a request with more input tokens than `long_above` costs (0: no such prices). Not in any cost, because
-- counters are sums: a cost that may hold such requests is a lower bound.
ALTER TABLE price ADD COLUMN long_above INTEGER NOT NULL DEFAULT 0;
ALTER TABLE price ADD COLUMN long_input REAL NOT NULL DEFAULT 0;
ALTER TABLE price ADD COLUMN long_output REAL NOT NULL DEFAULT 0;
ALTER TABLE price ADD COLUMN long_cache_create REAL NOT NULL DEFAULT 0;
ALTER TABLE price ADD COLUMN long_cache_create_1h REAL NOT NULL DEFAULT 0;
ALTER TABLE price ADD COLUMN long_cache_read REAL NOT NULL DEFAULT 0;

-- For the months in which a price changes.
CREATE INDEX price_change ON price (valid_from) WHERE valid_from > 0;
