-- What reporters attach to their reports. The objects stand outside the database, each encrypted under a key of its
-- own; that key stands here, wrapped by a master key that stands in neither place. Deleting a row destroys what its
-- object says.
CREATE TABLE evidence (
    number       text COLLATE "C" NOT NULL,
    report_id    uuid NOT NULL,
    evidence_id  uuid NOT NULL,
    reporter     bytea NOT NULL,
    media_type   text NOT NULL,                         -- decided by content
    size         integer NOT NULL CHECK (size > 0),     -- bytes of the original
    sha256       bytea NOT NULL,                        -- of the original
    wrapped_key  bytea NOT NULL,
    weight       double precision,                      -- what a report with it weighs; null: as one without
    stored_at    timestamptz NOT NULL,
    PRIMARY KEY (number, report_id, evidence_id)
);
CREATE INDEX evidence_by_reporter ON evidence (reporter, sha256);
CREATE INDEX evidence_by_id ON evidence (evidence_id);  -- which objects of the store are known
