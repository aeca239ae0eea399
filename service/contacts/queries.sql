-- name: insert_contacts
-- Notes calls of one reporter with one number out of a log; one that another log told already only notes that log as
-- well ($1 number, $2 reporter, $3 moments, $4 whether each came in, $5 whether it was answered or null, $6 seconds or
-- null, $7 evidence).
INSERT INTO contacts AS known (number, reporter, started_at, is_incoming, is_answered, seconds, evidence_ids)
SELECT $1, $2, call.started_at, call.is_incoming, call.is_answered, call.seconds, ARRAY[$7::uuid]
FROM unnest($3::timestamptz[], $4::boolean[], $5::boolean[], $6::integer[])
    AS call (started_at, is_incoming, is_answered, seconds)
ORDER BY call.started_at, call.is_incoming  -- one order of locks for all
ON CONFLICT (number, reporter, started_at, is_incoming) DO UPDATE SET
    evidence_ids = array_append(known.evidence_ids, $7::uuid),
    is_answered = coalesce(known.is_answered, excluded.is_answered),
    seconds = coalesce(known.seconds, excluded.seconds)
WHERE NOT known.evidence_ids @> ARRAY[$7::uuid];

-- name: list_logs
-- Call logs that are attached to reports of a number ($1 number, $2 reporter or null for all, $3 reports or null for
-- all).
SELECT evidence_id, report_id FROM evidence
WHERE number = $1 AND ($2::bytea IS NULL OR reporter = $2) AND media_type = 'text/csv'
    AND ($3::uuid[] IS NULL OR report_id = ANY ($3));

-- name: list_standing
-- Which of some reports were not retracted ($1 number, $2 reports).
SELECT report_id FROM reports WHERE number = $1 AND report_id = ANY ($2::uuid[]) AND retracted_at IS NULL;

-- name: delete_contacts
-- Forgets calls of one reporter with one number that none of some logs tells ($1 number, $2 reporter, $3 logs).
DELETE FROM contacts WHERE number = $1 AND reporter = $2 AND NOT evidence_ids && $3::uuid[];

-- name: delete_left
-- Forgets all calls whose logs are all gone.
DELETE FROM contacts WHERE NOT EXISTS (
    SELECT FROM evidence
    WHERE evidence.number = contacts.number AND evidence.evidence_id = ANY (contacts.evidence_ids)
);

-- name: list_logged
-- Calls with a number that one of some logs tells, the newest first ($1 number, $2 reporter or null for all, $3 logs,
-- $4 at most so many).
SELECT reporter, started_at, is_incoming, is_answered, seconds FROM contacts
WHERE number = $1 AND ($2::bytea IS NULL OR reporter = $2) AND evidence_ids && $3::uuid[]
ORDER BY started_at DESC LIMIT $4;

-- name: list_reported
-- Calls and messages of a number that people reported with their time, the newest first ($1 number, $2 reporter or null
-- for all, $3 reports or null for all, $4 at most so many). Feeds tell neither who was called nor how often.
SELECT reporter, occurred_at, medium, connected, duration_seconds FROM reports
WHERE number = $1 AND ($2::bytea IS NULL OR reporter = $2)
    AND ($3::uuid[] IS NULL OR report_id = ANY ($3))
    AND source_id = 0 AND time_known AND medium IN ('voice', 'sms') AND opinion = 'abusive' AND retracted_at IS NULL
ORDER BY occurred_at DESC LIMIT $4;
