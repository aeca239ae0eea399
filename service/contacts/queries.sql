-- name: insert_calls
-- Stores the calls of a log, each as a row of its own ($1 number, $2 reporter, $3 log, $4 when it was attached, $5 places,
-- $6 numbers of the calls, $7 moments, $8 precisions in seconds, $9 whether each is a call, $10 came in, $11 was answered or
-- null, $12 seconds or null, $13 whether these are rounded).
INSERT INTO logged_calls (
    number, reporter, evidence_id, noted_at, place, call_number, started_at, precision_seconds, is_call, is_incoming,
    is_answered, seconds, is_rounded
)
SELECT $1, $2, $3, $4, call.*
FROM unnest(
    $5::integer[], $6::integer[], $7::timestamptz[], $8::integer[], $9::boolean[], $10::boolean[], $11::boolean[],
    $12::integer[], $13::boolean[]
) AS call;

-- name: rename_calls
-- Gives calls that turned out to be another one the number of that one ($1 number, $2 reporter, $3 old numbers, $4 new).
UPDATE logged_calls AS known SET call_number = renamed.later
FROM unnest($3::integer[], $4::integer[]) AS renamed (earlier, later)
WHERE known.number = $1 AND known.reporter = $2 AND known.call_number = renamed.earlier;

-- name: list_calls
-- The stored calls of a reporter with a number, log by log, each log's in order ($1 number, $2 reporter, $3 at most so
-- many).
SELECT evidence_id, call_number, started_at, precision_seconds, is_call, is_incoming, is_answered, seconds, is_rounded
FROM logged_calls WHERE number = $1 AND reporter = $2
ORDER BY evidence_id, place LIMIT $3;

-- name: list_stored_logs
-- The logs of a reporter that tell calls with a number, and how many each tells ($1 number, $2 reporter).
SELECT evidence_id, count(*) AS calls FROM logged_calls WHERE number = $1 AND reporter = $2
GROUP BY evidence_id ORDER BY evidence_id;

-- name: list_logs
-- Call logs that are attached to reports of a number ($1 number, $2 reporter or null for all, $3 reports or null for
-- all, $4 the types that call logs have).
SELECT evidence_id, report_id FROM evidence
WHERE number = $1 AND ($2::bytea IS NULL OR reporter = $2) AND media_type = ANY ($4::text[])
    AND ($3::uuid[] IS NULL OR report_id = ANY ($3));

-- name: list_standing
-- Which of some reports were not retracted ($1 number, $2 reports).
SELECT report_id FROM reports WHERE number = $1 AND report_id = ANY ($2::uuid[]) AND retracted_at IS NULL;

-- name: delete_calls
-- Forgets the calls of one log ($1 number, $2 reporter, $3 log).
DELETE FROM logged_calls WHERE number = $1 AND reporter = $2 AND evidence_id = $3;

-- name: store_log
-- Notes what a log said, in place of what was noted before ($1 number, $2 report, $3 log, $4 calls, $5 rows that could not
-- be read, $6 the first of them as JSON).
INSERT INTO call_logs (number, report_id, evidence_id, counted, unread_rows, unread) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (number, report_id, evidence_id) DO UPDATE
SET counted = excluded.counted, unread_rows = excluded.unread_rows, unread = excluded.unread;

-- name: list_read_logs
-- What the logs of a report said ($1 number, $2 report).
SELECT evidence_id, counted, unread_rows, unread FROM call_logs WHERE number = $1 AND report_id = $2;

-- name: delete_log
-- Forgets what a log said ($1 number, $2 report, $3 log).
DELETE FROM call_logs WHERE number = $1 AND report_id = $2 AND evidence_id = $3;

-- name: delete_left
-- Forgets all calls whose logs are gone.
DELETE FROM logged_calls WHERE NOT EXISTS (
    SELECT FROM evidence
    WHERE evidence.number = logged_calls.number AND evidence.evidence_id = logged_calls.evidence_id
);

