-- Who a person is to a provider of sign-ins, and which account that is here.

-- +goose Up
CREATE TABLE identities (
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL, -- the provider's own name for the person, which it never gives to another one
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_account ON identities (account_id);

-- +goose Down
DROP TABLE identities;
