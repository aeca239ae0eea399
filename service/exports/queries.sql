-- fragment: exports_with_agencies
-- Exports with the names of their agencies, in the order of `Export`.
SELECT
    export_id, state, name AS agency, purpose, request, rows_written AS rows_done, rows_total, exports.created_at,
    decided_at, decision_reason, finished_at, expires_at, problem, manifest, key_id, agency_id
FROM exports LEFT JOIN agencies USING (agency_id)

-- fragment: reports_with_verdicts
-- Reports (`r`), the newest verdict on their number (`v`), and the one that is `told`: while its owner disputes a number it
-- is `disputed`, also if nothing is published about it, unless a person has decided about it. Score, revision, model and
-- campaign come with a verdict that lists the number (`accused`), as in answers (service/verdicts/verdict.py).
FROM reports AS r
LEFT JOIN LATERAL (
    SELECT verdict, score, revision, suspected_spoofing, is_simulated, model_version, campaign_id
    FROM verdicts WHERE verdicts.number = r.number
    ORDER BY verdicts.revision DESC LIMIT 1
) AS v ON true
LEFT JOIN disputes AS d ON d.number = r.number AND d.state = 'open'
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN d.number IS NOT NULL AND coalesce(v.verdict, 'unknown') IN ('unknown', 'suspected', 'confirmed')
        THEN 'disputed' ELSE coalesce(v.verdict, 'unknown')
    END AS verdict
) AS told
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN told.verdict IN ('suspected', 'confirmed') THEN v.score END AS score,
        CASE WHEN told.verdict IN ('suspected', 'confirmed') THEN v.revision END AS revision,
        CASE WHEN told.verdict IN ('suspected', 'confirmed') THEN v.model_version END AS model_version,
        CASE WHEN told.verdict IN ('suspected', 'confirmed') THEN v.campaign_id END AS campaign_id
) AS accused

-- fragment: wanted
-- Reports of an export ($1 recorded at or after, $2 recorded before, $3 verdicts). A vote for a number is no
-- complaint, and what was retracted was never said.
WHERE r.recorded_at >= $1 AND r.recorded_at < $2
    AND r.opinion = 'abusive' AND r.retracted_at IS NULL
    AND told.verdict = ANY ($3::text[])

-- name: insert_export
-- Keeps the request for an export ($1 id, $2 id of the key that asks, $3 agency, $4 purpose, $5 request as JSON, $6 when).
INSERT INTO exports (export_id, key_id, agency_id, purpose, request, state, created_at)
VALUES ($1, $2, $3, $4, $5, 'requested', $6);

-- name: fetch_export
-- An export ($1 id), by whoever asked for it.
-- include: exports_with_agencies
WHERE export_id = $1;

-- name: list_exports
-- Exports, newest first ($1 asked for by this key or null for all, $2 in this state or null for any, $3 at most so many).
-- include: exports_with_agencies
WHERE key_id = coalesce($1::text, key_id) AND state = coalesce($2::text, state)
ORDER BY exports.created_at DESC LIMIT $3;

-- name: count_requested
-- How many exports wait for somebody's approval.
SELECT count(*) FROM exports WHERE state = 'requested';

-- name: decide_export
-- Approves or refuses an export that waits for it ($1 id, $2 state from now on, $3 by whom, $4 when, $5 why); returns
-- nothing if it no longer waits.
UPDATE exports SET state = $2, decided_by = $3, decided_at = $4, decision_reason = $5
WHERE export_id = $1 AND state = 'requested'
RETURNING true;

-- name: withdraw_export
-- Withdraws a request ($1 id) that nobody has decided; returns nothing if somebody has.
UPDATE exports SET state = 'withdrawn' WHERE export_id = $1 AND state = 'requested' RETURNING true;

