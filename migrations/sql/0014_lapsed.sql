-- Requests for exports that nobody decides about lapse.
ALTER TABLE exports
    DROP CONSTRAINT exports_state_check,
    ADD CONSTRAINT exports_state_check CHECK
        (state IN ('requested', 'refused', 'queued', 'running', 'done', 'failed', 'expired', 'lapsed'));
