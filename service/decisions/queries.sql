-- name: lock_decisions
-- Makes this transaction the only one that decides about a number ($1); waits for others.
SELECT pg_advisory_xact_lock(3, hashtext($1));

-- name: insert_decision
-- Appends what a person decided ($1 number, $2 when, $3 kind, $4 decision, $5 reason, $6 by whom, $7 first day of a
-- new owner or null).
INSERT INTO decisions (number, decided_at, kind, decision, reason, decided_by, epoch_from)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: close_former_disputes
-- Ends disputes of a number ($1) that were opened before its new owner's first day ($2), with the reason ($3 when, $4 why,
-- $5 by whom).
UPDATE disputes SET state = 'rejected', closed_at = $3, explanation = $4, decided_by = $5
WHERE number = $1 AND state = 'open' AND opened_at < $2::date::timestamp AT TIME ZONE 'Asia/Shanghai';

-- name: plan_settlement
-- Plans to give the reporters of a number what they have earned by a decision ($1 number, $2 when).
INSERT INTO agenda AS known (number, task, due_at) VALUES ($1, 'settle', $2)
ON CONFLICT (number, task) DO UPDATE SET due_at = excluded.due_at;

-- name: end_review
-- Removes a number ($1) from the queue of reviews.
DELETE FROM agenda WHERE number = $1 AND task = 'review';

-- name: list_decisions
-- All decisions about a number ($1), oldest first.
SELECT decided_at, decision, reason, decided_by, epoch_from FROM decisions WHERE number = $1 ORDER BY decided_at;

-- name: list_reviews
-- Numbers that wait for a person's decision, longest wait first, with their verdicts ($1 at most so many).
SELECT waiting.number, waiting.due_at AS waits_since, waiting.reasons, verdict, score, reporters_at_least,
       trust_probability, trust_without_strongest, effective_clusters
FROM (SELECT * FROM agenda WHERE task = 'review' ORDER BY due_at LIMIT $1) AS waiting
LEFT JOIN LATERAL (
    SELECT * FROM verdicts WHERE verdicts.number = waiting.number ORDER BY revision DESC LIMIT 1
) AS newest ON true
ORDER BY waits_since, number;

-- name: count_reviews
-- How many numbers wait for a person's decision.
SELECT count(*) FROM agenda WHERE task = 'review';

-- name: list_reporters_of
-- The reporters of the crowd who reported these numbers ($1), latest first ($2 at most so many).
SELECT reporter FROM reports WHERE number = ANY ($1::text[]) AND source_id = 0 AND is_counted
GROUP BY reporter
ORDER BY max(recorded_at) DESC, reporter
LIMIT $2;

-- name: list_opinions
-- What these reporters ($1) say about numbers, from an id of their reports on ($2): first about certain numbers ($3), then
-- about others, newest first ($4 at most so many).
SELECT number, encode(reporter, 'hex') AS reporter, opinion = 'abusive' AS is_abusive FROM reports
WHERE reporter = ANY ($1::bytea[]) AND source_id = 0 AND is_counted AND report_id >= $2
ORDER BY number = ANY ($3::text[]) DESC, report_id DESC
LIMIT $4;

-- name: list_scored_decisions
-- The newest score published before each decision since a time ($1), if it is of this model ($2), and whether the
-- number was found abusive; decisions that were released are left out.
SELECT score, decision = 'abusive' AS is_abusive
FROM decisions
CROSS JOIN LATERAL (
    SELECT score, model_version FROM verdicts
    WHERE verdicts.number = decisions.number AND verdicts.decided_at < decisions.decided_at
    ORDER BY revision DESC LIMIT 1
) AS earlier
WHERE decisions.decided_at >= $1 AND decision IN ('abusive', 'cleared') AND score IS NOT NULL AND model_version = $2
  AND NOT EXISTS (
      SELECT FROM decisions AS later
      WHERE later.number = decisions.number AND later.decided_at > decisions.decided_at AND later.decision = 'released'
  );

-- name: list_conclusions
-- What people concluded about a number ($1) since a moment ($2), oldest first: decisions, and disputes that they rejected.
SELECT decided_at, decision, reason FROM decisions
WHERE decisions.number = $1 AND decided_at >= $2
UNION ALL
SELECT closed_at, 'dispute_rejected', explanation FROM disputes
WHERE disputes.number = $1 AND state = 'rejected' AND closed_at >= $2
ORDER BY decided_at;
