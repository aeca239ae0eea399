-- Since when a reporter restricts the use of the reports. They carry the same moment as `retracted_at`, by which they are
-- out of every count and known again when the restriction ends.
ALTER TABLE reporters ADD COLUMN restricted_at timestamptz;

-- What the purge removed, by rule; written in the transactions that removed it.
CREATE TABLE purges (
    purged_at  timestamptz NOT NULL,
    rule       text NOT NULL,
    relation   text NOT NULL,
    rows       bigint NOT NULL,
    PRIMARY KEY (purged_at, rule)
);
