-- What a relay keeps of an account for a time only, in keys of their own that expire: '' or NULL when it has no such key.
ALTER TABLE account ADD COLUMN unavailable_until TEXT NOT NULL DEFAULT '';      -- it is passed over until then
ALTER TABLE account ADD COLUMN balance REAL;                                    -- that its provider named
ALTER TABLE account ADD COLUMN balance_currency TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN balance_at TEXT NOT NULL DEFAULT '';

-- The factors with which a relay rates the cost of an API key, by service: a JSON object; '' when it says none.
ALTER TABLE api_key ADD COLUMN service_rates TEXT NOT NULL DEFAULT '';
