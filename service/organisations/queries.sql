-- name: lock_organisations
-- Makes this transaction the only one that changes organisations; waits for others.
SELECT pg_advisory_xact_lock(22);

-- name: announce_organisations
-- Has every replica take over the organisations as they are now.
UPDATE feed_head SET organisations_revision = organisations_revision + 1;

-- name: insert_organisation
-- Registers an organisation ($1 name, $2 where to complain, $3 keyed hash of its token, $4 what the operator saw, $5 by whom,
-- $6 when); returns its id, or nothing if the name is taken.
INSERT INTO organisations (name, complaints, owner, reason, verified_by, verified_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name) DO NOTHING
RETURNING organisation_id;

-- name: insert_range
-- Adds a range to an organisation ($1 first number, $2 last number, $3 organisation).
INSERT INTO organisation_ranges (first_number, last_number, organisation_id) VALUES ($1, $2, $3);

-- name: delete_organisation
-- Ends the verification of an organisation ($1 name), with its ranges; returns nothing if there is none.
DELETE FROM organisations WHERE name = $1 RETURNING true;

-- name: list_lines
-- All ranges with the organisation that each belongs to.
SELECT first_number, last_number, name, complaints, verified_at
FROM organisation_ranges JOIN organisations USING (organisation_id)
ORDER BY name, first_number;

-- name: fetch_organisation
-- The organisation behind a pseudonym ($1) and its ranges; no row if there is none.
SELECT name, verified_at, array_agg(first_number ORDER BY first_number) AS firsts,
    array_agg(last_number ORDER BY first_number) AS lasts
FROM organisations JOIN organisation_ranges USING (organisation_id)
WHERE owner = $1 GROUP BY organisation_id;
