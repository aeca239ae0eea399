-- name: fetch_reporter
-- The account of a reporter ($1 pseudonym).
SELECT * FROM reporters WHERE reporter = $1 AND revoked_at IS NULL;

-- name: copy_reports
-- All reports of a reporter ($1), retracted ones as well, oldest first.
SELECT * FROM reports WHERE reporter = $1 AND source_id = 0 ORDER BY report_id;

-- name: copy_supplements
-- What was added to reports ($1 numbers, $2 ids), in order.
SELECT supplement.* FROM unnest($1::text[], $2::uuid[]) AS own (number, report_id)
JOIN report_supplements AS supplement
    ON supplement.number = own.number AND supplement.report_id = own.report_id
ORDER BY supplement.report_id, supplement.position;

-- name: copy_credits
-- What a reporter ($2) has earned by numbers ($1).
SELECT * FROM credits WHERE number = ANY ($1::text[]) AND reporter = $2 ORDER BY number;

-- name: copy_contacts
-- Calls with numbers ($1) out of the call logs of a reporter ($2).
SELECT * FROM contacts WHERE number = ANY ($1::text[]) AND reporter = $2 ORDER BY number, started_at;

-- name: copy_logged_calls
-- Rows of the call logs of a reporter ($2) about numbers ($1).
SELECT * FROM logged_calls WHERE number = ANY ($1::text[]) AND reporter = $2 ORDER BY number, evidence_id, place;

-- name: copy_call_logs
-- What the call logs of reports ($1 numbers, $2 ids) said.
SELECT log.* FROM unnest($1::text[], $2::uuid[]) AS own (number, report_id)
JOIN call_logs AS log ON log.number = own.number AND log.report_id = own.report_id
ORDER BY log.report_id, log.evidence_id;

-- name: copy_idempotency_keys
-- The request keys of a person ($1 pseudonym).
SELECT * FROM idempotency_keys WHERE principal = $1 ORDER BY created_at;

-- name: copy_evidence
-- The evidence of a reporter ($1), oldest first; the objects themselves are fetched from the reports.
SELECT * FROM evidence WHERE reporter = $1 ORDER BY stored_at, evidence_id;

-- name: copy_uploads
-- The uploads of a reporter ($1) that arrive in parts, oldest first.
SELECT * FROM evidence_uploads WHERE reporter = $1 ORDER BY began_at, upload_id;

-- name: copy_parts
-- The parts of a reporter's ($1) uploads, in order.
SELECT part.* FROM evidence_uploads AS own
JOIN evidence_parts AS part ON part.upload_id = own.upload_id
WHERE own.reporter = $1
ORDER BY part.upload_id, part.starts_at;

-- name: copy_cases
-- The cases of a reporter ($1), oldest first.
SELECT * FROM cases WHERE reporter = $1 ORDER BY case_id;

-- name: copy_consents
-- What a reporter ($1) consented to, in order.
SELECT * FROM case_consents WHERE reporter = $1 ORDER BY case_id, channel, position;

-- name: copy_events
-- What became of a reporter's ($1) filings, in order.
SELECT * FROM case_events WHERE reporter = $1 ORDER BY case_id, channel, position;

-- name: copy_reminders
-- What a reporter ($1) is to be reminded of.
SELECT * FROM case_reminders WHERE reporter = $1 ORDER BY remind_at;

-- name: copy_calendars
-- The calendars of a reporter ($1).
SELECT * FROM case_calendars WHERE reporter = $1;

-- name: copy_webhooks
-- Where a reporter ($1) is sent reminders.
SELECT * FROM webhooks WHERE reporter = $1 ORDER BY created_at;

-- name: copy_messages
-- What a reporter ($1) was sent lately.
SELECT * FROM webhook_messages WHERE reporter = $1 ORDER BY created_at;

-- name: copy_owners
-- The account of an owner ($1 pseudonym).
SELECT * FROM owners WHERE owner = $1;

