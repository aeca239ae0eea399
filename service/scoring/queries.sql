-- name: claim_changed
-- Takes changed numbers for one scorer, live reports before imports ($1 claim, $2 now, $3 claimed until,
-- $4 at most so many). A claim that ran out is free for all.
WITH waiting AS (
    SELECT number FROM changed_numbers
    WHERE claimed_until IS NULL OR claimed_until < $2
    ORDER BY is_bulk, number
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
UPDATE changed_numbers AS taken SET claim = $1, claimed_until = $3
FROM waiting WHERE taken.number = waiting.number
RETURNING taken.number, taken.version;

-- name: settle_changed
-- Ends a claim in the transaction that publishes ($1 claim, $2 numbers, $3 their versions as claimed). Numbers
-- that changed again stay in line. Gives those that were still this scorer's own.
WITH own AS MATERIALIZED (
    SELECT known.number, known.version = done.version AS is_done
    FROM changed_numbers AS known
    JOIN unnest($2::text[], $3::integer[]) AS done (number, version) ON done.number = known.number
    WHERE known.claim = $1
    ORDER BY known.number
    FOR UPDATE OF known
), finished AS (
    DELETE FROM changed_numbers AS known USING own WHERE known.number = own.number AND own.is_done
), again AS (
    UPDATE changed_numbers AS known SET claim = NULL, claimed_until = NULL
    FROM own WHERE known.number = own.number AND NOT own.is_done
)
SELECT number FROM own;

-- name: count_changed
-- About how many numbers wait, from the planner's statistics: exact counting would read the whole table.
SELECT greatest(n_live_tup, 0) FROM pg_stat_user_tables WHERE relname = 'changed_numbers';

-- name: count_waiting
-- Exactly how many numbers wait.
SELECT count(*) FROM changed_numbers;

-- name: mark_next_changed
-- Puts the next numbers with signals in line again, for a new model ($1 none of these kinds, $2 those after this one,
-- $3 at most so many); returns the last of them, or nothing.
WITH waiting AS MATERIALIZED (
    SELECT DISTINCT number FROM daily_signals WHERE number > $2 AND kind <> ALL ($1::text[]) ORDER BY number LIMIT $3
), marked AS (
    -- include: reports/put_in_line
)
SELECT max(number) FROM waiting;

-- name: list_signals
-- What is known of numbers ($1), one row a number, day and cluster; days are counted from 1970-01-01. Of the row's source
-- comes when the operator decided against it, and last whether it may confirm numbers by itself. A row that an earlier
-- release wrote may not say its source.
SELECT
    number, kind, is_simulated, CASE WHEN sources.vetting = 'unvetted' THEN sources.vetting_at END AS lost_vetting_at,
    on_day - '1970-01-01'::date AS day, cluster,
    -- include: reports/day_columns
    , coalesce(sources.source_id = 0 OR sources.vetting = 'vetted', false) AS is_vetted
FROM daily_signals
LEFT JOIN sources ON sources.source_id = coalesce(daily_signals.source_id, (
    SELECT max(reports.source_id) FROM reports
    WHERE reports.number = daily_signals.number AND reports.cluster = daily_signals.cluster
), 0)
WHERE number = ANY ($1::text[]);

-- name: list_block_activity
-- Reports against every number of these blocks ($1, each the start of its numbers' keys, four digits short) since
-- a day ($2): one row a number and day. A block is one range of the key.
SELECT known.number, known.on_day - '1970-01-01'::date AS day, sum(known.reports - known.legitimate)::integer AS reports
FROM unnest($1::text[]) AS block
CROSS JOIN LATERAL (
    SELECT number, on_day, reports, legitimate FROM daily_signals
    WHERE number >= block AND number < block || ':' AND length(number) = length(block) + 4 AND on_day >= $2
) AS known
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: list_rulings
-- The newest decision of a person about each of these numbers ($1), and the first day of its present owner.
SELECT DISTINCT ON (number)
    number, kind, decision, decided_at, (decided_at AT TIME ZONE 'Asia/Shanghai')::date - '1970-01-01'::date AS day,
    max(epoch_from) OVER (PARTITION BY number) - '1970-01-01'::date AS epoch_day
FROM decisions
WHERE number = ANY ($1::text[])
ORDER BY number, decided_at DESC;

-- name: list_disputed
-- Those of these numbers ($1) that have an open dispute.
SELECT number FROM disputes WHERE number = ANY ($1::text[]) AND state = 'open';

-- name: list_findings
-- What outcomes say of each of these numbers ($1) in its present owner's time: one finding that it was as reported
-- outweighs others, of equals the newest.
SELECT DISTINCT ON (outcomes.number) outcomes.number, result = 'upheld' AS is_abusive, confirmed_at
FROM outcomes
LEFT JOIN LATERAL (
    SELECT max(epoch_from) AS epoch_from FROM decisions WHERE decisions.number = outcomes.number
) AS owner ON true
WHERE outcomes.number = ANY ($1::text[]) AND confirmed_at IS NOT NULL AND result IN ('upheld', 'rejected')
    AND reported_on >= coalesce(owner.epoch_from, '-infinity')
ORDER BY outcomes.number, result = 'upheld' DESC, confirmed_at DESC;

-- name: delete_plans
-- Forgets what was to be scored or reviewed of these numbers ($1), but for what stays planned ($2, each "number task").
-- A review that a filer's outcome asks for stays, for that alone, until a person decides.
WITH asked_for AS (
    UPDATE agenda SET reasons = '{outcome_reported}'
    WHERE number = ANY ($1::text[]) AND task = 'review' AND number || ' ' || task <> ALL ($2::text[])
      AND 'outcome_reported' = ANY (reasons) AND reasons <> '{outcome_reported}'
)
DELETE FROM agenda
WHERE number = ANY ($1::text[]) AND task IN ('score', 'review') AND number || ' ' || task <> ALL ($2::text[])
  AND 'outcome_reported' <> ALL (reasons);

-- name: upsert_plans
-- Plans what is to be done about numbers ($1 numbers, $2 tasks, $3 when, $4 reasons as array literals). A review
-- waits since it was first planned, and keeps an outcome that a filer reported among its reasons.
INSERT INTO agenda AS known (number, task, due_at, reasons)
SELECT number, task, due_at, reasons::text[]
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) AS t (number, task, due_at, reasons)
ORDER BY number, task  -- one order of locks for all writers
ON CONFLICT (number, task) DO UPDATE SET
    due_at = CASE WHEN known.task = 'review' THEN known.due_at ELSE excluded.due_at END,
    reasons = excluded.reasons
        || CASE WHEN 'outcome_reported' = ANY (known.reasons) THEN '{outcome_reported}' ELSE '{}' END::text[]
WHERE (known.due_at, known.reasons) IS DISTINCT FROM (excluded.due_at, excluded.reasons);

-- name: ask_for_review
-- Puts a number in the queue of reviews because of a filer's outcome ($1 number, $2 now).
INSERT INTO agenda AS known (number, task, due_at, reasons) VALUES ($1, 'review', $2, '{outcome_reported}')
ON CONFLICT (number, task) DO UPDATE SET reasons = known.reasons || excluded.reasons
WHERE 'outcome_reported' <> ALL (known.reasons);

-- name: lock_review
-- Locks the review of a number ($1): outcomes that others record are visible from then on.
SELECT FROM agenda WHERE number = $1 AND task = 'review' FOR UPDATE;

-- name: has_waiting_outcome
-- Whether an outcome about a number ($1) waits for a person to confirm it.
SELECT EXISTS (SELECT FROM outcomes WHERE number = $1 AND confirmed_at IS NULL);

-- name: withdraw_request
-- Takes a number ($1) out of the queue of reviews, or only the reason where there are others.
WITH kept AS (
    UPDATE agenda SET reasons = array_remove(reasons, 'outcome_reported')
    WHERE number = $1 AND task = 'review' AND 'outcome_reported' = ANY (reasons) AND reasons <> '{outcome_reported}'
)
DELETE FROM agenda WHERE number = $1 AND task = 'review' AND reasons = '{outcome_reported}';

-- name: begin_due_scores
-- Queues numbers that are due to be scored again ($1 now, $2 at most so many); returns how many.
WITH waiting AS (
    DELETE FROM agenda AS known
    USING (
        SELECT number FROM agenda WHERE task = 'score' AND due_at <= $1
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) AS ripe
    WHERE known.number = ripe.number AND known.task = 'score'
    RETURNING known.number
), marked AS (
    -- include: reports/put_in_line
)
SELECT count(*) FROM waiting;