-- name: delete_left_logs
-- Forgets what logs said that are gone.
DELETE FROM call_logs WHERE NOT EXISTS (
    SELECT FROM evidence
    WHERE evidence.number = call_logs.number AND evidence.report_id = call_logs.report_id
        AND evidence.evidence_id = call_logs.evidence_id
);

-- fragment: dated_contacts
-- Dated contacts with a number, each once, as parts of a WITH: those of logs, and reported ones; what is reported for a
-- time about which a log tells one of the same kind is that one ($9 seconds either way, and never at the cost of what
-- became of the call, but within a minute nobody has two). The rows of several logs with one number are one call: the log
-- that was attached first tells when it was, it was answered or not if no log contradicts, it lasted as long as the
-- shortest length that is not rounded, and it was in quiet hours if every log says so. Feeds tell neither who was called nor how often
-- ($1 number, $2 reporter or null for all, $3 logs, $4 reports or null for all, $5 at most so many of either, the newest,
-- $7 hour at which quiet hours begin, $8 end).
logged AS MATERIALIZED (
    SELECT
        reporter, call_number, started_at, precision_seconds, is_call, is_incoming, is_answered, seconds, is_rounded,
        noted_at, evidence_id, floor(extract(epoch FROM started_at) / 256)::bigint AS stretch,
        NOT extract(hour FROM started_at AT TIME ZONE 'Asia/Shanghai') BETWEEN $8::integer AND $7::integer - 1 AS is_quiet
    FROM logged_calls
    WHERE number = $1 AND ($2::bytea IS NULL OR reporter = $2) AND evidence_id = ANY ($3::uuid[])
    ORDER BY started_at DESC LIMIT $5
), near AS MATERIALIZED (
    SELECT
        reporter, is_call, is_answered, started_at, precision_seconds, stretch + step AS stretch
    FROM logged CROSS JOIN (VALUES (-1), (0), (1)) AS steps (step)
    WHERE is_incoming
), reported AS MATERIALIZED (
    SELECT
        reporter, occurred_at, medium = 'voice' AS is_call, coalesce(connected, duration_seconds > 0) AS is_answered,
        duration_seconds, floor(extract(epoch FROM occurred_at) / 256)::bigint AS stretch
    FROM reports
    WHERE number = $1 AND ($2::bytea IS NULL OR reporter = $2)
        AND ($4::uuid[] IS NULL OR report_id = ANY ($4))
        AND source_id = 0 AND time_known AND medium IN ('voice', 'sms') AND opinion = 'abusive' AND retracted_at IS NULL
    ORDER BY occurred_at DESC LIMIT $5
), dated AS (
    SELECT
        reporter, (array_agg(started_at ORDER BY noted_at, evidence_id))[1] AS at, is_call, is_incoming,
        CASE WHEN bool_and(is_answered) = bool_or(is_answered) THEN bool_and(is_answered) END AS is_answered,
        coalesce(min(seconds) FILTER (WHERE NOT is_rounded), min(seconds)) AS seconds, bool_and(is_quiet) AS is_quiet
    FROM logged
    GROUP BY reporter, call_number, is_call, is_incoming
    UNION ALL
    SELECT
        reporter, occurred_at, is_call, true, is_answered, duration_seconds,
        NOT extract(hour FROM occurred_at AT TIME ZONE 'Asia/Shanghai') BETWEEN $8::integer AND $7::integer - 1
    FROM reported
    WHERE NOT EXISTS (
        SELECT FROM near
        WHERE near.reporter = reported.reporter AND near.stretch = reported.stretch AND near.is_call = reported.is_call
            AND abs(extract(epoch FROM near.started_at - reported.occurred_at)) < $9::integer + near.precision_seconds
            AND (
                near.is_answered IS NOT DISTINCT FROM reported.is_answered
                OR near.is_answered IS NULL OR reported.is_answered IS NULL
                OR abs(extract(epoch FROM near.started_at - reported.occurred_at)) < 60
            )
    )
)

