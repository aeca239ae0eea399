-- name: claim_idempotency_key
-- Claims a key for the running transaction ($1 principal, $2 key, $3 request hash, $4 name of the lock,
-- $5 now). `held` is false while another transaction works under the key; `is_new` is null when it was used.
WITH gate AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended($4, 0)) AS held
), claimed AS (
    INSERT INTO idempotency_keys (principal, key, request_hash, created_at)
    SELECT $1, $2, $3, $5 FROM gate WHERE held
    ON CONFLICT (principal, key) DO NOTHING
    RETURNING true AS is_new
)
SELECT gate.held, claimed.is_new, known.request_hash, known.status, known.body
FROM gate
LEFT JOIN claimed ON true
LEFT JOIN idempotency_keys AS known ON known.principal = $1 AND known.key = $2;

-- name: keep_reply
-- Keeps the reply for replays ($1 principal, $2 key, $3 status, $4 body).
UPDATE idempotency_keys SET status = $3, body = $4 WHERE principal = $1 AND key = $2;

-- name: delete_idempotency_keys
-- Forgets keys made before $1.
DELETE FROM idempotency_keys WHERE created_at < $1;

-- name: insert_api_key
-- Stores a new key by its hash ($1 hash, $2 id, $3 label, $4 scopes, $5 source, $6 limit, $7 now, $8 expiry, $9 agency,
-- $10 purpose).
WITH announced AS (UPDATE feed_head SET keys_revision = keys_revision + 1)
INSERT INTO api_keys
    (key_hash, key_id, label, scopes, source_id, limit_per_second, created_at, expires_at, agency_id, purpose)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: revoke_api_key
-- Revokes a key ($1 id, $2 now); gives its id, or nothing when there is no such valid key.
WITH announced AS (UPDATE feed_head SET keys_revision = keys_revision + 1)
UPDATE api_keys SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL RETURNING key_id;

-- name: list_api_keys
-- All keys, oldest first.
SELECT key_hash, key_id, label, scopes, source_id, limit_per_second, created_at, expires_at, revoked_at, agency_id, purpose
FROM api_keys ORDER BY created_at, key_id;
