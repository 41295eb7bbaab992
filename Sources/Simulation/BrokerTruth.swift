// SPDX-License-Identifier: MIT
import Orders
import Wire

/// What a broker must hold, judged from what passes its door alone: the requests that reach it and
/// the words that leave it. Each message has a set of states that it may be in; whatever the broker
/// says or shows must be one of them, and leaves only those that agree with it.
struct BrokerTruth {
    /// A settlement handed in and not answered, and what must come with it.
    struct Link {
        let key: MessageKey
        let token: UInt64
        let before: Possibilities
        let outcome: Possibilities
        /// Outputs that the broker did not know before.
        let outputs: [MessageKey]
    }

    let rules: SimulationRules
    var messages: [MessageKey: MessageTruth] = [:]
    /// Of each queue, by sequence.
    var keys: [[UInt64: MessageKey]]
    /// Of each queue, messages that are not settled for certain, oldest first.
    private(set) var open: [[MessageKey]]
    /// Messages with a lease.
    var leased: [MessageKey] = []
    /// By connection and correlation.
    var pendingPublishes: [RequestKey: PendingPublish] = [:]
    var pendingSettles: [RequestKey: [PendingSettlement]] = [:]
    var pendingExtensions: [RequestKey: PendingExtension] = [:]
    var pendingRedrives: [RequestKey: PendingRedrive] = [:]
    var pendingPurges: [RequestKey: PendingPurge] = [:]
    var pendingStandings: [RequestKey: [Possibilities]] = [:]
    /// What operators did, oldest first.
    var acts: [ActTruth] = []
    /// How many of them were done before the trail was asked for.
    var pendingAudits: [RequestKey: [ActTruth]] = [:]
    /// What may be told as dead letters.
    var pendingDeadLetters: [RequestKey: Set<MessageKey>] = [:]
    /// Of each queue: the collection of words that said that it is paused, if it is for certain.
    var pauses: [Int?]
    /// The newest request to pause each queue, if none to resume it came since.
    var pauseRequests: [RequestKey?]
    var credits: [SubscriptionKey: Subscription] = [:]
    var links: [Link] = []
    var now: MeshInstant
    /// The latest that the clock ever showed.
    var latest: MeshInstant
    /// The greatest token seen, and the greatest of the lives before this one.
    var tokenMax: UInt64 = 0
    var tokenFloor: UInt64 = 0
    /// Whether the disk was short of room since the broker started.
    var mayBeFull = false
    /// Whether what a broker keeps for settlements on a full disk may be used up.
    var mayBeSpent = false
    var ordinal = 0
    /// How often the broker's words were collected.
    var collection = 0
    /// Of each queue: how many messages count for certain, and how many may.
    private(set) var countMin: [Int]
    private(set) var countMax: [Int]
    /// The same in bytes.
    private(set) var byteMin: [Int]
    private(set) var byteMax: [Int]
    var turns: TurnWatch
    /// The newest request to set weights, if it is not answered.
    var pendingWeights: (request: RequestKey, weights: [Int: UInt32])?
    var settledCount = 0
    var deliveredCount = 0
    var publishedCount = 0

    struct RequestKey: Hashable {
        let connection: Int
        let correlation: UInt64
    }

    struct SubscriptionKey: Hashable {
        let connection: Int
        let subscription: UInt32
    }

    struct Subscription {
        let queue: Int
        var credit: Int
    }

    init(rules: SimulationRules, now: MeshInstant) {
        self.rules = rules
        self.now = now
        latest = now
        pauses = .init(repeating: nil, count: SimulationRules.queueCount)
        pauseRequests = .init(repeating: nil, count: SimulationRules.queueCount)
        keys = .init(repeating: [:], count: SimulationRules.queueCount)
        open = .init(repeating: [], count: SimulationRules.queueCount)
        countMin = .init(repeating: 0, count: SimulationRules.queueCount)
        countMax = countMin
        byteMin = countMin
        byteMax = countMin
        turns = TurnWatch(rules)
    }

    // MARK: - Messages

    /// The message that was offered under `key`; known from now on.
    mutating func learn(_ key: MessageKey, _ offer: Offer) {
        guard messages[key] == nil else { return }
        ordinal += 1
        messages[key] = MessageTruth(offer, ordinal: ordinal)
        open[key.queue].append(key)
    }

