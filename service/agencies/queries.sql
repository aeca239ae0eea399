-- name: insert_agency
-- Registers an agency ($1 name, $2 title, $3 rows in 30 days, $4 when); returns nothing if that name is taken.
INSERT INTO agencies (name, title, rows_per_30_days, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO NOTHING
RETURNING agency_id;

-- name: fetch_agency
-- An agency by its name ($1).
SELECT agency_id, name, title, rows_per_30_days FROM agencies WHERE name = $1;

-- name: fetch_binding
-- The agency that an API key ($1 id) is bound to, and the purpose.
SELECT agency_id, name, title, rows_per_30_days, purpose
FROM api_keys JOIN agencies USING (agency_id)
WHERE key_id = $1;

-- name: list_agencies
-- All agencies, with the number of rows that each received since a time ($1).
SELECT agency_id, name, title, rows_per_30_days, (
    SELECT coalesce(sum(rows_written), 0)::bigint FROM exports
    WHERE exports.agency_id = agencies.agency_id AND exports.finished_at > $1 AND state IN ('done', 'expired')
) AS rows_handed
FROM agencies ORDER BY name;

-- name: set_quota
-- Changes how many rows an agency ($1 name) may receive in 30 days ($2); returns nothing if there is no such agency.
UPDATE agencies SET rows_per_30_days = $2 WHERE name = $1 RETURNING agency_id;
