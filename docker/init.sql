-- The schema of order-mesh, its only source. PostgreSQL 15 or newer.
--
-- Harmless to run again: the container's entry point runs it on an empty database, `meshctl db migrate`
-- on any. A change that an existing table needs is an ALTER ... IF NOT EXISTS below the table, and a
-- higher number in schema_version; the daemons refuse to start on another number than theirs.
--
-- Money is counted in hundredths (…_minor), stock in pieces. Constraints here are the last line of
-- defence: the statements of the daemons are written so that they never meet one.

SET client_min_messages = warning;

CREATE TABLE IF NOT EXISTS schema_version (
    version    integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- ---------------------------------------------------------------------------------------------
-- Tenants: their rate limits and where they want to be told
-- ---------------------------------------------------------------------------------------------

-- One row per tenant that has its own plan; all others get the row `default`.
CREATE TABLE IF NOT EXISTS plans (
    tenant          text PRIMARY KEY CHECK (length(tenant) BETWEEN 1 AND 64),
    rate_per_second bigint  NOT NULL CHECK (rate_per_second > 0),
    burst           bigint  NOT NULL CHECK (burst > 0),
    weight          bigint  NOT NULL DEFAULT 1 CHECK (weight > 0),
    depth_max       bigint  NOT NULL DEFAULT 100000 CHECK (depth_max > 0),
    -- Decide and count, but refuse nothing: to try a limit out.
    shadow          boolean NOT NULL DEFAULT false,
    updated_by      text    NOT NULL DEFAULT 'schema',
    updated_at      timestamptz NOT NULL DEFAULT now()
);

-- Since version 2. What becomes of takes that no checkpoint covers while this database is away:
-- `refuse` keeps the ceiling across a crash of the limiter, `allow` keeps it only while it runs.
ALTER TABLE plans ADD COLUMN IF NOT EXISTS when_away text NOT NULL DEFAULT 'refuse'
    CHECK (when_away IN ('refuse', 'allow'));

-- Since version 4. Most requests of the tenant in progress at once, over all ingestd; 0: no limit.
-- And why the plan is as it is, for those who ask later.
ALTER TABLE plans ADD COLUMN IF NOT EXISTS concurrency bigint NOT NULL DEFAULT 0
    CHECK (concurrency BETWEEN 0 AND 65536);
ALTER TABLE plans ADD COLUMN IF NOT EXISTS updated_why text NOT NULL DEFAULT '';

-- The limiter listens on this channel; the payload is the tenant whose plan changed.
CREATE OR REPLACE FUNCTION announce_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('plans', coalesce(NEW.tenant, OLD.tenant));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER plans_announced
    AFTER INSERT OR UPDATE OR DELETE ON plans
    FOR EACH ROW EXECUTE FUNCTION announce_plan();

-- Since version 3. Keys by which tenants speak over HTTP; of a secret only its SHA-256 is kept, which
-- is enough for 32 bytes of chance.
CREATE TABLE IF NOT EXISTS api_keys (
    id          text  PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
    tenant      text  NOT NULL CHECK (length(tenant) BETWEEN 1 AND 64),
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    note        text  NOT NULL DEFAULT '',
    made_by     text  NOT NULL,
    made_at     timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz
);

-- ingestd listens on this channel; the payload is the key's id.
CREATE OR REPLACE FUNCTION announce_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('api_keys', coalesce(NEW.id, OLD.id));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER api_keys_announced
    AFTER INSERT OR UPDATE OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION announce_api_key();

CREATE TABLE IF NOT EXISTS webhook_endpoints (
    tenant text NOT NULL,
    url    text NOT NULL CHECK (url ~ '^https?://'),
    -- Standard Webhooks: the bytes behind `whsec_`, in base64.
    secret text NOT NULL CHECK (length(secret) >= 24),
    PRIMARY KEY (tenant, url)
);

-- Since version 5. Who answered 410 is told nothing more, until these are NULL again.
ALTER TABLE webhook_endpoints
    ADD COLUMN IF NOT EXISTS disabled_at     timestamptz,
    ADD COLUMN IF NOT EXISTS disabled_reason text;

-- Since version 5. Whom a tenant wants to be told by mail.
CREATE TABLE IF NOT EXISTS mail_recipients (
    tenant      text NOT NULL,
    -- Without a space, an angle bracket or anything else that could end its line in an envelope.
    address     text NOT NULL CHECK (address ~ '^[!-;=?-~]+@[!-;=?-~]+$' AND length(address) <= 254),
    disabled_at timestamptz,
    PRIMARY KEY (tenant, address)
);

-- ---------------------------------------------------------------------------------------------
-- Orders, by month
-- ---------------------------------------------------------------------------------------------

-- The creation time that a UUIDv7 carries in its first 48 bits, to the millisecond. Whoever looks an
-- order up by id adds `created_at = order_created_at(id)`, and the planner touches one partition.
CREATE OR REPLACE FUNCTION order_created_at(id uuid) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT to_timestamp(
        ('x' || translate(substr(id::text, 1, 13), '-', ''))::bit(48)::bigint / 1000.0::float8)
$$;

CREATE TABLE IF NOT EXISTS orders (
    id          uuid        NOT NULL,
    created_at  timestamptz NOT NULL,
    tenant      text        NOT NULL,
    customer    text        NOT NULL,
    status      text        NOT NULL DEFAULT 'accepted' CHECK (status IN (
        'accepted', 'reserved', 'charging', 'charged', 'fulfilled',
        'rejected', 'declined', 'cancelled', 'unknown', 'dead')),
    currency    text        NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    total_minor bigint      NOT NULL CHECK (total_minor >= 0),
    -- [{"product": "...", "quantity": 1, "unit_price_minor": 100}, ...]
    items       jsonb       NOT NULL CHECK (jsonb_typeof(items) = 'array'),
    trace       uuid        NOT NULL,
    -- Numbers the order's events. Raised in the same UPDATE as the status, under the row's lock, so
    -- that two stages never give out the same number.
    event_count bigint      NOT NULL DEFAULT 0,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, created_at),
    -- Otherwise a look-up by id would search the wrong month and find nothing.
    CONSTRAINT orders_created_at_is_of_id CHECK (created_at = order_created_at(id))
) PARTITION BY RANGE (created_at);

