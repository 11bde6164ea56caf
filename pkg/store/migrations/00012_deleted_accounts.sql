-- When an account was deleted; 0 if it was not. It is kept for a while, disabled, before it is removed for good.

-- +goose Up
ALTER TABLE accounts ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE accounts DROP COLUMN deleted_at;
