-- name: lock_number
-- Makes this transaction the only one that sends a code to a number ($1); waits for others.
SELECT pg_advisory_xact_lock(2, hashtext($1));

-- name: count_codes
-- Codes sent to a number ($1) since $2, and since the earlier $3.
SELECT count(*) FILTER (WHERE sent_at >= $2) AS lately, count(*) AS in_all
FROM owner_codes WHERE number = $1 AND sent_at >= $3;

-- name: insert_code
-- Stores a code that is about to be sent ($1 number, $2 id, $3 its keyed hash, $4 when, $5 expiry).
INSERT INTO owner_codes (number, code_id, code_hash, sent_at, expires_at) VALUES ($1, $2, $3, $4, $5);

-- name: try_code
-- Counts a try of a code ($1 number, $2 id, $3 now, $4 most tries); returns its keyed hash and the tries made,
-- or nothing if it can no longer be used.
UPDATE owner_codes SET tries = tries + 1
WHERE number = $1 AND code_id = $2 AND used_at IS NULL AND expires_at > $3 AND tries < $4::integer
RETURNING code_hash, tries;

-- name: use_code
-- Marks a code as used ($1 number, $2 id, $3 when).
UPDATE owner_codes SET used_at = $3 WHERE number = $1 AND code_id = $2;

-- name: insert_owner
-- Stores an owner, who proved control of a number ($1 number, $2 pseudonym, $3 when).
INSERT INTO owners (number, owner, created_at) VALUES ($1, $2, $3);

-- name: fetch_owner
-- The owner behind a pseudonym ($1), and the first and last moment at which the number is known to be the owner's, or null.
SELECT number, owner, created_at, (
    SELECT max(epoch_from::timestamp AT TIME ZONE 'Asia/Shanghai') FROM decisions
    WHERE decisions.number = owners.number AND epoch_from::timestamp AT TIME ZONE 'Asia/Shanghai' <= created_at
) AS began_at, (
    SELECT min(epoch_from::timestamp AT TIME ZONE 'Asia/Shanghai') FROM decisions
    WHERE decisions.number = owners.number AND epoch_from::timestamp AT TIME ZONE 'Asia/Shanghai' > created_at
) AS ended_at
FROM owners WHERE owner = $1;

-- name: fetch_organisations_owner
-- The organisation behind a pseudonym ($1) as an owner, of the first of its numbers.
SELECT min(first_number) AS number, owner, verified_at AS created_at
FROM organisations JOIN organisation_ranges USING (organisation_id)
WHERE owner = $1 GROUP BY organisation_id;

-- name: list_disputable
-- Listed numbers of an organisation's ranges ($1 first numbers, $2 last numbers) after a number ($3), which nobody disputes
-- and which have no new owner since the organisation was verified ($4); at most $5, in order.
SELECT number FROM (
    SELECT DISTINCT ON (verdicts.number) verdicts.number, verdict
    FROM unnest($1::text[], $2::text[]) AS line (first_number, last_number)
    JOIN verdicts ON verdicts.number BETWEEN line.first_number AND line.last_number
        AND verdicts.number > $3 AND length(verdicts.number) = length(line.first_number)
    ORDER BY verdicts.number, verdicts.revision DESC
) AS newest
WHERE verdict IN ('suspected', 'confirmed')
    AND NOT EXISTS (SELECT FROM disputes WHERE disputes.number = newest.number AND state = 'open')
    AND NOT EXISTS (
        SELECT FROM decisions
        WHERE decisions.number = newest.number AND epoch_from::timestamp AT TIME ZONE 'Asia/Shanghai' > $4
    )
ORDER BY number LIMIT $5;

