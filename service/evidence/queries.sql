-- fragment: evidence
-- Pieces of evidence, without those who gave them.
SELECT number, report_id, evidence_id, media_type, size, sha256, wrapped_key, stored_at
FROM evidence

-- name: list_evidence
-- What is attached to a report, oldest first ($1 number, $2 report).
-- include: evidence
WHERE number = $1 AND report_id = $2
ORDER BY stored_at, evidence_id;

-- name: fetch_evidence
-- One piece of a report's evidence ($1 number, $2 report, $3 id).
-- include: evidence
WHERE number = $1 AND report_id = $2 AND evidence_id = $3;

-- name: fetch_same
-- The piece of a report's evidence with a content ($1 number, $2 report, $3 SHA-256).
-- include: evidence
WHERE number = $1 AND report_id = $2 AND sha256 = $3;

-- name: is_used
-- Whether a content raises a report already, of the same number or of the same reporter ($1 number, $2 reporter,
-- $3 SHA-256): nothing speaks twice.
SELECT EXISTS (SELECT FROM evidence WHERE number = $1 AND sha256 = $3 AND weight IS NOT NULL)
    OR EXISTS (SELECT FROM evidence WHERE reporter = $2 AND sha256 = $3 AND weight IS NOT NULL);

-- name: insert_evidence
-- Attaches an object that is whole ($1 number, $2 report, $3 id, $4 reporter, $5 media type, $6 size, $7 SHA-256,
-- $8 wrapped key, $9 what a report with it weighs or null, $10 when).
INSERT INTO evidence
    (number, report_id, evidence_id, reporter, media_type, size, sha256, wrapped_key, weight, stored_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: count_evidence
-- How many pieces a report has, and how many bytes its reporter keeps here ($1 number, $2 report, $3 reporter).
SELECT
    (SELECT count(*) FROM evidence WHERE number = $1 AND report_id = $2) AS files,
    (SELECT coalesce(sum(size), 0)::bigint FROM evidence WHERE reporter = $3) AS bytes;

-- name: delete_evidence
-- Destroys the key of a piece of evidence ($1 number, $2 report, $3 id); nothing when there is none.
DELETE FROM evidence WHERE number = $1 AND report_id = $2 AND evidence_id = $3 RETURNING evidence_id;

-- name: fetch_best_weight
-- What a report's best evidence makes it weigh, null without any that raises it ($1 number, $2 report).
SELECT max(weight) FROM evidence WHERE number = $1 AND report_id = $2;

-- name: weigh_report
-- Gives a report a weight ($1 number, $2 reporter, $3 report, $4 weight); nothing when it has that already.
UPDATE reports SET evidence_weight = $4
WHERE number = $1 AND reporter = $2 AND report_id = $3 AND evidence_weight <> $4
RETURNING report_id;

-- name: list_unknown
-- Which of these ids ($1) belong to no piece of evidence.
SELECT id FROM unnest($1::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM evidence WHERE evidence_id = id);

-- name: delete_left
-- Destroys the keys of evidence whose report is no more: it was made again in place of a retracted one.
DELETE FROM evidence WHERE NOT EXISTS (
    SELECT FROM reports
    WHERE reports.number = evidence.number AND reports.reporter = evidence.reporter
        AND reports.report_id = evidence.report_id
)
RETURNING evidence_id;

-- name: list_wrapped
-- Wrapped keys in the order of their ids, from behind one ($1 id, $2 at most so many).
SELECT evidence_id, wrapped_key FROM evidence WHERE evidence_id > $1 ORDER BY evidence_id LIMIT $2;

-- name: rewrap
-- Puts a key wrapped anew in place of one that has not changed meanwhile ($1 id, $2 as it was, $3 anew).
UPDATE evidence SET wrapped_key = $3 WHERE evidence_id = $1 AND wrapped_key = $2;
