-- Which listed numbers are likely of one hand. A number has no row while it belongs to no campaign.
CREATE TABLE campaigns (
    number       text COLLATE "C" PRIMARY KEY,
    campaign_id  text NOT NULL CHECK (campaign_id ~ '^c-[a-z2-7]{10}$'),
    since        timestamptz NOT NULL
);

ALTER TABLE verdicts ADD COLUMN campaign_id text;