-- Since version 5. The newest lease under which a stage has moved the order on: its token less 2^63, so
-- that tokens sort as they do without a sign. A stage that was stopped beyond its lease is refused.
ALTER TABLE orders ADD COLUMN IF NOT EXISTS fence bigint NOT NULL DEFAULT -9223372036854775808;

CREATE INDEX IF NOT EXISTS orders_of_tenant ON orders (tenant, created_at);

-- What happened to an order, for people and for those who watch it. created_at is the order's, so
-- that order and events lie in the same month; `at` is the event's own time.
CREATE TABLE IF NOT EXISTS order_events (
    order_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    number     bigint      NOT NULL CHECK (number > 0),
    at         timestamptz NOT NULL DEFAULT now(),
    stage      text        NOT NULL,
    status     text        NOT NULL,
    detail     text        NOT NULL DEFAULT '',
    attempt    integer     NOT NULL DEFAULT 1,
    trace      uuid        NOT NULL,
    PRIMARY KEY (order_id, created_at, number)
) PARTITION BY RANGE (created_at);

-- Whoever watches orders listens on this channel; the payload is order ids, separated by commas. 200
-- at a time: a payload has at most 8,000 bytes.
CREATE OR REPLACE FUNCTION announce_order_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('order_events', string_agg(order_id::text, ','))
        FROM (SELECT order_id, row_number() OVER () / 200 AS chunk
              FROM (SELECT DISTINCT order_id FROM added) AS ids) AS numbered
        GROUP BY chunk;
    RETURN NULL;
END $$;

-- ---------------------------------------------------------------------------------------------
-- Ingest: one key, one order; and what is still to be handed to the broker
-- ---------------------------------------------------------------------------------------------

-- Partitioned by hash and not by month: a key must be unique across months, and sixteen small trees
-- keep inserts and the sweep of expired keys from meeting on one page.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    tenant     text        NOT NULL,
    key        text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    body_hash  bytea       NOT NULL CHECK (length(body_hash) = 32),
    state      text        NOT NULL DEFAULT 'claimed' CHECK (state IN ('claimed', 'done', 'unknown')),
    order_id   uuid,
    -- What the first answer said; every repeat says the same.
    status     text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, key),
    CHECK (state <> 'done' OR order_id IS NOT NULL)
) PARTITION BY HASH (key);

DO $$
BEGIN
    FOR remainder IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS idempotency_keys_%s PARTITION OF idempotency_keys
                 FOR VALUES WITH (MODULUS 16, REMAINDER %s)', lpad(remainder::text, 2, '0'), remainder);
        -- Rows come and go at the same rate: their room is to be used again soon.
        EXECUTE format(
            'ALTER TABLE idempotency_keys_%s SET (autovacuum_vacuum_scale_factor = 0.05,
                 autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)',
            lpad(remainder::text, 2, '0'));
    END LOOP;