-- name: copy_codes
-- Codes that were sent to a number ($1), without their hashes, in a time ($2 from or null, $3 until or null).
SELECT number, code_id, tries, sent_at, expires_at, used_at FROM owner_codes
WHERE number = $1 AND sent_at >= coalesce($2::timestamptz, '-infinity') AND sent_at < coalesce($3::timestamptz, 'infinity')
ORDER BY sent_at;

-- name: copy_disputes
-- The disputes of an owner ($1), oldest first.
SELECT * FROM disputes WHERE owner = $1 ORDER BY opened_at;

-- name: copy_statements
-- What an owner ($1) said in disputes, in order.
SELECT statement.* FROM disputes AS own
JOIN dispute_statements AS statement
    ON statement.number = own.number AND statement.dispute_id = own.dispute_id
WHERE own.owner = $1
ORDER BY statement.dispute_id, statement.position;

-- name: copy_proofs
-- What an owner ($1) attached to disputes, oldest first; the files themselves are fetched from the disputes.
SELECT proof.number, proof.dispute_id, proof_id, media_type, size, sha256, recorded_at FROM disputes AS own
JOIN dispute_proofs AS proof ON proof.number = own.number AND proof.dispute_id = own.dispute_id
WHERE own.owner = $1
ORDER BY recorded_at, proof_id;

-- name: copy_verdicts
-- What was published of a number ($1) in a time ($2 from or null, $3 until or null), oldest first, after the newest
-- verdict before that time.
SELECT * FROM verdicts
WHERE number = $1 AND decided_at < coalesce($3::timestamptz, 'infinity') AND revision >= coalesce((
    SELECT max(earlier.revision) FROM verdicts AS earlier WHERE earlier.number = $1 AND earlier.decided_at < $2
), 0)
ORDER BY revision;

-- name: copy_decisions
-- What people decided about a number ($1) and why, from the decision on by which an owner's time began ($2 when that was
-- or null) and until it ended ($3 or null), oldest first; not who.
SELECT number, decided_at, kind, decision, reason, epoch_from FROM decisions
WHERE number = $1 AND decided_at < coalesce($3::timestamptz, 'infinity') AND decided_at >= coalesce((
    SELECT min(began.decided_at) FROM decisions AS began
    WHERE began.number = $1 AND began.epoch_from::timestamp AT TIME ZONE 'Asia/Shanghai' = $2
), '-infinity')
ORDER BY decided_at;

-- name: list_counted_parts
-- Number, kind and cluster of what a reporter ($1) reported and did not retract.
SELECT DISTINCT number, kind, cluster FROM reports
WHERE reporter = $1 AND source_id = 0 AND retracted_at IS NULL
ORDER BY number, cluster;

-- name: list_restricted_parts
-- Number, kind and cluster of what was restricted of a reporter ($1) at a moment ($2).
SELECT DISTINCT number, kind, cluster FROM reports
WHERE reporter = $1 AND source_id = 0 AND retracted_at = $2
ORDER BY number, cluster;

-- name: restrict_reporter
-- Notes since when a reporter ($1) restricts the use of the reports ($2 when, or null for no longer).
UPDATE reporters SET restricted_at = $2 WHERE reporter = $1;

-- name: restrict_reports
-- Takes all reports of a reporter ($1) out of every count at a moment ($2) by which they are known again.
UPDATE reports SET retracted_at = $2, is_counted = false
WHERE reporter = $1 AND source_id = 0 AND retracted_at IS NULL;

-- name: release_reports
-- Brings back the reports of a reporter ($1) that were restricted at a moment ($2).
UPDATE reports SET retracted_at = NULL WHERE reporter = $1 AND source_id = 0 AND retracted_at = $2;

-- name: list_reported
-- Numbers and ids of all reports of a reporter ($1).
SELECT number, report_id FROM reports WHERE reporter = $1 AND source_id = 0;

-- name: strip_reports
-- Destroys what is personal in the reports of a reporter ($1), which are retracted ($2 when) and become a stranger's
-- ($3 pseudonym): what is left tells those who were handed them that they were taken back.
UPDATE reports SET
    reporter = $3, retracted_at = coalesce(retracted_at, $2), is_counted = false, shown = NULL,
    duration_seconds = NULL, connected = NULL, caller = NULL, claimed_institution = NULL, relation = NULL,
    violations = NULL, narrative = NULL, sealed = NULL, script = NULL
