// SPDX-License-Identifier: MIT
import PostgresStore

extension LedgerBook {
    static let find = PostgresStatement(
        "ledger.find",
        """
        SELECT key, reversed_by IS NOT NULL FROM ledger_transfers WHERE key = ANY($1::text[])
        """)

    static let openAccounts = PostgresStatement(
        "ledger.open-accounts",
        """
        INSERT INTO customer_accounts (tenant, customer, currency)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
        ON CONFLICT DO NOTHING
        """)

    // Always in the order of their names: two batches cannot wait for each other in a ring.
    static let lock = PostgresStatement(
        "ledger.lock",
        """
        SELECT tenant, customer, currency, credit_limit_minor, balance_minor FROM customer_accounts
        WHERE (tenant, customer, currency) IN (
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
        ORDER BY tenant COLLATE "C", customer COLLATE "C", currency COLLATE "C"
        FOR NO KEY UPDATE
        """)

    static let addTransfers = PostgresStatement(
        "ledger.add-transfers",
        """
        INSERT INTO ledger_transfers
            (key, order_id, attempt, kind, tenant, customer, amount_minor, currency, reverses)
        SELECT * FROM unnest(
            $1::text[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[],
            $7::bigint[], $8::text[], $9::text[])
        """)

    static let addEntries = PostgresStatement(
        "ledger.add-entries",
        """
        INSERT INTO ledger_entries (transfer_key, account, amount_minor, currency)
        SELECT t.key, side.account, side.amount, t.currency
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
            AS t (key, tenant, customer, amount, currency),
            LATERAL (VALUES
                ('customer:' || t.tenant || '/' || t.customer, t.amount),
                ('revenue:' || t.tenant, -t.amount)) AS side (account, amount)
        """)

    static let changeBalances = PostgresStatement(
        "ledger.change-balances",
        """
        UPDATE customer_accounts AS a SET balance_minor = a.balance_minor + c.change
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
            AS c (tenant, customer, currency, change)
        WHERE a.tenant = c.tenant AND a.customer = c.customer AND a.currency = c.currency
        """)

    static let markReversed = PostgresStatement(
        "ledger.mark-reversed",
        """
        UPDATE ledger_transfers AS t SET reversed_by = r.reversal
        FROM unnest($1::text[], $2::text[]) AS r (key, reversal)
        WHERE t.key = r.key AND t.reversed_by IS NULL
        """)
}
