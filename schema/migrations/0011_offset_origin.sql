-- How the UTC offset came to be known: 'said' by the operator, 'inferred' from times to live, 'shown' by a few events
-- (both may be taken back, with all that was stored by them), 'seen' in live traffic (final); '' while it is not known.
ALTER TABLE source_state ADD COLUMN utc_offset_origin TEXT NOT NULL DEFAULT '';
-- Earlier versions did not note it. By a wrong offset live growth lies outside its hour and has no minute, except that
-- an offset that is one hour off puts what comes near an edge into an hour's first or last minute.
UPDATE source_state SET utc_offset_origin =
  iif(EXISTS (SELECT 1 FROM usage_minute WHERE bucket / 60 % 60 NOT IN (0, 59)), 'seen', 'inferred')
WHERE utc_offset_s IS NOT NULL;

-- A moment that had surely come (epoch milliseconds): from here on a clock that jumps ahead has to prove itself before
-- anything is forgotten. 0: not known.
ALTER TABLE source_state ADD COLUMN proven_ms INTEGER NOT NULL DEFAULT 0;
-- A later moment that the clock has shown or passed ever since, and for how long so far, while a run watched (milliseconds).
ALTER TABLE source_state ADD COLUMN claimed_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_state ADD COLUMN claim_stood_ms INTEGER NOT NULL DEFAULT 0;
UPDATE source_state SET proven_ms = coalesce(last_flush_ms, 0);