END $$;

CREATE INDEX IF NOT EXISTS idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- Written in the order's own transaction, deleted once the broker has the message.
CREATE TABLE IF NOT EXISTS outbox (
    message_id uuid PRIMARY KEY,
    queue      text        NOT NULL,
    order_id   uuid        NOT NULL,
    trace      uuid        NOT NULL,
    tenant     text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Set once somebody may have handed the message over: from then on its order stands, and can no
    -- longer be taken back because the queue is full.
    tried_at   timestamptz
);

CREATE INDEX IF NOT EXISTS outbox_by_age ON outbox (created_at);

-- ---------------------------------------------------------------------------------------------
-- Inventory
-- ---------------------------------------------------------------------------------------------

-- Every piece ever received is on hand, reserved or shipped: that is a constraint, so no statement
-- can lose or make one. Fill it up with stock_receive().
CREATE TABLE IF NOT EXISTS stock (
    product  text   PRIMARY KEY CHECK (length(product) BETWEEN 1 AND 64),
    on_hand  bigint NOT NULL CHECK (on_hand >= 0),
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    shipped  bigint NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    received bigint NOT NULL,
    CONSTRAINT stock_is_conserved CHECK (on_hand + reserved + shipped = received)
) WITH (fillfactor = 40);  -- Hot rows: leave room for the next versions on the same page.

CREATE OR REPLACE FUNCTION stock_receive(of_product text, pieces bigint) RETURNS void
    LANGUAGE sql AS $$
    INSERT INTO stock AS s (product, on_hand, received) VALUES (of_product, pieces, pieces)
    ON CONFLICT (product) DO UPDATE
        SET on_hand = s.on_hand + excluded.on_hand, received = s.received + excluded.received
$$;

-- Whose the reserved pieces are. No foreign key to stock: each row is written in the statement that
-- has moved the same pieces there.
CREATE TABLE IF NOT EXISTS reservations (
    order_id   uuid   NOT NULL,
    product    text   NOT NULL,
    quantity   bigint NOT NULL CHECK (quantity > 0),
    state      text   NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'released', 'shipped')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, product)
) WITH (fillfactor = 80);

-- What the sweeper of inventoryd looks for.
CREATE INDEX IF NOT EXISTS reservations_held ON reservations (updated_at) WHERE state = 'held';

-- ---------------------------------------------------------------------------------------------
-- Payment: one row per order, and the double-entry ledger
-- ---------------------------------------------------------------------------------------------

-- charging  -> charged | declined | unknown      the provider is being asked
-- unknown   -> charged | declined | charging     only the provider's word leads out
-- charged   -> captured (order fulfilled) | reversing
-- reversing -> reversed                          the provider is being asked to give back
-- reversed  -> charging                          the next attempt, with the next number
CREATE TABLE IF NOT EXISTS payments (
    order_id     uuid PRIMARY KEY,
    tenant       text    NOT NULL,
    customer     text    NOT NULL,
    attempt      integer NOT NULL DEFAULT 1 CHECK (attempt > 0),
    state        text    NOT NULL CHECK (state IN (
        'charging', 'charged', 'declined', 'reversing', 'reversed', 'unknown', 'captured')),
    provider     text    NOT NULL,
    -- H(order, attempt, "charge"): the same question asked twice is one charge.
    provider_key text    NOT NULL,
    -- What the provider calls the charge.
    reference    text,
    amount_minor bigint  NOT NULL CHECK (amount_minor >= 0),
    currency     text    NOT NULL,
    detail       text    NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 60);

-- Since version 6. The key follows from order and attempt, and an order has one row here: what an index
-- of its own would refuse, the primary key refuses. Three entries an order less.
ALTER TABLE payments DROP CONSTRAINT IF EXISTS payments_provider_key_key;

-- What the reconciler looks for.
CREATE INDEX IF NOT EXISTS payments_unsettled ON payments (updated_at)
    WHERE state IN ('charging', 'unknown', 'reversing');

