-- fragment: evidence
-- Pieces of evidence, without those who gave them.
SELECT number, report_id, evidence_id, media_type, size, sha256, wrapped_key, stored_at,
    sealed, file_made_at, file_made_from, is_zone_assumed, said_made_at
FROM evidence

-- name: list_evidence
-- What is attached to a report, in the reporter's order ($1 number, $2 report).
-- include: evidence
WHERE number = $1 AND report_id = $2
ORDER BY place NULLS LAST, stored_at, evidence_id;

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
-- $8 wrapped key, $9 what a report with it weighs or null, $10 when, $11 name and caption sealed, $12 when it was made as
-- the file says, $13 where it says so, $14 whether the zone was assumed, $15 when it was made as the reporter says).
INSERT INTO evidence (
    number, report_id, evidence_id, reporter, media_type, size, sha256, wrapped_key, weight, stored_at,
    sealed, file_made_at, file_made_from, is_zone_assumed, said_made_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: change_evidence
-- Changes what its reporter says about a piece ($1 number, $2 report, $3 id, $4 name and caption sealed, $5 when it was made).
UPDATE evidence SET sealed = $4, said_made_at = $5 WHERE number = $1 AND report_id = $2 AND evidence_id = $3;

-- name: order_evidence
-- Puts the pieces of a report into an order ($1 number, $2 report, $3 ids in that order).
UPDATE evidence SET place = wanted.place
FROM unnest($3::uuid[]) WITH ORDINALITY AS wanted (evidence_id, place)
WHERE number = $1 AND report_id = $2 AND evidence.evidence_id = wanted.evidence_id;

-- name: count_evidence
-- How many pieces a report has, and how many bytes its reporter keeps here, with what is announced and still arriving in
-- parts ($1 number, $2 report, $3 reporter, $4 an upload in parts that does not count, or null).
SELECT
    (SELECT count(*) FROM evidence WHERE number = $1 AND report_id = $2)
    + (
        SELECT count(*) FROM evidence_uploads
        WHERE number = $1 AND report_id = $2 AND evidence_id IS NULL AND upload_id IS DISTINCT FROM $4
    ) AS files,
    (SELECT coalesce(sum(size), 0)::bigint FROM evidence WHERE reporter = $3)
    + (
        SELECT coalesce(sum(size), 0)::bigint FROM evidence_uploads
        WHERE reporter = $3 AND evidence_id IS NULL AND upload_id IS DISTINCT FROM $4
    ) AS bytes;

-- name: sum_all
-- How many bytes of evidence there are in all, with the parts of what is still arriving.
SELECT (SELECT coalesce(sum(size), 0)::bigint FROM evidence) + (SELECT coalesce(sum(size), 0)::bigint FROM evidence_parts);

-- name: fetch_day_bytes
-- How many bytes came from a network on a day ($1 day, $2 network).
SELECT coalesce((SELECT bytes FROM evidence_days WHERE day = $1 AND network = $2), 0);

-- name: add_to_day
-- Counts bytes that came from a network on a day ($1 day, $2 network, $3 bytes); returns how many these are now.
INSERT INTO evidence_days AS known (day, network, bytes) VALUES ($1, $2, $3)
ON CONFLICT (day, network) DO UPDATE SET bytes = known.bytes + excluded.bytes
RETURNING bytes;

-- name: delete_days
-- Forgets what came from networks before a day ($1).
DELETE FROM evidence_days WHERE day < $1;

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
-- Which of these ids ($1) belong to no piece of evidence and to no part of one.
SELECT id FROM unnest($1::uuid[]) AS id
WHERE NOT EXISTS (SELECT FROM evidence WHERE evidence_id = id)
    AND NOT EXISTS (SELECT FROM evidence_parts WHERE part_id = id);

-- name: delete_left
-- Destroys the keys of evidence whose report is no more: it was made again in place of a retracted one.
DELETE FROM evidence WHERE NOT EXISTS (
    SELECT FROM reports
    WHERE reports.number = evidence.number AND reports.reporter = evidence.reporter
        AND reports.report_id = evidence.report_id
)
RETURNING evidence_id;

-- name: list_wrapped
-- Wrapped keys in the order of their ids, from behind one, those of parts as well ($1 id, $2 at most so many).
SELECT evidence_id, wrapped_key FROM evidence WHERE evidence_id > $1
UNION ALL
SELECT part_id, wrapped_key FROM evidence_parts WHERE part_id > $1
ORDER BY 1 LIMIT $2;

-- name: rewrap
-- Puts a key wrapped anew in place of one that has not changed meanwhile ($1 id, $2 as it was, $3 anew).
WITH parts AS (
    UPDATE evidence_parts SET wrapped_key = $3 WHERE part_id = $1 AND wrapped_key = $2
)
UPDATE evidence SET wrapped_key = $3 WHERE evidence_id = $1 AND wrapped_key = $2;

-- name: insert_upload
-- Begins an upload in parts ($1 number, $2 report, $3 id, $4 reporter, $5 size, $6 SHA-256 or null, $7 name and caption
-- sealed, $8 when it was made or null, $9 now).
INSERT INTO evidence_uploads
    (number, report_id, upload_id, reporter, size, sha256, sealed, said_made_at, began_at, moved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9);

-- name: count_uploads
-- How many uploads of a reporter ($1) are still arriving.
SELECT count(*) FROM evidence_uploads WHERE reporter = $1 AND evidence_id IS NULL;

-- name: fetch_upload
-- An upload of a report ($1 number, $2 report, $3 id), and in how many parts it has come so far.
SELECT upload_id, size, sha256, sealed, said_made_at, received, evidence_id, moved_at,
    (SELECT count(*) FROM evidence_parts AS part WHERE part.upload_id = evidence_uploads.upload_id) AS parts
FROM evidence_uploads WHERE number = $1 AND report_id = $2 AND upload_id = $3;

-- name: insert_part
-- Adds a part that is whole to its upload, if that has come just so far ($1 upload, $2 where the part starts, $3 id of the
-- object, $4 size, $5 SHA-256, $6 wrapped key, $7 now); returns how far it has come then, nothing if others came first.
WITH moved AS (
    UPDATE evidence_uploads SET received = received + $4, moved_at = $7
    WHERE upload_id = $1 AND received = $2 AND received + $4 <= size AND evidence_id IS NULL
    RETURNING received
), added AS (
    INSERT INTO evidence_parts (upload_id, starts_at, part_id, size, sha256, wrapped_key)
    SELECT $1, $2, $3, $4, $5, $6 FROM moved
)
SELECT received FROM moved;

-- name: list_parts
-- The parts of an upload ($1) in their order.
SELECT part_id, size, sha256, wrapped_key FROM evidence_parts WHERE upload_id = $1 ORDER BY starts_at;

-- name: delete_parts
-- Destroys the keys of the parts of an upload ($1); returns their objects.
DELETE FROM evidence_parts WHERE upload_id = $1 RETURNING part_id;

-- name: end_upload
-- Notes which piece of evidence an upload has become ($1 upload, $2 piece); returns nothing if it was given up meanwhile.
UPDATE evidence_uploads SET evidence_id = $2, sealed = NULL WHERE upload_id = $1 RETURNING true;

-- name: delete_upload
-- Gives an upload up ($1 number, $2 report, $3 id).
DELETE FROM evidence_uploads WHERE number = $1 AND report_id = $2 AND upload_id = $3 RETURNING upload_id;

-- name: delete_abandoned
-- Gives up uploads that have not moved since a moment ($1), and those whose report is no more.
DELETE FROM evidence_uploads WHERE moved_at < $1 OR NOT EXISTS (
    SELECT FROM reports
    WHERE reports.number = evidence_uploads.number AND reports.reporter = evidence_uploads.reporter
        AND reports.report_id = evidence_uploads.report_id
);

-- name: delete_left_parts
-- Destroys the keys of parts whose upload was given up or is whole; returns their objects.
DELETE FROM evidence_parts WHERE NOT EXISTS (
    SELECT FROM evidence_uploads
    WHERE evidence_uploads.upload_id = evidence_parts.upload_id AND evidence_id IS NULL
)
RETURNING part_id;
