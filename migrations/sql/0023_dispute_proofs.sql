-- Pictures and documents that an owner attaches to a dispute, encrypted like statements; deleted with the dispute's own words.
CREATE TABLE dispute_proofs (
    number       text COLLATE "C" NOT NULL,
    dispute_id   uuid NOT NULL,
    proof_id     uuid NOT NULL,
    media_type   text NOT NULL,
    size         integer NOT NULL,
    sha256       bytea NOT NULL,                        -- of the file as it was sent
    recorded_at  timestamptz NOT NULL,
    sealed       bytea STORAGE EXTERNAL NOT NULL,       -- encrypted bytes do not compress
    PRIMARY KEY (number, dispute_id, proof_id)
);