-- Since version 5. What payment.provider = stripe needs to know of customers: whose saved payment method
-- is charged. A customer without a row is declined, unless stripe.paymentMethod names one for all.
CREATE TABLE IF NOT EXISTS stripe_customers (
    tenant          text NOT NULL,
    customer        text NOT NULL,
    stripe_customer text NOT NULL CHECK (stripe_customer ~ '^cus_[A-Za-z0-9]+$'),
    payment_method  text NOT NULL CHECK (payment_method ~ '^(pm|card|src)_[A-Za-z0-9_]+$'),
    PRIMARY KEY (tenant, customer)
);

-- Since version 5. Written before Stripe is asked: what was asked under which key. The same question is
-- asked again in the same words, and a key that is not here was surely never sent.
CREATE TABLE IF NOT EXISTS stripe_charges (
    key             text PRIMARY KEY,
    order_id        uuid   NOT NULL,
    stripe_customer text,
    payment_method  text   NOT NULL,
    -- As Stripe counts: in the currency's own smallest unit.
    amount          bigint NOT NULL CHECK (amount > 0),
    currency        text   NOT NULL,
    requested_at    timestamptz NOT NULL DEFAULT now(),
    -- The payment intent that took the money, once Stripe has said so.
    reference       text UNIQUE
) WITH (fillfactor = 80);

-- The balance is what the customer owes us. A customer without a row gets one with the default limit.
CREATE TABLE IF NOT EXISTS customer_accounts (
    tenant             text   NOT NULL,
    customer           text   NOT NULL,
    currency           text   NOT NULL DEFAULT 'USD',
    credit_limit_minor bigint NOT NULL DEFAULT 100000000 CHECK (credit_limit_minor >= 0),
    balance_minor      bigint NOT NULL DEFAULT 0 CHECK (balance_minor >= 0),
    PRIMARY KEY (tenant, customer, currency)
) WITH (fillfactor = 60);

-- One row per movement of money. Not partitioned: its keys must be unique for ever.
CREATE TABLE IF NOT EXISTS ledger_transfers (
    key          text PRIMARY KEY,
    order_id     uuid    NOT NULL,
    attempt      integer NOT NULL,
    kind         text    NOT NULL CHECK (kind IN ('charge', 'reversal')),
    tenant       text    NOT NULL,
    customer     text    NOT NULL,
    amount_minor bigint  NOT NULL CHECK (amount_minor >= 0),
    currency     text    NOT NULL,
    -- A charge: the key of its reversal. A reversal: nothing.
    reversed_by  text,
    -- A reversal: the key of the charge that it undoes. A charge: nothing.
    reverses     text REFERENCES ledger_transfers (key),
    created_at   timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
    CHECK (kind = 'charge' OR reversed_by IS NULL)
);

-- Never charged twice: an order has at most one charge that stands.
CREATE UNIQUE INDEX IF NOT EXISTS ledger_one_standing_charge ON ledger_transfers (order_id)
    WHERE kind = 'charge' AND reversed_by IS NULL;

-- Since version 6. Most charges are never given back: only those that are have an entry here. And the key is
-- made of order, attempt and kind, so that the primary key holds what a constraint on these three did.
ALTER TABLE ledger_transfers
    DROP CONSTRAINT IF EXISTS ledger_transfers_reversed_by_key,
    DROP CONSTRAINT IF EXISTS ledger_transfers_reverses_key,
    DROP CONSTRAINT IF EXISTS ledger_transfers_order_id_attempt_kind_key;
CREATE UNIQUE INDEX IF NOT EXISTS ledger_reversed_once_by ON ledger_transfers (reversed_by)
    WHERE reversed_by IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS ledger_reverses_one ON ledger_transfers (reverses)
    WHERE reverses IS NOT NULL;

-- Two rows per transfer, which cancel out. Accounts: `customer:TENANT/NAME` and `revenue:TENANT`.
CREATE TABLE IF NOT EXISTS ledger_entries (
    transfer_key text        NOT NULL,
    account      text        NOT NULL,
    amount_minor bigint      NOT NULL,
    currency     text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (transfer_key, account, created_at)
) PARTITION BY RANGE (created_at);

-- Per statement and not per row: a batch of a thousand transfers is summed up once.
CREATE OR REPLACE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lopsided text;
BEGIN
    SELECT transfer_key INTO lopsided FROM added
        GROUP BY transfer_key
        HAVING count(*) <> 2 OR sum(amount_minor) <> 0 OR count(DISTINCT currency) <> 1
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transfer % does not balance', lopsided
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_must_balance';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_balances
    AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_must_balance();

CREATE OR REPLACE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is corrected by new transfers, never by %', TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_is_append_only';
END $$;

CREATE OR REPLACE TRIGGER ledger_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

