-- name: list_queues
-- How much waits in each queue and since when its oldest entry does ($1 now). Of numbers that wait for a verdict at most
-- 100,000 are looked at.
SELECT 'scoring' AS queue, count(*) AS waiting, min(waits_since) AS oldest_at
FROM (SELECT waits_since FROM changed_numbers LIMIT 100000) AS changed
UNION ALL
SELECT 'approvals', count(*), min(created_at) FROM exports WHERE state = 'requested'
UNION ALL
SELECT 'exports', count(*), min(coalesce(decided_at, created_at)) FROM exports WHERE state IN ('queued', 'running')
UNION ALL
SELECT 'disputes', count(*), min(opened_at) FROM disputes WHERE state = 'open'
UNION ALL
SELECT 'reviews', count(*), min(due_at) FROM agenda WHERE task = 'review' AND due_at <= $1
UNION ALL
SELECT 'settlements', count(*), min(due_at) FROM agenda WHERE task = 'settle' AND due_at <= $1
UNION ALL
SELECT 'webhooks', count(*), min(created_at) FROM webhook_messages WHERE ended_at IS NULL AND next_at <= $1
UNION ALL
SELECT 'reminders', count(*), min(remind_at) FROM case_reminders WHERE remind_at <= $1;

-- name: count_today
-- People who signed up and reports that were stored since a moment ($1), without simulated reports.
SELECT
    (SELECT count(*) FROM reporters WHERE created_at >= $1) AS sign_ups,
    (SELECT count(*) FROM reports WHERE recorded_at >= $1 AND NOT is_simulated) AS reports;

-- name: list_begun
-- When chores of upkeep were begun last, and when the last backup was made.
SELECT task, begun_at FROM upkeep;