WHERE reporter = $1 AND source_id = 0;

-- name: delete_supplements
-- Destroys what was added to reports ($1 numbers, $2 ids).
DELETE FROM report_supplements AS supplement
USING unnest($1::text[], $2::uuid[]) AS own (number, report_id)
WHERE supplement.number = own.number AND supplement.report_id = own.report_id;

-- name: delete_contacts
-- Forgets calls with numbers ($1) out of the call logs of a reporter ($2).
DELETE FROM contacts WHERE number = ANY ($1::text[]) AND reporter = $2;

-- name: delete_logged_calls
-- Forgets rows of the call logs of a reporter ($2) about numbers ($1).
DELETE FROM logged_calls WHERE number = ANY ($1::text[]) AND reporter = $2;

-- name: delete_call_logs
-- Forgets what the call logs of reports ($1 numbers, $2 ids) said.
DELETE FROM call_logs AS log USING unnest($1::text[], $2::uuid[]) AS own (number, report_id)
WHERE log.number = own.number AND log.report_id = own.report_id;

-- name: delete_credits
-- Forgets what a reporter ($2) earned by numbers ($1).
DELETE FROM credits WHERE number = ANY ($1::text[]) AND reporter = $2;

-- name: delete_idempotency_keys
-- Forgets the request keys of a person ($1 pseudonym).
DELETE FROM idempotency_keys WHERE principal = $1;

-- name: delete_evidence
-- Destroys the keys of a reporter's ($1) evidence; upkeep removes the objects, which nobody can read any more.
DELETE FROM evidence WHERE reporter = $1;

-- name: delete_uploads
-- Gives a reporter's ($1) uploads up; upkeep removes the objects, whose keys go at once.
WITH gone AS (
    DELETE FROM evidence_uploads WHERE reporter = $1 RETURNING upload_id
)
DELETE FROM evidence_parts AS part USING gone WHERE part.upload_id = gone.upload_id;

-- name: delete_cases
-- Forgets the cases of a reporter ($1), and all that belongs to them.
WITH consents AS (
    DELETE FROM case_consents WHERE reporter = $1
), events AS (
    DELETE FROM case_events WHERE reporter = $1
), reminders AS (
    DELETE FROM case_reminders WHERE reporter = $1
), calendars AS (
    DELETE FROM case_calendars WHERE reporter = $1
), hooks AS (
    DELETE FROM webhooks WHERE reporter = $1
), messages AS (
    DELETE FROM webhook_messages WHERE reporter = $1
)
DELETE FROM cases WHERE reporter = $1;

-- name: delete_reporter
-- Forgets a reporter ($1); the token is worth nothing from now on.
DELETE FROM reporters WHERE reporter = $1;

-- name: destroy_own_statements
-- Destroys what an owner ($1) said in disputes.
UPDATE dispute_statements AS statement SET sealed = NULL
FROM disputes AS own
WHERE own.owner = $1 AND statement.number = own.number AND statement.dispute_id = own.dispute_id;

-- name: delete_own_proofs
-- Deletes what an owner ($1) attached to disputes.
DELETE FROM dispute_proofs AS proof USING disputes AS own
WHERE own.owner = $1 AND proof.number = own.number AND proof.dispute_id = own.dispute_id;

-- name: lock_own_disputes
-- The ids of an owner's ($1) disputes, which nobody else changes until the transaction ends.
SELECT dispute_id FROM disputes WHERE owner = $1 ORDER BY dispute_id FOR UPDATE;

-- name: forget_owner_of_disputes
-- Takes an owner ($1) out of the disputes.
UPDATE disputes SET owner = NULL WHERE owner = $1;

-- name: delete_owner
-- Forgets an owner ($1); the token is worth nothing from now on. An organisation's lines stay what the operator verified.
WITH ended AS (
    UPDATE organisations SET owner = uuid_send(gen_random_uuid()) WHERE owner = $1
)
DELETE FROM owners WHERE owner = $1;

