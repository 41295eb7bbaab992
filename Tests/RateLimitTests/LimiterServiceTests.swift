// SPDX-License-Identifier: MIT
import Logging
import Orders
import PostgresStore
import RateLimit
import SecureTransport
import ServiceClients
import ServiceLifecycle
import Sessions
import TestSupport
import Testing
import Wire

/// One at a time: each runs daemons and a database.
@Suite(.serialized) struct LimiterServiceTests {
    private let acme = TenantID(unchecked: "acme")

    private func database(
        _ tenant: String = "acme", rate: Int64, burst: Int64
    ) async throws -> PrivatePostgres {
        let database = try PrivatePostgres.make(connectionCount: 1)
        try await plan(tenant, rate: rate, burst: burst, in: database)
        return database
    }

    private func plan(
        _ tenant: String, rate: Int64, burst: Int64, in database: PrivatePostgres
    ) async throws {
        let insert = PostgresStatement(
            "test.plan",
            """
            INSERT INTO plans (tenant, rate_per_second, burst) VALUES ($1, $2, $3)
            ON CONFLICT (tenant) DO UPDATE
                SET rate_per_second = excluded.rate_per_second, burst = excluded.burst
            """)
        try await database.pool.query(insert, [.text(tenant), .int64(rate), .int64(burst)])
    }

