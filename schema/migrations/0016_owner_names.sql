-- A key whose user is known by name only has an owner too: a change of that name is a change of owner.
DROP TRIGGER api_key_owner_added;
DROP TRIGGER api_key_owner_changed;

CREATE TRIGGER api_key_owner_added AFTER INSERT ON api_key
WHEN new.user_id <> '' OR new.user_username <> '' BEGIN
  UPDATE source_state SET owners_version = owners_version + 1;
END;
CREATE TRIGGER api_key_owner_changed AFTER UPDATE OF user_id, user_username ON api_key
WHEN iif(new.user_id <> '', new.user_id, new.user_username) <> iif(old.user_id <> '', old.user_id, old.user_username) BEGIN
  UPDATE source_state SET owners_version = owners_version + 1;
END;
UPDATE source_state SET owners_version = owners_version + 1;
