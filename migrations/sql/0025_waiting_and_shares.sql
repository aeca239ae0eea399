-- Since when a number waits for a verdict, what the numbers of a campaign share, and its numbers by its id.
ALTER TABLE changed_numbers ADD COLUMN waits_since timestamptz NOT NULL DEFAULT now();

CREATE TABLE campaign_shares (
    campaign_id  text PRIMARY KEY CHECK (campaign_id ~ '^c-[a-z2-7]{10}$'),
    shares       text[] NOT NULL,                       -- kinds of things, never the things: block, institution, script
    since        timestamptz NOT NULL                   -- when it was found first
);
CREATE INDEX campaigns_by_id ON campaigns (campaign_id);