    /// How many of `count` takes at once are granted.
    private func grants(_ count: Int, of tenant: TenantID, _ client: LimiterClient) async throws
        -> Int
    {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<count { group.addTask { try await client.take(1, of: tenant).granted } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test func `a burst is granted exactly, through the leases that it needs`() async throws {
        let database = try await database(rate: 1, burst: 50)
        let started = ContinuousClock.now
        let (granted, refused) = try await LimiterFixture(on: database).run { client async throws in
            let granted = try await grants(200, of: acme, client)
            return (granted, try await client.take(50, of: acme))
        }
        // One token a second flows in while this runs, however slow the machine is.
        let inflow = Int((ContinuousClock.now - started).components.seconds) + 1
        #expect(granted >= 50 && granted <= 50 + inflow)
        #expect(!refused.granted)
        #expect(refused.scope == .tenant)
        #expect(refused.limit == 50)
        #expect(refused.retryAfterMilliseconds > 0 && refused.retryAfterMilliseconds <= 50_000)
    }

    @Test func `a peek takes nothing and a refund comes back once`() async throws {
        let database = try await database(rate: 1, burst: 2)
        let key = UniqueID(high: 1, low: 7)
        try await LimiterFixture(on: database).run { client async throws in
            let peek = try await client.peek(acme)
            #expect(peek.remaining == 2)
            #expect(try await client.take(2, of: acme, key: key).granted)
            #expect(try await !client.peek(acme).granted)
            #expect(try await client.refund(key, of: acme))
            #expect(try await !client.refund(key, of: acme))
            #expect(try await client.peek(acme).remaining == 2)
        }
    }

    @Test func `a key outlives what is set for others, not what is set for its tenant [L-5]`()
        async throws
    {
        let database = try await database(rate: 1, burst: 2)
        let keys = (1...2).map { UniqueID(high: 1, low: $0) }
        try await LimiterFixture(on: database).run(as: .operator("alice")) { client async throws in
            for key in keys { #expect(try await client.take(1, of: acme, key: key).granted) }
            var plan = try await client.plan(of: "acme")
            plan.burst = 7
            for (tenant, key) in [("globex", keys[0]), ("acme", keys[1])] {
                plan.tenant = tenant
                _ = try await client.setPlan(plan, by: "test", because: "to see")
                let isGivenBack = try await client.refund(key, of: acme)
                #expect(isGivenBack == (tenant == "globex"))
            }
        }
    }

    @Test func `the plan of all tenants is a ceiling over theirs`() async throws {
        let database = try await database(rate: 1, burst: 100)
        try await plan("*", rate: 1, burst: 10, in: database)
        try await LimiterFixture(on: database).run { client async throws in
            let granted = try await grants(60, of: acme, client)
            #expect(granted >= 10 && granted <= 11)
            let refused = try await client.take(1, of: acme)
            #expect(refused.scope == .global)
            #expect(refused.limit == 10)
        }
    }

    @Test func `an order to stop keeps every bucket exactly`() async throws {
        let database = try await database(rate: 1, burst: 40)
        let first = try await LimiterFixture(on: database).run { client async throws in
            try await grants(25, of: acme, client)
        }
        let second = try await LimiterFixture(on: database).run { client async throws in
            try await grants(60, of: acme, client)
        }
        #expect(first == 25)
        #expect(second >= 15)
        #expect(first + second <= 40 + 5, "more than the burst and a few seconds' worth")
    }

    @Test func `a crash mints no token and costs less than a lease`() async throws {
        let database = try await database(rate: 1, burst: 40)
        var total = 0
        for _ in 0..<4 {
            let fixture = try await LimiterFixture(on: database)
            total += try await fixture.run(end: .crash) { client in
                try await grants(12, of: acme, client)
            }
        }
        // The burst, plus what flowed in during some seconds of starting and stopping.
        #expect(total <= 40 + 8)
        #expect(total >= 12)
    }

    @Test func `a changed plan is in force without a restart`() async throws {
        let database = try await database(rate: 1, burst: 1)
        let isRaised = try await LimiterFixture(on: database).run(as: .operator("alice")) {
            client async throws in
            _ = try await client.take(1, of: acme)
            #expect(try await !client.take(1, of: acme).granted)
            var plan = try await client.plan(of: "acme")
            plan.burst = 500
            let set = try await client.setPlan(plan, by: "test", because: "more is needed")
            #expect(set.burst == 500)
            return try await client.take(100, of: acme).granted
        }
        #expect(isRaised)
    }

    /// Within a second where nothing else runs; no test says so, since these machines are shared.
    @Test(.timeLimit(.minutes(1)))
    func `a plan that changes in the database is in force without a word to the limiter`()
        async throws
    {
        let database = try await database(rate: 1, burst: 1)
        try await LimiterFixture(on: database).run { client async throws in
            _ = try await client.take(1, of: acme)
            #expect(try await !client.take(1, of: acme).granted)
            try await plan("acme", rate: 1_000, burst: 1_000, in: database)
            while try await client.peek(acme).limit != 1_000 {}
        }
    }

    @Test func `a second limiter takes the buckets over, and the first one ends`() async throws {
        let database = try await database(rate: 1, burst: 40)
        let first = try await LimiterFixture(on: database)
        let group = ServiceGroup(
            services: first.service.services,
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
        async let end: Void = group.run()
        try await LimiterFixture(on: database).run { other async throws in
            #expect(try await other.take(1, of: acme).granted)
        }
        do {
            try await end
            Issue.record("the first one went on")
        } catch is LimiterSuperseded {}
    }

    @Test func `a plan that is tried out lets the tenant through, but not past all tenants`()
        async throws
    {
        let database = try await database(rate: 1, burst: 2)
        try await plan("*", rate: 1, burst: 8, in: database)
        try await database.pool.query(
            PostgresStatement("test.shadow", "UPDATE plans SET shadow = true WHERE tenant = 'acme'")
        )
        try await LimiterFixture(on: database).run { client async throws in
            let granted = try await grants(40, of: acme, client)
            #expect(granted >= 8 && granted <= 9)
            #expect(try await client.take(1, of: acme).scope == .global)
        }
    }

    /// A take of one token that holds a slot.
    private func hold(
        _ key: UInt64, over connection: MeshConnection
    ) async throws(CallError) -> Decision {
        let take = TokenRequest(
            tenant: "acme", cost: 1, key: UniqueID(high: 0, low: key), hold: true)
        let taken = try await connection.call(
            Take(takes: [take]), answer: Taken.self, deadline: .seconds(20))
        guard let decision = taken.decisions.first else {
            throw CallError(.badMessage, effect: .maybeApplied, message: "no decision")
        }
        return decision
    }

    @Test(.timeLimit(.minutes(1)))
    func `slots come back by release, and with the session that held them [L-10] [L-11]`()
        async throws
    {
        let database = try await database(rate: 1_000, burst: 1_000)
        try await database.pool.query(
            PostgresStatement(
                "test.slots", "UPDATE plans SET concurrency = 2 WHERE tenant = 'acme'"))
        let fixture = try await LimiterFixture(on: database)
        try await fixture.run { _ async throws in
            try await fixture.connect { one async throws in
                try await fixture.connect { other async throws in
                    for key in 1...2 { #expect(try await hold(UInt64(key), over: other).held) }
                    #expect(try await hold(3, over: one).scope == .concurrency)
                    // Frames of a session are read in order: the release before the take.
                    other.send(Release(keys: [UniqueID(high: 0, low: 1)]))
                    #expect(try await hold(4, over: other).held)
                    #expect(try await !hold(5, over: one).granted)
                }
                // The end of that session is on its way: ask until it is there.
                while try await !hold(6, over: one).granted {}
                while try await !hold(7, over: one).granted {}
                #expect(try await hold(8, over: one).scope == .concurrency)
            }
        }
    }

    @Test func `a take that holds needs a key`() async throws {
        let database = try await database(rate: 1, burst: 5)
        let fixture = try await LimiterFixture(on: database)
        try await fixture.run { _ async throws in
            try await fixture.connect { connection async throws in
                for count in 1...2 {
                    let take = TokenRequest(tenant: "acme", cost: 1, key: .zero, hold: true)
                    let error = await #expect(throws: CallError.self) {
                        _ = try await connection.call(
                            Take(takes: Array(repeating: take, count: count)),
                            answer: Taken.self, deadline: .seconds(20))
                    }
                    #expect(error?.code == .badMessage)
                }
            }
        }
    }

    @Test func `all plans are listed, and what a plan says of slots and shadow is kept`()
        async throws
    {
        let database = try await database(rate: 1, burst: 1)
        let fixture = try await LimiterFixture(on: database)
        try await fixture.run(as: .operator("alice")) { client async throws in
            var plan = try await client.plan(of: "acme")
            #expect(plan.concurrency == 0 && !plan.shadow && plan.whenAway == .refuse)
            plan.concurrency = 7
            plan.shadow = true
            plan.whenAway = .allow
            #expect(try await client.setPlan(plan, by: "test", because: "to see") == plan)
            #expect(try await client.plans().map(\.tenant) == ["acme", "default"])
            #expect(try await client.plans().first == plan)
            for (tenant, concurrency) in [("acme", UInt32(65_537)), ("*", 1)] {
                plan.tenant = tenant
                plan.concurrency = concurrency
                let error = await #expect(throws: CallError.self) {
                    try await client.setPlan(plan, by: "test", because: "to see")
                }
                #expect(error?.code == .badPlan)
            }
        }
    }

    @Test func `without its database the limiter spends its leases, then refuses`() async throws {
        let directory = "/tmp/mesh-limiter-\(UInt32.random(in: 0 ... .max))"
        let cluster = try PrivateCluster.start(
            in: directory, durability: .forgetful, isTemporary: true)
        try cluster.run(script: PrivatePostgres.schema())
        try cluster.run(
            script: """
                UPDATE plans SET rate_per_second = 10, burst = 1000 WHERE tenant = 'default';
                INSERT INTO plans (tenant, rate_per_second, burst, when_away)
                    VALUES ('lenient', 10, 1000, 'allow')
                """)
        let fixture = try await LimiterFixture(connectionInfo: cluster.connectionInfo())
        try await fixture.run(end: .crash) { client async throws in
            #expect(try await client.take(20, of: acme).granted)
            cluster.stop()
            var granted = 0
            var last = try await client.take(20, of: acme)
            while last.granted {
                granted += 20
                last = try await client.take(20, of: acme)
            }
            // The lease was a quarter of the burst, and nothing new can be made durable.
            #expect(granted <= 260)
            #expect(last.scope == .unavailable)
            #expect(last.retryAfterMilliseconds > 0)
            // A tenant who asks for little lives on what needs no lease.
            #expect(try await client.take(1, of: TenantID(unchecked: "modest")).granted)
            // One whose plan says so goes on to its burst, and no further.
            let lenient = TenantID(unchecked: "lenient")
            var lentOut = 0
            while try await client.take(20, of: lenient).granted { lentOut += 20 }
            #expect(lentOut >= 1000 && lentOut <= 1100)
            #expect(try await client.take(20, of: lenient).scope == .tenant)
        }
    }

    @Test func `a stranger to the policy neither takes nor sets plans`() async throws {
        let database = try await database(rate: 1, burst: 5)
        try await LimiterFixture(on: database).run(as: .tenant("acme")) { client async throws in
            let peek = try await client.peek(acme)
            #expect(peek.remaining == 5)
            await #expect(throws: CallError.self) { try await client.take(1, of: acme) }
            let other = TenantID(unchecked: "other")
            await #expect(throws: CallError.self) { try await client.peek(other) }
            let plan = try await client.plan(of: "acme")
            await #expect(throws: CallError.self) {
                try await client.setPlan(plan, by: "acme", because: "more for me")
            }
            await #expect(throws: CallError.self) { try await client.plans() }
        }
    }
}
