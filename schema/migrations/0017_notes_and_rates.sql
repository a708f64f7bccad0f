-- What a relay keeps of an account for a time only, in keys of their own that expire: '' or NULL when it has no such key.
ALTER TABLE account ADD COLUMN unavailable_until TEXT NOT NULL DEFAULT '';      -- it is passed over until then
