-- Requests for exports that nobody decides about lapse, or are withdrawn.
ALTER TABLE exports
    DROP CONSTRAINT exports_state_check,
    ADD CONSTRAINT exports_state_check CHECK
        (state IN ('requested', 'refused', 'queued', 'running', 'done', 'failed', 'expired', 'lapsed',
            'withdrawn'));

-- Whether a row accused its number, or said that it was shown by somebody else: answers about such rows are no finding.
ALTER TABLE hand_overs ADD COLUMN accuses boolean NOT NULL DEFAULT true;
UPDATE hand_overs SET accuses = false
WHERE number IN (
    SELECT number FROM verdicts
    WHERE suspected_spoofing OR verdict = 'protected' OR kind IN ('impossible', 'public_service')
);
