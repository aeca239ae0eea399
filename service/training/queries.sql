-- name: stream_events
-- All reports recorded before a time ($1), as a history to learn from; days are counted from 1970-01-01 in
-- Asia/Shanghai.
SELECT
    number, kind, (occurred_at AT TIME ZONE 'Asia/Shanghai')::date - '1970-01-01'::date AS day,
    (recorded_at AT TIME ZONE 'Asia/Shanghai')::date - '1970-01-01'::date AS recorded_day,
    (retracted_at AT TIME ZONE 'Asia/Shanghai')::date - '1970-01-01'::date AS retracted_day,
    cluster, reporter, is_counted, is_seasoned, weight * evidence_weight AS weight, medium = 'sms' AS is_message, caller,
    coalesce(connected, false) AS is_connected,
    CASE WHEN time_known THEN extract(hour FROM occurred_at AT TIME ZONE 'Asia/Shanghai')::integer END AS hour,
    relation, evidence_weight >= 1 AS has_evidence, opinion = 'legitimate' AS is_legitimate, violations, script
FROM reports
WHERE recorded_at < $1;

-- name: list_decided
-- What people decided about numbers before a time ($1), the newest of each.
SELECT DISTINCT ON (number)
    number, (decided_at AT TIME ZONE 'Asia/Shanghai')::date - '1970-01-01'::date AS day, decision = 'abusive' AS is_abusive
FROM decisions
WHERE decided_at < $1 AND decision IN ('abusive', 'cleared', 'protected')
ORDER BY number, decided_at DESC;
