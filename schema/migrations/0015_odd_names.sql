-- What Redis calls those ids and models that cannot be shown as they are: empty, long, no UTF-8, with control
-- characters (schema/shown_name.h). All other tables hold the shown name, also those that were written before.
CREATE TABLE odd_name (
  shown TEXT PRIMARY KEY,
  name  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO odd_name
SELECT DISTINCT shown_name(name), CAST(name AS BLOB)
FROM (SELECT entity AS name FROM series UNION SELECT model FROM series UNION SELECT id FROM api_key
      UNION SELECT group_id FROM api_key UNION SELECT id FROM account UNION SELECT id FROM account_group
      UNION SELECT api_key FROM api_key_binding UNION SELECT target FROM api_key_binding
      UNION SELECT group_id FROM group_member UNION SELECT account FROM group_member)
WHERE shown_name(name) <> name;

UPDATE series SET entity = shown_name(entity), model = shown_name(model)
WHERE shown_name(entity) <> entity OR shown_name(model) <> model;
UPDATE api_key SET id = shown_name(id) WHERE shown_name(id) <> id;
UPDATE api_key SET group_id = shown_name(group_id) WHERE shown_name(group_id) <> group_id;
UPDATE account SET id = shown_name(id) WHERE shown_name(id) <> id;
UPDATE account_group SET id = shown_name(id) WHERE shown_name(id) <> id;
UPDATE api_key_binding SET api_key = shown_name(api_key), target = shown_name(target)
WHERE shown_name(api_key) <> api_key OR shown_name(target) <> target;
UPDATE group_member SET group_id = shown_name(group_id), account = shown_name(account)
WHERE shown_name(group_id) <> group_id OR shown_name(account) <> account;

-- Texts of others that are no names; the relay's keys and accounts are read again at the start, but not those that are gone.
UPDATE api_key SET name = shown_text(name), description = shown_text(description), tags = shown_text(tags),
                   user_id = shown_text(user_id), user_username = shown_text(user_username)
WHERE shown_text(name) <> name OR shown_text(description) <> description OR shown_text(tags) <> tags
   OR shown_text(user_id) <> user_id OR shown_text(user_username) <> user_username;
UPDATE account SET name = shown_text(name), description = shown_text(description), platform = shown_text(platform),
                   status = shown_text(status), error_message = shown_text(error_message),
                   account_type = shown_text(account_type), rate_limit_status = shown_text(rate_limit_status)
WHERE shown_text(name) <> name OR shown_text(description) <> description OR shown_text(platform) <> platform
   OR shown_text(status) <> status OR shown_text(error_message) <> error_message
   OR shown_text(account_type) <> account_type OR shown_text(rate_limit_status) <> rate_limit_status;
UPDATE account_group SET name = shown_text(name), platform = shown_text(platform),
                         description = shown_text(description)
WHERE shown_text(name) <> name OR shown_text(platform) <> platform OR shown_text(description) <> description;
UPDATE source_state SET redis_version = shown_text(redis_version), problem = shown_text(problem);
