-- What a relay says about the limits of an API key, and about the state of an account: marks with their times, and the
-- windows of its provider. Texts and times are '' and switches 0 when unset; NULL is a number that the relay does not
-- know. Money is USD.
ALTER TABLE api_key ADD COLUMN token_limit INTEGER NOT NULL DEFAULT 0;          -- tokens in all; 0: none, so below
ALTER TABLE api_key ADD COLUMN concurrency_limit INTEGER NOT NULL DEFAULT 0;    -- requests at once
ALTER TABLE api_key ADD COLUMN rate_limit_window INTEGER NOT NULL DEFAULT 0;    -- minutes that the next two hold for
ALTER TABLE api_key ADD COLUMN rate_limit_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN rate_limit_cost REAL NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN weekly_reset_day INTEGER;                        -- when the weekly limit begins anew
ALTER TABLE api_key ADD COLUMN weekly_reset_hour INTEGER;
ALTER TABLE api_key ADD COLUMN expiration_mode TEXT NOT NULL DEFAULT '';        -- 'activation': begins with the first use
ALTER TABLE api_key ADD COLUMN activation_days INTEGER NOT NULL DEFAULT 0;      -- how many activation_unit it is valid for
ALTER TABLE api_key ADD COLUMN activation_unit TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN is_activated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN activated_at TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN permissions TEXT NOT NULL DEFAULT '[]';          -- a JSON array of texts, so below
ALTER TABLE api_key ADD COLUMN restricted_models TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_key ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN deleted_at TEXT NOT NULL DEFAULT '';

ALTER TABLE account ADD COLUMN max_concurrency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN rate_limited_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN rate_limit_end_at TEXT NOT NULL DEFAULT '';      -- some kinds of account write this end,
ALTER TABLE account ADD COLUMN rate_limit_reset_at TEXT NOT NULL DEFAULT '';    -- others that one
ALTER TABLE account ADD COLUMN opus_rate_limited_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN opus_rate_limit_end_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN fable_rate_limited_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN fable_rate_limit_end_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN unauthorized_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN blocked_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN temp_error_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN overloaded_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN quota_stopped_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN five_hour_auto_stopped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN session_window_start_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN session_window_end_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN session_window_status TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN five_hour_percent REAL;                          -- of the provider's window that is used
ALTER TABLE account ADD COLUMN five_hour_resets_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN seven_day_percent REAL;
ALTER TABLE account ADD COLUMN seven_day_resets_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN seven_day_opus_percent REAL;
ALTER TABLE account ADD COLUMN seven_day_opus_resets_at TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN primary_percent REAL;
ALTER TABLE account ADD COLUMN primary_reset_after_s INTEGER;                   -- seconds after windows_updated_at
ALTER TABLE account ADD COLUMN secondary_percent REAL;
ALTER TABLE account ADD COLUMN secondary_reset_after_s INTEGER;
ALTER TABLE account ADD COLUMN windows_updated_at TEXT NOT NULL DEFAULT '';

-- One thing that relays spell in three ways. It is over at rate_limited_until, if that is known, whatever the mark says.
ALTER TABLE account ADD COLUMN has_rate_limit_mark INTEGER
  AS (status IN ('rate_limited', 'rateLimited') OR rate_limit_status = 'limited') VIRTUAL;
ALTER TABLE account ADD COLUMN rate_limited_until TEXT
  AS (iif(rate_limit_end_at <> '', rate_limit_end_at, rate_limit_reset_at)) VIRTUAL;
