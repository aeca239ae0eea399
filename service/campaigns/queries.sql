-- name: claim_search
-- Makes this transaction the only one that looks for campaigns; returns false if there is one already.
SELECT pg_try_advisory_xact_lock(hashtextextended('campaigns', 0));

-- name: stream_mentions
-- What reports since $1 say about the numbers whose verdict is one of $2, in the order of numbers; days are counted
-- from 1970-01-01 in Asia/Shanghai. Texts are those of messages only.
SELECT
    known.number, (known.occurred_at AT TIME ZONE 'Asia/Shanghai')::date - '1970-01-01'::date AS day, known.cluster,
    known.claimed_institution, CASE WHEN known.medium = 'sms' THEN known.narrative END AS message
FROM (SELECT DISTINCT ON (number) number, verdict FROM verdicts ORDER BY number, revision DESC) AS newest
JOIN reports AS known ON known.number = newest.number
WHERE newest.verdict = ANY ($2::text[])
  AND known.occurred_at >= $1 AND known.retracted_at IS NULL AND known.opinion = 'abusive'
ORDER BY known.number;

-- name: stream_campaigns
-- The campaign of every number that has one.
SELECT number, campaign_id FROM campaigns;

-- name: list_campaigns
-- The campaigns of these numbers ($1).
SELECT number, campaign_id FROM campaigns WHERE number = ANY ($1::text[]);

-- name: fetch_extent
-- How many numbers a campaign ($1) has, and since when.
SELECT count(*) AS numbers, min(since) AS since FROM campaigns WHERE campaign_id = $1;

-- name: put_campaigns
-- Gives numbers ($1) their campaigns ($2) since $3, and queues them for a verdict that names it.
WITH waiting AS (
    INSERT INTO campaigns (number, campaign_id, since)
    SELECT number, campaign_id, $3 FROM unnest($1::text[], $2::text[]) AS given (number, campaign_id)
    ORDER BY number
    ON CONFLICT (number) DO UPDATE SET campaign_id = excluded.campaign_id, since = excluded.since
    RETURNING number
)
-- include: reports/put_in_line;

-- name: delete_campaigns
-- Removes numbers ($1) from their campaigns, and queues them for a verdict without one.
WITH waiting AS (
    DELETE FROM campaigns WHERE number = ANY ($1::text[]) RETURNING number
)
-- include: reports/put_in_line;