-- name: count_old_reports
-- Reports recorded before $1.
SELECT count(*) FROM reports WHERE recorded_at < $1;

-- name: list_old_reports
-- Some reports recorded before $1, at most $2.
SELECT number, reporter, occurred_minute, report_id, kind, cluster, is_counted, retracted_at IS NULL AS is_summed
FROM reports WHERE recorded_at < $1 LIMIT $2;

-- name: delete_reports
-- Deletes reports ($1 numbers, $2 reporters, $3 minutes).
DELETE FROM reports
USING unnest($1::text[], $2::bytea[], $3::timestamptz[]) AS old (number, reporter, occurred_minute)
WHERE reports.number = old.number AND reports.reporter = old.reporter
    AND reports.occurred_minute = old.occurred_minute;

-- name: count_retracted_reports
-- Reports retracted before $1; those whose reporter restricts their use are not.
SELECT count(*) FROM reports WHERE retracted_at < $1 AND NOT EXISTS (
    SELECT FROM reporters WHERE reporters.reporter = reports.reporter AND restricted_at = retracted_at
);

-- name: list_retracted_reports
-- Some reports retracted before $1, at most $2; those whose reporter restricts their use are not.
SELECT number, reporter, occurred_minute, report_id, kind, cluster, is_counted, false AS is_summed
FROM reports WHERE retracted_at < $1 AND NOT EXISTS (
    SELECT FROM reporters WHERE reporters.reporter = reports.reporter AND restricted_at = retracted_at
)
LIMIT $2;

-- name: count_idle_reporters
-- Accounts made before $1 that hold no report.
SELECT count(*) FROM reporters WHERE created_at < $1 AND NOT EXISTS (
    SELECT FROM reports WHERE reports.reporter = reporters.reporter AND source_id = 0
);

-- name: delete_idle_reporters
-- Deletes accounts made before $1 that hold no report, at most $2, with their webhooks and calendars.
WITH idle AS MATERIALIZED (
    SELECT reporter FROM reporters WHERE created_at < $1 AND NOT EXISTS (
        SELECT FROM reports WHERE reports.reporter = reporters.reporter AND source_id = 0
    )
    LIMIT $2
), calendars AS (
    DELETE FROM case_calendars WHERE reporter IN (SELECT reporter FROM idle)
), hooks AS (
    DELETE FROM webhooks WHERE reporter IN (SELECT reporter FROM idle)
), messages AS (
    DELETE FROM webhook_messages WHERE reporter IN (SELECT reporter FROM idle)
)
DELETE FROM reporters WHERE reporter IN (SELECT reporter FROM idle);

-- name: count_idle_owners
-- Owners known since before $1 without an open dispute.
SELECT count(*) FROM owners WHERE created_at < $1 AND NOT EXISTS (
    SELECT FROM disputes WHERE disputes.number = owners.number AND disputes.owner = owners.owner AND state = 'open'
);

-- name: delete_idle_owners
-- Deletes owners known since before $1 without an open dispute, at most $2.
DELETE FROM owners AS known
USING (
    SELECT number, owner FROM owners WHERE created_at < $1 AND NOT EXISTS (
        SELECT FROM disputes
        WHERE disputes.number = owners.number AND disputes.owner = owners.owner AND state = 'open'
    )
    LIMIT $2
) AS idle
WHERE known.number = idle.number AND known.owner = idle.owner;

-- name: count_old_statements
-- Statements of disputes that ended before $1.
SELECT count(*) FROM dispute_statements AS statement
JOIN disputes ON disputes.number = statement.number AND disputes.dispute_id = statement.dispute_id
WHERE closed_at < $1 AND sealed IS NOT NULL;

-- name: destroy_old_statements
-- Destroys statements of disputes that ended before $1, at most $2.
UPDATE dispute_statements AS known SET sealed = NULL
FROM (
    SELECT statement.number, statement.dispute_id, statement.position FROM dispute_statements AS statement
    JOIN disputes ON disputes.number = statement.number AND disputes.dispute_id = statement.dispute_id
    WHERE closed_at < $1 AND sealed IS NOT NULL
    LIMIT $2
) AS old
WHERE known.number = old.number AND known.dispute_id = old.dispute_id AND known.position = old.position;