-- ---------------------------------------------------------------------------------------------
-- Fulfillment and notification
-- ---------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS receipts (
    order_id   uuid PRIMARY KEY,
    -- Relative to the receipts' directory or bucket.
    path       text   NOT NULL,
    -- SHA-256 of the file's bytes.
    checksum   bytea  NOT NULL CHECK (length(checksum) = 32),
    byte_count bigint NOT NULL CHECK (byte_count > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Since version 5. The printable form beside it; older receipts have none.
ALTER TABLE receipts
    ADD COLUMN IF NOT EXISTS page_path       text,
    ADD COLUMN IF NOT EXISTS page_checksum   bytea  CHECK (length(page_checksum) = 32),
    ADD COLUMN IF NOT EXISTS page_byte_count bigint CHECK (page_byte_count > 0);

-- Since version 5. What fulfillmentd looks through at a start: what was recorded since its last sync.
CREATE INDEX IF NOT EXISTS receipts_by_time ON receipts USING brin (created_at);

CREATE TABLE IF NOT EXISTS notifications (
    message_id      uuid    NOT NULL,
    order_id        uuid    NOT NULL,
    tenant          text    NOT NULL,
    status          text    NOT NULL,
    -- `webhook`, `mail`, or `none` when the tenant has no recipient.
    channel         text    NOT NULL,
    -- Of the webhook; `mailto:` and the address of a mail.
    url             text    NOT NULL DEFAULT '',
    attempt         integer NOT NULL DEFAULT 1,
    -- The receiver's HTTP status; 0 when it was never reached.
    response_status integer NOT NULL DEFAULT 0,
    detail          text    NOT NULL DEFAULT '',
    delivered_at    timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, url)
);

CREATE INDEX IF NOT EXISTS notifications_of_order ON notifications (order_id);

-- ---------------------------------------------------------------------------------------------
-- Limiter
-- ---------------------------------------------------------------------------------------------

-- Who serves the buckets: one row. A limiter that opens raises the epoch; what one of a lower epoch
-- still writes is refused, so that two never grant at once.
CREATE TABLE IF NOT EXISTS limiter_state (
    singleton    boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    epoch        bigint  NOT NULL DEFAULT 0,
    -- Whether a limiter runs, or one crashed.
    is_open      boolean NOT NULL DEFAULT false,
    -- The boot of the machine that it runs on, and how its clock stands to that boot's.
    boot         text    NOT NULL DEFAULT '',
    clock_offset bigint  NOT NULL DEFAULT 0,
    opened_at    timestamptz NOT NULL DEFAULT now()
);

INSERT INTO limiter_state (singleton) VALUES (true) ON CONFLICT (singleton) DO NOTHING;

-- Written ahead of use: a bucket never grants beyond the arrival time that stands here.
CREATE TABLE IF NOT EXISTS bucket_checkpoints (
    bucket     text   PRIMARY KEY,
    -- Theoretical arrival time, nanoseconds since the Unix epoch.
    tat        bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- Since version 2: nanoseconds for one token under the plan in force then (0: not known), and the
-- number of the write, so that one that comes late changes nothing.
ALTER TABLE bucket_checkpoints ADD COLUMN IF NOT EXISTS interval_ns bigint NOT NULL DEFAULT 0;
ALTER TABLE bucket_checkpoints ADD COLUMN IF NOT EXISTS number bigint NOT NULL DEFAULT 0;

-- Version 1 noted in a row of this table that a limiter ran.
UPDATE limiter_state SET is_open = true
    WHERE EXISTS (SELECT FROM bucket_checkpoints WHERE bucket = '#open');
DELETE FROM bucket_checkpoints WHERE bucket = '#open';

CREATE OR REPLACE FUNCTION advance_buckets(
    of_epoch bigint, of_number bigint, buckets text[], tats bigint[], intervals bigint[])
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM limiter_state WHERE epoch = of_epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another limiter has opened the buckets';
    END IF;
    -- Sorted, so that no two statements wait for each other.
    INSERT INTO bucket_checkpoints AS held (bucket, tat, interval_ns, number)
        SELECT bucket, tat, step, of_number
        FROM unnest(buckets, tats, intervals) AS given (bucket, tat, step)
        ORDER BY bucket
        ON CONFLICT (bucket) DO UPDATE
            SET tat = excluded.tat, interval_ns = excluded.interval_ns,
                number = excluded.number, updated_at = now()
            WHERE held.number < excluded.number;
END $$;

-- At a clean stop: all that is left, exactly.
CREATE OR REPLACE FUNCTION close_buckets(
    of_epoch bigint, of_number bigint, buckets text[], tats bigint[], intervals bigint[])
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE limiter_state SET is_open = false WHERE epoch = of_epoch;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another limiter has opened the buckets';
    END IF;
    DELETE FROM bucket_checkpoints;
    PERFORM advance_buckets(of_epoch, of_number, buckets, tats, intervals);
END $$;

-- ---------------------------------------------------------------------------------------------
-- Partitions
-- ---------------------------------------------------------------------------------------------

-- Makes the partitions from last month to `months_ahead` months from now, for every table that is
-- partitioned by month; returns how many it made. The daemons call it at start and once a day. No
-- default partition: rows in it would keep the real one from being made, and hide that it is missing.
CREATE OR REPLACE FUNCTION create_monthly_partitions(months_ahead integer DEFAULT 3)
    RETURNS integer LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    parent    text;
    first_day timestamptz;
    partition text;
    made      integer := 0;
BEGIN
    -- Several daemons start at once.
    PERFORM pg_advisory_xact_lock(7021993403);
    FOREACH parent IN ARRAY ARRAY['orders', 'order_events', 'ledger_entries'] LOOP
        FOR month IN -1..months_ahead LOOP
            first_day := date_trunc('month', now()) + make_interval(months => month);
            partition := format('%s_%s', parent, to_char(first_day, '"y"YYYY"m"MM'));
            CONTINUE WHEN to_regclass(partition) IS NOT NULL;
            -- Orders are updated some four times: room for these versions on the same page.
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = %s)',
                partition, parent, first_day, first_day + interval '1 month',
                CASE parent WHEN 'orders' THEN 50 ELSE 100 END);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- How many months ahead the partitions reach: an alarm when it falls below one.
