-- A cluster of a source has only reports of that source.
UPDATE daily_signals AS known SET source_id = reported.source_id
FROM (SELECT DISTINCT number, cluster, source_id FROM reports WHERE source_id <> 0) AS reported
WHERE known.number = reported.number AND known.cluster = reported.cluster;

-- What the operator decided about a source: whether it may confirm numbers by itself. Nobody has decided about those
-- that are there already. What was concluded from them is concluded again: all numbers, since the crowd is a source.
ALTER TABLE sources
    ADD COLUMN vetting text NOT NULL DEFAULT 'undecided' CHECK (vetting IN ('undecided', 'vetted', 'unvetted')),
    ADD COLUMN vetting_reason text,
    ADD COLUMN vetting_at timestamptz,
    ADD COLUMN is_rescored boolean NOT NULL DEFAULT true;   -- false: its numbers have yet to be queued for a verdict
UPDATE sources SET is_rescored = false WHERE source_id = 0 AND EXISTS (SELECT FROM daily_signals);
