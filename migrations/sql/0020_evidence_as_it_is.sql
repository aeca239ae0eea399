-- What a reporter says about a piece of evidence, and when it was made. File name and caption are sealed together, bound
-- to the piece's id. Pieces from before have none of it, and no place: they stay in the order in which they came.
ALTER TABLE evidence
    ADD COLUMN sealed bytea,
    ADD COLUMN file_made_at timestamptz,                        -- as the file itself says
    ADD COLUMN file_made_from text,                             -- which part of it says so
    ADD COLUMN is_zone_assumed boolean NOT NULL DEFAULT false,  -- it says a time without a zone: China's was taken
    ADD COLUMN said_made_at timestamptz,                        -- as its reporter says
    ADD COLUMN place integer;                                   -- in the reporter's order; null: after those with one

-- Uploads that arrive in parts. A part is an object of the vault with a key of its own, as a piece of evidence is; when all
-- have arrived they are put together, and the piece's id is noted for a while: the last answer may not have arrived.
CREATE TABLE evidence_uploads (
    number        text COLLATE "C" NOT NULL,
    report_id     uuid NOT NULL,
    upload_id     uuid NOT NULL,
    reporter      bytea NOT NULL,
    size          integer NOT NULL CHECK (size > 0),      -- bytes, as announced
    sha256        bytea,                                  -- as announced; null: not told
    sealed        bytea,                                  -- file name and caption, bound to the upload's id
    said_made_at  timestamptz,
    received      integer NOT NULL DEFAULT 0,             -- bytes, from the first on
    evidence_id   uuid,                                   -- the piece, once it is whole
    began_at      timestamptz NOT NULL,
    moved_at      timestamptz NOT NULL,                   -- when the newest part arrived
    PRIMARY KEY (number, report_id, upload_id)
);
CREATE INDEX evidence_uploads_by_reporter ON evidence_uploads (reporter);

CREATE TABLE evidence_parts (
    upload_id    uuid NOT NULL,
    starts_at    integer NOT NULL,
    part_id      uuid NOT NULL UNIQUE,                    -- of the object
    size         integer NOT NULL CHECK (size > 0),
    sha256       bytea NOT NULL,
    wrapped_key  bytea NOT NULL,
    PRIMARY KEY (upload_id, starts_at)
);

-- How many bytes of evidence came from a network on a day: the network is a keyed hash that differs from day to day.
CREATE TABLE evidence_days (
    day      date NOT NULL,
    network  bytea NOT NULL,
    bytes    bigint NOT NULL,
    PRIMARY KEY (day, network)
);