CREATE OR REPLACE FUNCTION monthly_partitions_ahead() RETURNS integer
    LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
    SELECT coalesce(max(month), -1) FROM generate_series(0, 24) AS month
    WHERE (SELECT bool_and(to_regclass(format('%s_%s', parent, to_char(
            date_trunc('month', now()) + make_interval(months => month), '"y"YYYY"m"MM'))) IS NOT NULL)
        FROM unnest(ARRAY['orders', 'order_events', 'ledger_entries']) AS parent)
$$;

-- The monthly partitions that are attached, oldest first. `is_pending`: a detachment was broken off, and
-- is to be finalized before another can begin.
CREATE OR REPLACE FUNCTION monthly_partitions()
    RETURNS TABLE (parent text, partition text, month date, is_pending boolean)
    LANGUAGE sql STABLE AS $$
    SELECT p.relname::text, c.relname::text, to_date(right(c.relname, 7), 'YYYY"m"MM'),
        i.inhdetachpending
    FROM pg_inherits AS i
    JOIN pg_class AS p ON p.oid = i.inhparent
    JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = ANY (ARRAY['orders', 'order_events', 'ledger_entries']::regclass[])
    ORDER BY 3, 1
$$;

-- Orders of a month that are not at rest: detached, no stage would find them any more, and what is held
-- or charged for them would stay so.
CREATE OR REPLACE FUNCTION restless_orders(of_month date) RETURNS SETOF uuid
    LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
    SELECT o.id FROM orders AS o
    WHERE o.created_at >= of_month::timestamptz
        AND o.created_at < (of_month + interval '1 month')::timestamptz
        AND (o.status NOT IN ('fulfilled', 'rejected', 'declined', 'cancelled', 'dead')
            OR EXISTS (SELECT FROM payments AS p WHERE p.order_id = o.id
                AND p.state IN ('charging', 'unknown', 'charged', 'reversing'))
            OR EXISTS (SELECT FROM reservations AS r WHERE r.order_id = o.id AND r.state = 'held'))
$$;

SELECT create_monthly_partitions();

CREATE OR REPLACE TRIGGER order_events_announced
    AFTER INSERT ON order_events REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION announce_order_events();

-- ---------------------------------------------------------------------------------------------
-- Seed: nothing but the version and the plan of those who have none
-- ---------------------------------------------------------------------------------------------

INSERT INTO plans (tenant, rate_per_second, burst) VALUES ('default', 100, 200)
    ON CONFLICT (tenant) DO NOTHING;

INSERT INTO schema_version (version) VALUES (6) ON CONFLICT (version) DO NOTHING;
