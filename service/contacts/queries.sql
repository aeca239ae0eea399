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

-- fragment: dated_contacts
-- Dated contacts with a number, each once, as parts of a WITH: calls of logs, and reported calls and messages; a call
-- reported for a minute in which a log tells one that came in is that call. Feeds tell neither who was called nor how
-- often ($1 number, $2 reporter or null for all, $3 logs, $4 reports or null for all, $5 at most so many of either, the
-- newest).
logged AS MATERIALIZED (
    SELECT number, reporter, started_at, is_incoming, is_answered, seconds FROM contacts
    WHERE number = $1 AND ($2::bytea IS NULL OR reporter = $2) AND evidence_ids && $3::uuid[]
    ORDER BY started_at DESC LIMIT $5
), reported AS MATERIALIZED (
    SELECT number, reporter, occurred_at, medium, connected, duration_seconds FROM reports
    WHERE number = $1 AND ($2::bytea IS NULL OR reporter = $2)
        AND ($4::uuid[] IS NULL OR report_id = ANY ($4))
        AND source_id = 0 AND time_known AND medium IN ('voice', 'sms') AND opinion = 'abusive' AND retracted_at IS NULL
    ORDER BY occurred_at DESC LIMIT $5
), dated AS (
    SELECT reporter, started_at AS at, true AS is_call, is_incoming, is_answered, seconds FROM logged
    UNION ALL
    SELECT reporter, occurred_at, medium = 'voice', true, coalesce(connected, duration_seconds > 0), duration_seconds
    FROM reported
    WHERE medium <> 'voice' OR NOT EXISTS (
        SELECT FROM logged
        WHERE logged.number = reported.number AND logged.reporter = reported.reporter AND logged.is_incoming
            AND date_trunc('minute', logged.started_at) = date_trunc('minute', reported.occurred_at)
    )
)

-- fragment: day_counts
-- The contacts of `dated` by reporter and day in China; all but the last two count those that came in, and a contact in
-- quiet hours may be a message ($6 seconds from which a call is effective, $7 hour at which quiet hours begin, $8 end).
SELECT
    reporter, (at AT TIME ZONE 'Asia/Shanghai')::date AS counted_on,
    count(*) FILTER (WHERE is_incoming AND is_call) AS dials,
    count(*) FILTER (WHERE is_incoming AND is_call AND is_answered) AS connected,
    count(*) FILTER (WHERE is_incoming AND is_call AND is_answered AND seconds >= $6) AS effective,
    count(*) FILTER (WHERE is_incoming AND is_call AND NOT is_answered) AS unanswered,
    count(*) FILTER (
        WHERE is_incoming AND NOT extract(hour FROM at AT TIME ZONE 'Asia/Shanghai') BETWEEN $8::integer AND $7::integer - 1
    ) AS quiet_hours,
    count(*) AS contacts,
    count(*) FILTER (WHERE NOT is_incoming) AS call_backs
FROM dated
GROUP BY reporter, counted_on

-- name: count_days
-- One reporter's ($2) dated contacts with a number ($1) by day, the earliest first ($3 logs, $4 reports or null for all,
-- $5 at most so many, $6 seconds of an effective call, $7 hour at which quiet hours begin, $8 end).
WITH
-- include: dated_contacts
, days AS (
    -- include: day_counts
)
SELECT counted_on, dials, connected, effective, unanswered, quiet_hours, contacts, call_backs
FROM days ORDER BY counted_on;

-- name: count_people
-- How many people dated contacts of a number came in to, how many calls, and then by violation how many people have a day
-- that exceeds a limit; null in place of the violation if nobody has ($1 number, $2 null for all reporters, $3 logs, $4 null
-- for all reports, $5 at most so many, $6 seconds of an effective call, $7 hour at which quiet hours begin, $8 end,
-- $9 violations, $10 counters, $11 what they allow a day, $12 first days on which they hold or null, $13 last days or null).
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
    JOIN unnest($9::text[], $10::text[], $11::integer[], $12::date[], $13::date[])
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