    /// Changes what is known of a message, and the counts with it.
    mutating func change(_ key: MessageKey, _ body: (inout MessageTruth) -> Void) {
        guard var message = messages[key] else { return }
        let (wasCounted, mightCount) = (message.isCounted, message.mayCount)
        body(&message)
        let byteCount = message.offer.envelopeByteCount
        let certain = (message.isCounted ? 1 : 0) - (wasCounted ? 1 : 0)
        let possible = (message.mayCount ? 1 : 0) - (mightCount ? 1 : 0)
        countMin[key.queue] += certain
        countMax[key.queue] += possible
        byteMin[key.queue] += certain * byteCount
        byteMax[key.queue] += possible * byteCount
        messages[key] = message
    }

    /// Whether an id was offered so lately that the broker must still remember it.
    func isRemembered(_ key: MessageKey) -> Bool {
        guard let message = messages[key] else { return true }
        return ordinal - message.ordinal < rules.rememberedCount
    }

    mutating func forgetSettled(in queue: Int) {
        open[queue].removeAll { key in
            guard let message = messages[key] else { return true }
            return message.present == .settled && message.durable == .settled
        }
    }

    /// What becomes of a message whose attempt fails.
    func failure(ofAttempt attempt: Int) -> Possibilities {
        attempt >= rules.attemptsMax ? .dead : .alive(after: attempt)
    }

    // MARK: - Time and crashes

    /// When the lease that a delivery gave ends, if it is in force still.
    func deadline(of delivery: Wire.Delivery, in queue: Int) -> MeshInstant? {
        let key = MessageKey(queue: queue, id: delivery.message.id)
        guard let lease = messages[key]?.lease, lease.token == delivery.token,
            lease.phase == .inForce
        else { return nil }
        return lease.deadline
    }

    /// The clock shows `now`: leases whose time has come may end at any moment.
    mutating func timePassed(_ now: MeshInstant) {
        self.now = now
        latest = max(latest, now)
        leased.removeAll { messages[$0]?.lease == nil }
        for key in leased {
            guard let lease = messages[key]?.lease, lease.deadline <= now else { continue }
            let failed = failure(ofAttempt: lease.attempt)
            change(key) { message in
                // A settlement that was taken for certain cannot be overtaken by the clock.
                let isTaken =
                    lease.phase == .settling && !message.present.allows(lease.before)
                if !isTaken {
                    message.present.formUnion(failed)
                    message.durable.formUnion(failed)
                }
                if lease.phase == .inForce { message.lease?.phase = .lapsed }
                message.lease?.hasLapsed = true
            }
        }
    }

    /// The broker is no more: only what may be durable is left, and no lease.
    mutating func crashed() {
        for queue in open.indices {
            for key in open[queue] {
                change(key) { message in
                    message.present = message.durable
                    message.lease = nil
                }
            }
        }
        leased = []
        pendingPublishes = [:]
        pendingSettles = [:]
        pendingExtensions = [:]
        pendingRedrives = [:]
        pendingPurges = [:]
        pendingAudits = [:]
        pendingStandings = [:]
        pendingDeadLetters = [:]
        credits = [:]
        tokenFloor = tokenMax
        turns.restart()
        mayBeFull = false
    }

    /// The broker no longer holds the connection: what it leased there is free.
    mutating func closed(_ connection: SimulatedConnection) {
        // What was leased to it and never left counts for its tenant's turn, unseen.
        turns.disturb(during: collection)
        for key in leased where messages[key]?.lease?.connection == connection.number {
            change(key) { $0.lease = nil }
        }
    }

    /// Nothing more comes from the connection: what it asked has no answer.
    mutating func left(_ connection: SimulatedConnection) {
        for correlation in connection.unanswered.keys {
            abandon(RequestKey(connection: connection.number, correlation: correlation))
        }
        credits = credits.filter { $0.key.connection != connection.number }
    }

    /// Nobody will say what became of a request.
    private mutating func abandon(_ request: RequestKey) {
        pendingPublishes[request] = nil
        pendingSettles[request] = nil
        pendingExtensions[request] = nil
        pendingRedrives[request] = nil
        pendingPurges[request] = nil
        pendingAudits[request] = nil
        pendingStandings[request] = nil
        pendingDeadLetters[request] = nil
    }
}
