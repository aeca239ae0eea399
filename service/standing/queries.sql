-- name: list_due_settlements
-- Numbers whose reporters are due to get what they have earned ($1 now, $2 at most so many).
SELECT number FROM agenda WHERE task = 'settle' AND due_at <= $1 ORDER BY due_at LIMIT $2;

-- name: take_settlement
-- Removes the settlement of a number from the agenda ($1 number, $2 now); returns nothing if another process has.
DELETE FROM agenda WHERE number = $1 AND task = 'settle' AND due_at <= $2 RETURNING true;

-- name: list_claims
-- Of each reporter of a number ($1) in its present owner's time (from $2 on, or null) the report that counts, or,
-- if all were retracted, the first one.
SELECT DISTINCT ON (reporter) reporter, cluster, recorded_at, opinion = 'abusive' AS is_abusive, retracted_at FROM reports
WHERE number = $1 AND source_id = 0 AND (is_counted OR retracted_at IS NOT NULL)
  AND ($2::date IS NULL OR occurred_at >= $2::timestamp AT TIME ZONE 'Asia/Shanghai')
ORDER BY reporter, is_counted DESC, recorded_at;

-- name: fetch_visibility
-- When a verdict that lists a number ($1), or says that its listing is disputed, was first published in its present
-- owner's time (from $2 on, or null), and whether it is confirmed or listed now.
SELECT
    min(decided_at) FILTER (WHERE verdict IN ('suspected', 'confirmed', 'disputed')
        AND ($2::date IS NULL OR decided_at >= $2::timestamp AT TIME ZONE 'Asia/Shanghai')) AS visible_at,
    coalesce((array_agg(verdict ORDER BY revision DESC))[1] = 'confirmed', false) AS is_confirmed,
    coalesce((array_agg(verdict ORDER BY revision DESC))[1] IN ('suspected', 'confirmed', 'disputed'), false) AS is_listed
FROM verdicts WHERE number = $1;

-- name: list_credits
-- What these reporters ($2) have earned with a number ($1) so far.
SELECT reporter, confirmed, overturned FROM credits WHERE number = $1 AND reporter = ANY ($2::bytea[]) FOR UPDATE;

-- name: delete_credits
-- Deletes what these reporters ($2) have earned with a number ($1).
DELETE FROM credits WHERE number = $1 AND reporter = ANY ($2::bytea[]);

-- name: insert_credits
-- Stores what reporters have earned with a number ($1 number, $2 reporters, $3 confirmed, $4 overturned).
INSERT INTO credits (number, reporter, confirmed, overturned)
SELECT $1, reporter, confirmed, overturned
FROM unnest($2::bytea[], $3::smallint[], $4::smallint[]) AS t (reporter, confirmed, overturned)
ORDER BY reporter;

-- name: add_to_standings
-- Adds to the standing of reporters ($1 reporters, $2 confirmed, $3 overturned, either may be negative).
WITH earned AS MATERIALIZED (
    SELECT known.reporter, t.confirmed, t.overturned
    FROM unnest($1::bytea[], $2::integer[], $3::integer[]) AS t (reporter, confirmed, overturned)
    JOIN reporters AS known ON known.reporter = t.reporter
    ORDER BY known.reporter  -- one order of locks for all
    FOR UPDATE OF known
)
UPDATE reporters AS known SET
    confirmed = known.confirmed + earned.confirmed, overturned = known.overturned + earned.overturned
FROM earned WHERE known.reporter = earned.reporter;
