// SPDX-License-Identifier: MIT
import PostgresStore
import SecureTransport
import TestSupport
import Testing

/// The built paymentd on a database in which another provider has open payments: what one has taken,
/// another can neither look up nor give back.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PaymentGuardTests {
    private let database: PrivatePostgres
    private let certificates: TestCertificates

    init() throws {
        database = try PrivatePostgres.make(connectionCount: 1)
        certificates = try TestCertificates()
        _ = try certificates.files(.service("paymentd"))
    }

    /// A payment that `provider` has begun.
    private func open(_ state: String, by provider: String) async throws {
        try await database.pool.query(
            PostgresStatement(
                "test.open",
                """
                INSERT INTO payments (order_id, tenant, customer, state, provider, provider_key,
                    amount_minor, currency)
                VALUES (gen_random_uuid(), 'acme', 'bob', $1, $2, gen_random_uuid()::text, 500, 'USD')
                """), [.text(state), .text(provider)])
    }

    private func end(as state: String) async throws {
        try await database.pool.query(
            PostgresStatement("test.end", "UPDATE payments SET state = $1"), [.text(state)])
    }

    /// Started by itself: nobody is at the broker's and at Stripe's address.
    private func start(_ provider: String) async throws -> DaemonProcess {
        var environment = [
            "MESH_ADMIN_PORT": "0", "MESH_TLS_DIR": certificates.directory,
            "MESH_POSTGRES_CONNINFO": database.connectionInfo, "MESH_BROKER_PORT": "1",
            "MESH_PAYMENT_PROVIDER": provider,
        ]
        if provider == "stripe" {
            environment["MESH_STRIPE_SECRET_KEY"] = "sk_test_of_a_guard"
            environment["MESH_STRIPE_ENDPOINT"] = "http://127.0.0.1:1"
        }
        return try await DaemonProcess.start(
            "paymentd", environment: environment, listeners: ["admin"])
    }

    /// The words with which it ends; nil when it runs.
    private func refusal(of provider: String) async throws -> String? {
        do {
            let daemon = try await start(provider)
            #expect(await daemon.end() == 0)
            return nil
        } catch let failed as DaemonProcess.Failed {
            return failed.lastWords.last ?? ""
        }
    }

    @Test(arguments: ["charging", "charged", "unknown", "reversing"])
    func `money that another provider has taken or may have taken keeps it from starting`(
        state: String
    ) async throws {
        try await open(state, by: "stripe")
        try await open(state, by: "stripe")
        let words = try #require(try await refusal(of: "ledger"))
        #expect(
            words.contains("payment.provider")
                && words.contains("2 open payments were begun with another"), "\(words)")
    }

    @Test func `with Stripe it is kept by open payments of the ledger, and by none of its own`()
        async throws
    {
        try await open("charged", by: "ledger")
        let words = try #require(try await refusal(of: "stripe"))
        #expect(words.contains("1 open payments were begun with another"), "\(words)")
        #expect(try await refusal(of: "ledger") == nil)
    }

    @Test(arguments: ["captured", "declined", "reversed"])
    func `it starts once the other one has finished them`(state: String) async throws {
        try await open("charged", by: "ledger")
        #expect(try await refusal(of: "stripe") != nil)
        try await end(as: state)
        #expect(try await refusal(of: "stripe") == nil)
    }
}