-- fragment: day_counts
-- The contacts of `dated` by reporter and day in China; all but the last two count those that came in, and a contact in
-- quiet hours may be a message ($6 seconds from which a call is effective).
SELECT
    reporter, (at AT TIME ZONE 'Asia/Shanghai')::date AS counted_on,
    count(*) FILTER (WHERE is_incoming AND is_call) AS dials,
    count(*) FILTER (WHERE is_incoming AND is_call AND is_answered) AS connected,
    count(*) FILTER (WHERE is_incoming AND is_call AND is_answered AND seconds >= $6) AS effective,
    count(*) FILTER (WHERE is_incoming AND is_call AND NOT is_answered) AS unanswered,
    count(*) FILTER (WHERE is_incoming AND is_quiet) AS quiet_hours,
    count(*) AS contacts,
    count(*) FILTER (WHERE NOT is_incoming) AS call_backs
FROM dated
GROUP BY reporter, counted_on

-- name: count_days
-- One reporter's ($2) dated contacts with a number ($1) by day, the earliest first ($3 logs, $4 reports or null for all,
-- $5 at most so many, $6 seconds of an effective call, $7 hour at which quiet hours begin, $8 end, $9 seconds by which a
-- report and a log may differ).
WITH
-- include: dated_contacts
, days AS (
    -- include: day_counts
)
SELECT counted_on, dials, connected, effective, unanswered, quiet_hours, contacts, call_backs
FROM days ORDER BY counted_on;

-- name: count_hours
-- What came in to one reporter ($2) from a number ($1) by day and hour in China, the newest first ($3 logs, $4 reports or null
-- for all, $5 at most so many contacts, $6 seconds of an effective call, $7 hour at which quiet hours begin, $8 end, $9 seconds
-- by which a report and a log may differ, $10 at most so many hours).
WITH
-- include: dated_contacts
SELECT
    (at AT TIME ZONE 'Asia/Shanghai')::date AS counted_on, extract(hour FROM at AT TIME ZONE 'Asia/Shanghai')::integer AS hour,
    count(*) AS contacts, count(*) FILTER (WHERE is_call AND is_answered AND seconds >= $6) AS effective
FROM dated WHERE is_incoming
GROUP BY counted_on, hour ORDER BY counted_on DESC, hour LIMIT $10;

-- name: count_people
-- How many people dated contacts of a number came in to, how many calls, and then by violation how many people have a day
-- that exceeds a limit; null in place of the violation if nobody has ($1 number, $2 null for all reporters, $3 logs, $4 null
-- for all reports, $5 at most so many, $6 seconds of an effective call, $7 hour at which quiet hours begin, $8 end, $9 seconds
-- by which a report and a log may differ, $10 violations, $11 counters, $12 what they allow a day, $13 first days on which
-- they hold or null, $14 last days or null).
WITH
-- include: dated_contacts
, days AS (
    -- include: day_counts
), totals AS (
    SELECT count(DISTINCT reporter) AS people, coalesce(sum(dials), 0)::bigint AS calls
    FROM days WHERE contacts > call_backs
), found AS (
    SELECT violation, count(DISTINCT reporter) AS people
    FROM days
    JOIN unnest($10::text[], $11::text[], $12::integer[], $13::date[], $14::date[])
        AS bound (violation, counter, allowed, first_on, last_on)
        ON counted_on >= coalesce(first_on, '-infinity') AND counted_on <= coalesce(last_on, 'infinity')
        AND CASE counter
            WHEN 'effective' THEN effective WHEN 'unanswered' THEN unanswered
            WHEN 'quiet_hours' THEN quiet_hours WHEN 'connected' THEN connected WHEN 'dials' THEN dials
        END > allowed
    GROUP BY violation
)
SELECT totals.people, totals.calls, found.violation, found.people AS exceeding
FROM totals LEFT JOIN found ON true
ORDER BY found.violation;
