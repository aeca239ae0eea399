-- One more event of a filing takes back the newest that stands: nothing is overwritten.
ALTER TABLE case_events
    DROP CONSTRAINT case_events_event_check,
    ADD CONSTRAINT case_events_event_check CHECK (event IN
        ('filed', 'accepted', 'supplement_asked', 'supplemented', 'answered', 'upheld', 'rejected', 'withdrawn',
         'recorded_in_error'));

-- What a filer claimed is deleted when its event is taken back, while nobody has confirmed it.
CREATE INDEX outcomes_claimed ON outcomes (source_id) WHERE source = 'case' AND confirmed_at IS NULL;

-- When respondent or statement were put in the place of what was there.
ALTER TABLE cases ADD COLUMN changed_at timestamptz;