-- name: claim_export
-- Claims the oldest export that waits, or whose worker's lease has run out ($1 now, $2 until when it is claimed).
UPDATE exports SET state = 'running', claimed_until = $2, rows_written = 0
FROM agencies
WHERE agencies.agency_id = exports.agency_id AND export_id = (
    SELECT export_id FROM exports
    WHERE state = 'queued' OR (state = 'running' AND claimed_until < $1)
    ORDER BY created_at LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING export_id, request, exports.agency_id, agencies.name, purpose;

-- name: lock_agency
-- Locks an agency ($1), so that its exports begin one after the other; returns how many rows it may receive in 30 days.
SELECT rows_per_30_days FROM agencies WHERE agency_id = $1 FOR UPDATE;

-- name: count_handed
-- Rows that an agency ($1) was handed by exports finished since a time ($2), or is about to be, but for one export ($3).
SELECT coalesce(sum(CASE WHEN state = 'running' THEN rows_total ELSE rows_written END), 0)::bigint
FROM exports
WHERE agency_id = $1 AND export_id <> $3
  AND (state = 'running' OR (state IN ('done', 'expired') AND finished_at > $2));

-- name: begin_export
-- Notes how many rows an export will have at most ($1 id, $2 the claim held, $3 rows); returns nothing if another worker
-- has taken over.
UPDATE exports SET rows_total = $3
WHERE export_id = $1 AND state = 'running' AND claimed_until = $2
RETURNING true;

-- name: renew_export
-- Keeps a claim and shows progress ($1 id, $2 the claim held, $3 the claim from now on, $4 rows written);
-- returns nothing if another worker has taken over.
UPDATE exports SET claimed_until = $3, rows_written = $4
WHERE export_id = $1 AND state = 'running' AND claimed_until = $2
RETURNING true;

-- name: release_export
-- Gives an unfinished export back to the queue ($1 id, $2 the claim held).
UPDATE exports SET state = 'queued', claimed_until = NULL, rows_written = 0
WHERE export_id = $1 AND state = 'running' AND claimed_until = $2;

-- name: finish_export
-- Marks an export as done ($1 id, $2 the claim held, $3 rows, $4 manifest as JSON, $5 when, $6 until when its files are
-- kept); returns nothing if another worker has taken over.
UPDATE exports
SET state = 'done', claimed_until = NULL, rows_written = $3, manifest = $4, finished_at = $5, expires_at = $6
WHERE export_id = $1 AND state = 'running' AND claimed_until = $2
RETURNING true;

-- name: fail_export
-- Gives an export up for good ($1 id, $2 the claim held, $3 problem code, $4 when).
UPDATE exports SET state = 'failed', claimed_until = NULL, problem = $3, finished_at = $4
WHERE export_id = $1 AND state = 'running' AND claimed_until = $2
RETURNING true;

-- name: expire_exports
-- Ends exports whose files have been kept long enough ($1 now); returns their ids and agencies.
UPDATE exports SET state = 'expired'
FROM agencies
WHERE agencies.agency_id = exports.agency_id AND state = 'done' AND expires_at <= $1
RETURNING export_id, agencies.name;

-- name: lapse_exports
-- Ends requests from before a time ($1) that nobody has decided; returns their ids and agencies.
UPDATE exports SET state = 'lapsed'
FROM agencies
WHERE agencies.agency_id = exports.agency_id AND state = 'requested' AND exports.created_at <= $1
RETURNING export_id, agencies.name;

-- name: list_overlapping
-- Exports of counts of persons without a legal basis that an agency ($1) was or may be handed, of a period that overlaps another one
-- ($2 at or after, $3 before) and is not the same; and those of institutions, if that is the layout ($4), of the same period but
-- with some of these verdicts ($5) beside others: an institution has numbers of every verdict, so that its counts of some and
-- of more verdicts can be subtracted.
SELECT export_id FROM exports
WHERE agency_id = $1 AND state NOT IN ('refused', 'failed', 'lapsed', 'withdrawn')
  AND request ->> 'layout' IN ('numbers', 'institutions') AND request ->> 'legal_basis' IS NULL
  AND (request ->> 'from')::timestamptz < $3 AND (request ->> 'to')::timestamptz > $2
  AND (
    ((request ->> 'from')::timestamptz, (request ->> 'to')::timestamptz) <> ($2, $3)
    OR (
        $4 = 'institutions' AND request ->> 'layout' = 'institutions' AND request -> 'verdicts' ?| $5::text[]
        AND NOT (request -> 'verdicts' @> to_jsonb($5::text[]) AND request -> 'verdicts' <@ to_jsonb($5::text[]))
    )
  )
ORDER BY created_at;

-- name: list_states
-- In which states these exports ($1 ids) are.
SELECT export_id, state FROM exports WHERE export_id = ANY ($1::uuid[]);

-- name: fetch_head
-- Where the change feed stands in this snapshot.
SELECT feed_id, revision FROM feed_head;

-- name: list_institution_names
-- Other ways to write the names of institutions, as an operator added them.
SELECT written, name FROM institution_names ORDER BY name, written;

-- name: keep_institution_names
-- Has names ($1, as the rules leave them) mean an institution ($2 name, $3 when).
INSERT INTO institution_names (written, name, added_at) SELECT unnest($1::text[]), $2, $3
ON CONFLICT (written) DO UPDATE SET name = excluded.name, added_at = excluded.added_at;

-- name: delete_institution_name
-- Forgets what a name ($1) means; returns nothing if there is no such name.
DELETE FROM institution_names WHERE written = $1 RETURNING true;

-- name: list_sources
-- All sources and what they report, few enough to be looked up in memory.
SELECT source_id, name, concerns FROM sources;

-- name: stream_reports
-- Complaints recorded in a period, with the verdict on their number, in the order of the primary key ($1 recorded at or
-- after, $2 recorded before, $3 verdicts, $4 whether to read what is encrypted, and whether there is a recording).
-- Columns in the order of `ExportedReport`, times as clocks in China show them, the day alone where the hour is not
-- known. What was added to a report later belongs to it.
SELECT
    r.number, r.kind, r.report_id::text AS report_id, r.source_id, r.is_simulated, r.shown, r.medium,
    left((r.occurred_at AT TIME ZONE 'Asia/Shanghai')::text, CASE WHEN r.time_known THEN 19 ELSE 10 END) AS occurred_at,
    left((r.recorded_at AT TIME ZONE 'Asia/Shanghai')::text, 19) AS recorded_at,
    r.duration_seconds, r.connected, r.caller,
    coalesce(s.claimed_institution, r.claimed_institution) AS claimed_institution,
    concat_ws(',', array_to_string(r.violations, ','), s.violations) AS violations,
    concat_ws(E'\n', r.narrative, s.narrative) AS narrative,
    told.verdict, accused.score, accused.revision,
    coalesce(v.suspected_spoofing, false) AS suspected_spoofing,
    coalesce(v.is_simulated, false) AS verdict_is_simulated, accused.model_version, accused.campaign_id,
    r.relation, r.is_counted, CASE WHEN $4 THEN r.sealed END AS sealed,
    CASE WHEN $4 THEN s.sealed END AS later_sealed,
    CASE WHEN $4 THEN EXISTS (
        SELECT FROM evidence
        WHERE evidence.number = r.number AND evidence.report_id = r.report_id AND evidence.media_type LIKE 'audio/%'
    ) END AS has_recording,
    r.reporter,
    (
        SELECT string_agg(media_type, ',' ORDER BY media_type) FROM evidence
        WHERE evidence.number = r.number AND evidence.report_id = r.report_id
    ) AS evidence
-- include: reports_with_verdicts
LEFT JOIN LATERAL (
    SELECT
        string_agg(narrative, E'\n' ORDER BY position) AS narrative,
        (array_agg(claimed_institution ORDER BY position DESC)
            FILTER (WHERE claimed_institution IS NOT NULL))[1] AS claimed_institution,
        string_agg(array_to_string(violations, ','), ',') AS violations,
        array_agg(sealed ORDER BY position) AS sealed
    FROM report_supplements AS supplement
    WHERE supplement.number = r.number AND supplement.report_id = r.report_id
) AS s ON true
-- include: wanted
ORDER BY r.number, r.reporter, r.occurred_minute;

-- name: count_reports
-- How many complaints `stream_reports` would give, for a progress bar (same parameters).
SELECT count(*)
-- include: reports_with_verdicts
-- include: wanted;

-- name: list_comparable
-- Finished exports of an agency ($1) of this layout ($2), of numbers with these verdicts ($3), and under a legal basis or
-- not ($4): what they held can be compared with a new one.
SELECT export_id FROM exports
WHERE agency_id = $1 AND state IN ('done', 'expired') AND coalesce(request ->> 'layout', '12321') = $2
    AND request -> 'verdicts' @> to_jsonb($3::text[]) AND request -> 'verdicts' <@ to_jsonb($3::text[])
    AND (request ->> 'legal_basis' IS NOT NULL) = $4;

-- name: stream_handed
-- What an agency ($1) holds by these exports ($2) of reports recorded in a period ($3 at or after, $4 before), in the order
-- of numbers; rows named as removed are not among it. Columns in the order of `HandedRow`.
SELECT number, row_id, report_id, reported_at, digest, accuses FROM (
    SELECT DISTINCT ON (number, row_id) number, row_id, report_id, reported_at, digest, accuses
    FROM hand_overs
    WHERE agency_id = $1 AND export_id = ANY ($2::uuid[]) AND reported_at >= $3 AND reported_at < $4
    ORDER BY number, row_id, handed_at DESC
) AS newest
WHERE digest IS NOT NULL
ORDER BY number, row_id;
