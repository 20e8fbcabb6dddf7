-- A confirmation or a sign-in link must not wait behind a city's digests: what a person is waiting for is claimed first,
-- and without sorting the whole ledger for it.

CREATE INDEX ON letter (not_before) WHERE state = 'pending' AND kind <> 'digest';