-- name: insert_proof
-- Attaches a file to a dispute ($1 number, $2 dispute, $3 id, $4 media type, $5 size, $6 digest, $7 when, $8 encrypted).
INSERT INTO dispute_proofs (number, dispute_id, proof_id, media_type, size, sha256, recorded_at, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: list_proofs
-- The files that are attached to a dispute ($1 number, $2 dispute), oldest first, without their content.
SELECT proof_id, media_type, size, sha256, recorded_at FROM dispute_proofs
WHERE number = $1 AND dispute_id = $2 ORDER BY recorded_at, proof_id;

-- name: fetch_proof
-- A file that is attached to a dispute ($1 number, $2 dispute, $3 id), with its content.
SELECT proof_id, media_type, size, sha256, recorded_at, sealed FROM dispute_proofs
WHERE number = $1 AND dispute_id = $2 AND proof_id = $3;

-- name: delete_proof
-- Deletes a file that is attached to a dispute ($1 number, $2 dispute, $3 id); returns nothing if there is no such file.
DELETE FROM dispute_proofs WHERE number = $1 AND dispute_id = $2 AND proof_id = $3 RETURNING true;

-- name: list_disputes_of_number
-- The disputes of a number ($1) in its present owner's time, newest first.
SELECT disputes.* FROM disputes
WHERE disputes.number = $1 AND opened_at >= coalesce((
    SELECT max(epoch_from)::timestamp AT TIME ZONE 'Asia/Shanghai' FROM decisions WHERE decisions.number = $1
), '-infinity')
ORDER BY opened_at DESC;

-- name: insert_dispute
-- Opens a dispute ($1 number, $2 id, $3 owner, $4 kind of the number, $5 reason, $6 whether it states new facts, $7 when,
-- $8 day by which it is due).
INSERT INTO disputes (number, dispute_id, owner, kind, reason, brings_new, opened_at, due_on, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open');

-- name: insert_statement
-- Appends what an owner says ($1 number, $2 dispute, $3 when, $4 encrypted, $5 at most so many); returns the position, or
-- nothing if there are that many already.
INSERT INTO dispute_statements (number, dispute_id, position, recorded_at, sealed)
SELECT $1, $2, count(*) + 1, $3, $4
FROM dispute_statements WHERE number = $1 AND dispute_id = $2
HAVING count(*) < $5::integer
RETURNING position;

-- name: list_statements
-- What an owner said in a dispute ($1 number, $2 dispute), in order.
SELECT position, recorded_at, sealed FROM dispute_statements
WHERE number = $1 AND dispute_id = $2 ORDER BY position;

-- name: list_own_disputes
-- The disputes of an owner ($1), newest first.
SELECT * FROM disputes WHERE owner = $1 ORDER BY opened_at DESC;

-- name: fetch_dispute
-- A dispute by its id ($1).
SELECT * FROM disputes WHERE dispute_id = $1;

-- name: lock_dispute
-- A dispute by its id ($1), locked until the transaction ends.
SELECT * FROM disputes WHERE dispute_id = $1 FOR UPDATE;

-- name: close_dispute
-- Ends an open dispute ($1 number, $2 id, $3 how, $4 when, $5 why or null, $6 by whom or null).
UPDATE disputes SET state = $3, closed_at = $4, explanation = $5, decided_by = $6
WHERE number = $1 AND dispute_id = $2 AND state = 'open';

-- name: list_open_disputes
-- Disputes that wait for a person's decision, earliest due day first, with the verdict on the number ($1 at most so many).
SELECT waiting.*, verdict, score, reporters_at_least
FROM (SELECT * FROM disputes WHERE state = 'open' ORDER BY due_on, dispute_id LIMIT $1) AS waiting
LEFT JOIN LATERAL (
    SELECT verdict, score, reporters_at_least FROM verdicts
    WHERE verdicts.number = waiting.number ORDER BY revision DESC LIMIT 1
) AS newest ON true
ORDER BY due_on, dispute_id;

-- name: fetch_dispute_with_verdict
-- A dispute by its id ($1), open or not, with the verdict on the number.
SELECT disputes.*, verdict, score, reporters_at_least
FROM disputes
LEFT JOIN LATERAL (
    SELECT verdict, score, reporters_at_least FROM verdicts
    WHERE verdicts.number = disputes.number ORDER BY revision DESC LIMIT 1
) AS newest ON true
WHERE dispute_id = $1;

-- name: count_open_disputes
-- How many disputes wait for a person's decision, and how many are overdue ($1 today).
SELECT count(*) AS open, count(*) FILTER (WHERE due_on < $1) AS overdue FROM disputes WHERE state = 'open';
