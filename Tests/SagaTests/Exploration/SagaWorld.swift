// SPDX-License-Identifier: MIT
import Orders
import Saga

/// One order on its way, as far as money, stock and messages go: what is durable, what the queue holds,
/// and how far each worker is. Whoever dies loses his worker and nothing else.
///
/// Each move is one thing that happens at once in the real mesh: a transaction, a request to the
/// provider, a settlement. What stands between two moves is where a crash can come. The decisions are
/// those of `SagaPlan`, the ids those of `OutputID`.
struct SagaWorld: Hashable {
    /// What the database says.
    var status = OrderStatus.accepted
    var payment: Payment?
    var stock = Stock.none
    /// What the provider has done, by the attempt that names its key.
    var provider: [UInt32: Standing] = [:]
    /// Requests to charge that left, got no answer, and may still arrive.
    var underWay: Set<UInt32> = []
    /// What can be leased, what was stored ever, and what waits for an operator.
    var ready: Set<Message> = []
    var seen: Set<MessageID> = []
    var dead: Set<Message> = []
    var workers: Set<Worker> = []
    /// The latest lease by which somebody moved the order on.
    var fence = 0
    /// How often something may still go wrong.
    var faultsLeft: Int

    struct Payment: Hashable {
        var state: PaymentState
        var attempt: UInt32
    }

    enum Stock: Hashable { case none, held, released, shipped }

    enum Standing: Hashable { case charged, declined, reversed }

    /// A message between stages; told customers are left out, since they change nothing.
    struct Message: Hashable {
        let id: MessageID
        let kind: StepKind
        let attempt: UInt32
        /// How often it was leased.
        var leaseCount = 0
    }

    /// A stage at one step.
    struct Worker: Hashable {
        var message: Message
        /// Greater than that of every lease before.
        var token: Int
        /// Otherwise its lease has ended, and the message is ready again, or somebody else's.
        var hasLease = true
        var phase = Phase.begin
    }

    /// What a worker does next.
    enum Phase: Hashable {
        case begin
        case ask(UInt32)
        case look(UInt32)
        case record(UInt32, Answer)
        case giveBack(UInt32, Reason)
        case recordGivenBack(UInt32, Reason)
        case giveUp
        case conclude
        case settle(Verdict, [Output])
    }

    enum Answer: Hashable { case charged, declined, unavailable, unknown }

    /// Why a charge goes back, and so what comes then.
    enum Reason: Hashable { case forGood, beforeCharge, notHandedOver, givingUp }

    enum Verdict: Hashable { case done, retry, release, dead }

    struct Output: Hashable {
        let kind: StepKind
        let attempt: UInt32
    }

    /// The order of the whole exploration.
    static let order = OrderID(UniqueID(high: 1, low: 2))
    /// The last lease of a message; then it is a dead letter.
    static let leaseCountMax = 2
    /// Two at once: the second is another message, or the same one after its lease ended.
    static let workerCountMax = 2

    init(faultsLeft: Int) {
        self.faultsLeft = faultsLeft
        let first = Message(id: OutputID.start(of: Self.order), kind: .reserve, attempt: 0)
        ready = [first]
        seen = [first.id]
    }

    /// Whether nothing happens any more by itself. What is held for a cancelled order is given back, by
    /// whoever cancelled it or another one in his place.
    var isAtRest: Bool {
        ready.isEmpty && workers.isEmpty && underWay.isEmpty
            && !(status == .cancelled && stock == .held)
    }
}
