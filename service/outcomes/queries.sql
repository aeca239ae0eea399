-- name: insert_outcome
-- Appends an outcome ($1 number, $2 source, $3 source id, $4 result, $5 decided on, $6 recorded at, $7 day of the report,
-- $8 report or null, $9 note, $10 confirmed at or null); returns nothing if the same was recorded before.
INSERT INTO outcomes (number, source, source_id, result, decided_on, recorded_at, reported_on, report_id, note, confirmed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: confirm_outcomes
-- Confirms what a filer said about the own case ($1 number, $2 source id, $3 when); returns how many there were.
WITH confirmed AS (
    UPDATE outcomes SET confirmed_at = $3
    WHERE number = $1 AND source = 'case' AND source_id = $2 AND confirmed_at IS NULL
    RETURNING true
)
SELECT count(*) FROM confirmed;

-- name: delete_claims
-- Deletes what a filer claimed about the own case and nobody has confirmed ($1 source id, $2 result, $3 decided on);
-- returns its numbers.
DELETE FROM outcomes
WHERE source = 'case' AND source_id = $1 AND result = $2 AND decided_on = $3 AND confirmed_at IS NULL
RETURNING number;

-- name: list_outcomes
-- All outcomes about a number ($1), oldest first.
SELECT number, source, source_id, result, decided_on, recorded_at, reported_on, report_id, note, confirmed_at
FROM outcomes WHERE number = $1 ORDER BY recorded_at, source_id;

-- name: list_rows
-- The rows with these ids ($2) that an agency ($1) received: number, report and when that was recorded, and whether the
-- row accused its number every time it was handed over.
SELECT DISTINCT ON (row_id)
    row_id, number, report_id, reported_at, bool_and(accuses) OVER (PARTITION BY row_id) AS accuses
FROM hand_overs WHERE row_id = ANY ($2::text[]) AND agency_id = $1
ORDER BY row_id, handed_at DESC;

-- name: list_rows_of_numbers
-- The ids of the rows about each of these numbers ($2) that an agency ($1) received, two at most: more than one names none.
SELECT wanted.number, array_agg(DISTINCT found.row_id) AS row_ids
FROM unnest($2::text[]) AS wanted (number)
CROSS JOIN LATERAL (
    SELECT DISTINCT row_id FROM hand_overs
    WHERE hand_overs.number = wanted.number AND agency_id = $1
    LIMIT 2
) AS found
GROUP BY wanted.number;

-- name: list_recorded
-- Results recorded for rows of agencies ($1 their numbers, $2 ids of the rows within their source).
SELECT source_id, result FROM outcomes
WHERE number = ANY ($1::text[]) AND source = 'agency' AND source_id = ANY ($2::text[]);
