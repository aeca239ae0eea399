-- name: stream_events
-- All reports recorded before a time ($1) with what was added to them by then, as a history to learn from; days are
-- counted from 1970-01-01 in Asia/Shanghai, moments are seconds since then in UTC.
SELECT
    number, kind, (occurred_at AT TIME ZONE 'Asia/Shanghai')::date - '1970-01-01'::date AS day,
    extract(epoch FROM occurred_minute)::double precision AS minute,
    extract(epoch FROM reports.recorded_at)::double precision AS recorded_at,
    extract(epoch FROM retracted_at)::double precision AS retracted_at,
    cluster, reporter, is_simulated, added_at, added, violations,
    -- include: reports/facts
FROM reports
LEFT JOIN (
    SELECT number, report_id, array_agg(extract(epoch FROM recorded_at)::double precision) AS added_at, array_agg(place) AS added
    FROM report_supplements, unnest(violations) AS place
    WHERE recorded_at < $1
    GROUP BY 1, 2
) AS supplemented USING (number, report_id)
WHERE reports.recorded_at < $1;

-- name: list_epochs
-- When it was decided before a time ($1) that numbers have new owners, and from which day on.
SELECT number, extract(epoch FROM decided_at)::double precision AS decided_at, epoch_from - '1970-01-01'::date AS day
FROM decisions
WHERE decided_at < $1 AND decision = 'recycled'
ORDER BY number, decided_at;

-- name: list_decided
-- What people here, agencies and filings found about numbers before a time ($1), the newest of each that was not released
-- since.
SELECT number, (found_at AT TIME ZONE 'Asia/Shanghai')::date - '1970-01-01'::date AS day, is_abusive
FROM (
    SELECT DISTINCT ON (number) number, found_at, is_abusive
    FROM (
        SELECT number, decided_at AS found_at, CASE WHEN decision <> 'released' THEN decision = 'abusive' END AS is_abusive
        FROM decisions WHERE decision <> 'recycled'
        UNION ALL
        SELECT number, confirmed_at, result = 'upheld' FROM outcomes
        WHERE confirmed_at IS NOT NULL AND result IN ('upheld', 'rejected')
    ) AS found
    WHERE found_at < $1
    ORDER BY number, found_at DESC, is_abusive DESC
) AS newest
WHERE is_abusive IS NOT NULL;