-- name: count_old_proofs
-- Files that are attached to disputes that ended before $1.
SELECT count(*) FROM dispute_proofs AS proof
JOIN disputes ON disputes.number = proof.number AND disputes.dispute_id = proof.dispute_id
WHERE closed_at < $1;

-- name: delete_old_proofs
-- Deletes files that are attached to disputes that ended before $1, at most $2.
DELETE FROM dispute_proofs AS known
USING (
    SELECT proof.number, proof.dispute_id, proof.proof_id FROM dispute_proofs AS proof
    JOIN disputes ON disputes.number = proof.number AND disputes.dispute_id = proof.dispute_id
    WHERE closed_at < $1
    LIMIT $2
) AS old
WHERE known.number = old.number AND known.dispute_id = old.dispute_id AND known.proof_id = old.proof_id;

-- name: count_old_cases
-- Cases begun before $1.
SELECT count(*) FROM cases WHERE created_at < $1;

-- name: delete_old_cases
-- Deletes cases begun before $1, at most $2, and all that belongs to them.
WITH old AS MATERIALIZED (
    SELECT reporter, case_id FROM cases WHERE created_at < $1 LIMIT $2
), consents AS (
    DELETE FROM case_consents AS part USING old WHERE part.reporter = old.reporter AND part.case_id = old.case_id
), events AS (
    DELETE FROM case_events AS part USING old WHERE part.reporter = old.reporter AND part.case_id = old.case_id
), reminders AS (
    DELETE FROM case_reminders AS part USING old WHERE part.reporter = old.reporter AND part.case_id = old.case_id
)
DELETE FROM cases USING old WHERE cases.reporter = old.reporter AND cases.case_id = old.case_id;

-- name: count_old_contacts
-- Calls out of call logs, before $1.
SELECT count(*) FROM contacts WHERE started_at < $1;

-- name: delete_old_contacts
-- Deletes calls out of call logs, before $1, at most $2.
DELETE FROM contacts AS known
USING (SELECT number, reporter, started_at, is_incoming FROM contacts WHERE started_at < $1 LIMIT $2) AS old
WHERE known.number = old.number AND known.reporter = old.reporter AND known.started_at = old.started_at
    AND known.is_incoming = old.is_incoming;

-- name: count_old_logged_calls
-- Rows of call logs about calls before $1.
SELECT count(*) FROM logged_calls WHERE started_at < $1;

-- name: delete_old_logged_calls
-- Deletes rows of call logs about calls before $1, at most $2.
DELETE FROM logged_calls AS known
USING (SELECT number, reporter, evidence_id, place FROM logged_calls WHERE started_at < $1 LIMIT $2) AS old
WHERE known.number = old.number AND known.reporter = old.reporter AND known.evidence_id = old.evidence_id
    AND known.place = old.place;

-- name: count_old_codes
-- Codes sent before $1.
SELECT count(*) FROM owner_codes WHERE sent_at < $1;

-- name: delete_old_codes
-- Deletes codes sent before $1, at most $2.
DELETE FROM owner_codes AS known
USING (SELECT number, code_id FROM owner_codes WHERE sent_at < $1 LIMIT $2) AS old
WHERE known.number = old.number AND known.code_id = old.code_id;

-- name: note_purge
-- Counts what a rule removed in the transaction that removes it ($1 when the purge began, $2 rule, $3 table, $4 rows).
INSERT INTO purges AS known (purged_at, rule, relation, rows) VALUES ($1, $2, $3, $4)
ON CONFLICT (purged_at, rule) DO UPDATE SET rows = known.rows + excluded.rows;

-- name: list_purges
-- What was purged, newest first ($1 at most so many).
SELECT purged_at, rule, relation, rows FROM purges ORDER BY purged_at DESC, rule LIMIT $1;
