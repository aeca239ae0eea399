-- name: fetch_newest
-- The newest week that was published, with the counts behind its bands of what goes on.
SELECT week_from, held FROM public_figures ORDER BY week_from DESC LIMIT 1;

-- name: insert_week
-- Publishes a week ($1 its Monday, $2 when it was computed, $3 figures, $4 counts that are held); what was published stays.
INSERT INTO public_figures (week_from, computed_at, figures, held) VALUES ($1, $2, $3, $4)
ON CONFLICT (week_from) DO NOTHING;

-- name: list_weeks
-- The newest weeks that were published, at most $1, the newest first.
SELECT figures FROM public_figures ORDER BY week_from DESC LIMIT $1;

-- name: count_reports
-- What was reported in a week ($1 from, $2 until) and counts: by people here and by how many of them, and by partners.
SELECT
    count(*) FILTER (WHERE source_id = 0) AS reports,
    count(DISTINCT reporter) FILTER (WHERE source_id = 0) AS reporters,
    count(*) FILTER (WHERE source_id <> 0) AS partner_reports
FROM reports
WHERE recorded_at >= $1 AND recorded_at < $2 AND retracted_at IS NULL AND NOT is_simulated;

-- name: count_retracted
-- How many reports their reporters took back in a week ($1 from, $2 until). A restriction, which may end, is none.
SELECT count(*) FROM reports
LEFT JOIN reporters USING (reporter)
WHERE retracted_at >= $1 AND retracted_at < $2 AND source_id = 0 AND NOT is_simulated
  AND retracted_at IS DISTINCT FROM restricted_at;

-- name: count_numbers
-- How many numbers had each verdict at a moment ($1).
SELECT verdict, count(*) AS numbers FROM (
    SELECT DISTINCT ON (number) verdict, is_simulated FROM verdicts WHERE decided_at < $1 ORDER BY number, revision DESC
) AS newest
WHERE verdict <> 'unknown' AND NOT is_simulated
GROUP BY verdict;

-- name: count_disputes
-- Disputes of a week ($1 from, $2 until, $3 its last day): opened, ended by how, the median of the days that decided ones
-- took, and how many were overdue at its end.
SELECT
    count(*) FILTER (WHERE opened_at >= $1) AS opened,
    count(*) FILTER (WHERE closed_at >= $1 AND closed_at < $2 AND state = 'upheld') AS upheld,
    count(*) FILTER (WHERE closed_at >= $1 AND closed_at < $2 AND state = 'rejected') AS rejected,
    count(*) FILTER (WHERE closed_at >= $1 AND closed_at < $2 AND state = 'withdrawn') AS withdrawn,
    percentile_disc(0.5) WITHIN GROUP (
        ORDER BY (closed_at AT TIME ZONE 'Asia/Shanghai')::date - (opened_at AT TIME ZONE 'Asia/Shanghai')::date
    ) FILTER (WHERE closed_at >= $1 AND closed_at < $2 AND state IN ('upheld', 'rejected')) AS median_days,
    count(*) FILTER (WHERE due_on < $3 AND (closed_at IS NULL OR closed_at >= $2)) AS overdue
FROM disputes WHERE opened_at < $2;

-- name: list_handed_over
-- Exports that were written in a week ($1 from, $2 until), by the agency that received them, and their rows.
SELECT title AS agency, count(export_id) AS exports, coalesce(sum(rows_written), 0)::bigint AS rows
FROM agencies
LEFT JOIN exports ON exports.agency_id = agencies.agency_id
    AND finished_at >= $1 AND finished_at < $2 AND state IN ('done', 'expired')
WHERE agencies.created_at < $2
GROUP BY agencies.agency_id, title ORDER BY title, agencies.agency_id;

-- name: count_decisions
-- What people decided about numbers in a week ($1 from, $2 until).
SELECT decision, count(*) AS decisions FROM decisions
WHERE decided_at >= $1 AND decided_at < $2 GROUP BY decision;
