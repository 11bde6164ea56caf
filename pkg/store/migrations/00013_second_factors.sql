-- Second factors: the secret of an authenticator, which must be readable to check its codes, and the hashes of recovery codes.

-- +goose Up
CREATE TABLE second_factors (
    account_id TEXT    PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    secret     TEXT    NOT NULL,
    confirmed  BOOLEAN NOT NULL DEFAULT FALSE,
    last_step  BIGINT  NOT NULL DEFAULT 0, -- of the last code that was taken, in 30 s since 1970: a code works once
    created_at BIGINT  NOT NULL
);
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL,
    PRIMARY KEY (account_id, hash)
);

-- +goose Down
DROP TABLE recovery_codes;
DROP TABLE second_factors;
