-- What the reports of a source are about: collection calls, or unwanted calls of any sort, as in the feed of a
-- foreign authority. An export must not call the second the first.
ALTER TABLE sources ADD COLUMN concerns text NOT NULL DEFAULT 'collection'
    CHECK (concerns IN ('collection', 'any'));
UPDATE sources SET concerns = 'any'
WHERE source_id IN (SELECT source_id FROM import_runs WHERE format = 'ftc');
