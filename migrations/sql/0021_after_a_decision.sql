-- What can follow a decision depends on which kind of matter it was and on which review was asked for, so that events say both.
ALTER TABLE case_events
    ADD COLUMN matter text CHECK (matter IN ('public_order', 'criminal')),
    ADD COLUMN review text,                             -- the follow-up of the channel that was asked for
    DROP CONSTRAINT case_events_event_check,
    ADD CONSTRAINT case_events_event_check CHECK (event IN
        ('filed', 'accepted', 'supplement_asked', 'supplemented', 'answered', 'answered_in_part', 'review_asked', 'upheld',
         'rejected', 'withdrawn', 'recorded_in_error'));

-- The regulator of telecommunications takes complaints about any harassing number, not only about carriers: it has
-- another id in the catalogue, and filings under the earlier one go on under this.
UPDATE case_consents SET channel = 'telecom' WHERE channel = 'telecom_complaints';
UPDATE case_events SET channel = 'telecom' WHERE channel = 'telecom_complaints';
UPDATE case_reminders SET channel = 'telecom' WHERE channel = 'telecom_complaints';
UPDATE outcomes SET source_id = replace(source_id, '/telecom_complaints', '/telecom')
WHERE source = 'case' AND source_id LIKE '%/telecom\_complaints';

-- What a person has said about the situation of a case, by the parameters of routing; what is not there is not known.
ALTER TABLE cases ADD COLUMN situation jsonb NOT NULL DEFAULT '{}';
