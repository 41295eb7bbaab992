// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import SimulatedMachine
import Wire

/// A client of the broker that means well and has no luck: its connections break, its answers are
/// lost, and it asks again.
final class SimulatedClient {
    enum Role {
        case publisher, consumer, `operator`
    }

    /// A delivery in hand.
    struct Held {
        let queue: Int
        let subscription: UInt32
        let delivery: Wire.Delivery
    }

    let number: Int
    let role: Role
    var connection: SimulatedConnection?
    /// Whether HELLO was answered.
    var isOpen = false
    /// Asked and not answered, oldest first.
    var waiting: [(correlation: UInt64, request: ClientRequest)] = []
    /// What to ask again.
    var retries: [ClientRequest] = []
    var held: [Held] = []
    /// Deliveries whose leases ended, or ought to have.
    var lost: [Held] = []
    var subscriptions: [(number: UInt32, queue: Int)] = []
    private var nextCorrelation: UInt64 = 1
    private var nextSubscription: UInt32 = 1

    private static let retryCountMax = 20
    private static let lostCountMax = 8

    init(number: Int, role: Role) {
        self.number = number
        self.role = role
    }

    /// Whether it has nothing more to ask.
    var isIdle: Bool { waiting.isEmpty && retries.isEmpty }

    // MARK: - Connections

    func connected(_ connection: SimulatedConnection) {
        self.connection = connection
        send(.hello(name: "client-\(number)"))
    }

    /// The connection is lost: what was asked may have been done.
    func disconnected() {
        connection?.isHeldByClient = false
        connection = nil
        isOpen = false
        for (_, request) in waiting {
            switch request {
            case .publish, .settle: retries.append(request)
            default: break
            }
        }
        retries = retries.suffix(Self.retryCountMax)
        waiting = []
        lost = (lost + held).suffix(Self.lostCountMax)
        held = []
        subscriptions = []
    }

    func send(_ request: ClientRequest) {
        guard let connection else { return }
        let correlation = request.isAnswered ? nextCorrelation : 0
        if request.isAnswered {
            nextCorrelation += 1
            waiting.append((correlation, request))
        }
        connection.send(request, correlation: correlation)
    }

    // MARK: - What it hears

    func heard(_ word: ServerWord, _ correlation: UInt64) {
        switch word {
        case .delivered(let deliver): take(deliver)
        case .helloOK:
            isOpen = true
            remove(correlation)
        default: remove(correlation)
        }
    }

    private func remove(_ correlation: UInt64) {
        waiting.removeAll { $0.correlation == correlation }
    }

    private func take(_ deliver: Deliver) {
        guard let queue = subscriptions.first(where: { $0.number == deliver.subscription })?.queue
        else { return }
        for delivery in deliver.deliveries {
            held.append(
                Held(queue: queue, subscription: deliver.subscription, delivery: delivery))
        }
    }

    // MARK: - Subscriptions

    func consume(_ queue: Int, credit: UInt32) {
        let number = nextSubscription
        nextSubscription += 1
        subscriptions.append((number, queue))
        send(.consume(queue: queue, subscription: number, credit: credit))
    }

    func stop(_ subscription: UInt32) {
        subscriptions.removeAll { $0.number == subscription }
        let ended = held.filter { $0.subscription == subscription }
        lost = (lost + ended).suffix(Self.lostCountMax)
        held.removeAll { $0.subscription == subscription }
        send(.stop(subscription: subscription))
    }
}
