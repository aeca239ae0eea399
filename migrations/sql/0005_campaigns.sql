-- Which listed numbers are likely of one hand. A number has no row while it belongs to no campaign.
CREATE TABLE campaigns (
    number       text COLLATE "C" PRIMARY KEY,
    campaign_id  text NOT NULL CHECK (campaign_id ~ '^c-[a-z2-7]{10}$'),
    since        timestamptz NOT NULL
);

-- When campaigns were last looked for. Whoever looks holds the lock of its row, so that nobody else does.
CREATE TABLE campaign_search (
    is_only      boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    searched_at  timestamptz NOT NULL
);
INSERT INTO campaign_search (searched_at) VALUES ('1970-01-01T00:00:00Z');

ALTER TABLE verdicts ADD COLUMN campaign_id text;
