// SPDX-License-Identifier: MIT
import NIOCore

/// Sends a request when it is told to, however late the answers are: their time counts from the moment
/// at which the request was due, so that a daemon that stalls pays for all that it delays.
struct PacedRequests<Request: BenchRequest>: BenchScript {
    var sample: BenchSample?
    private var request: Request
    private var sentCount: UInt64 = 0
    /// When the latest requests were due, by the lower bits of their correlations.
    private var dues: ContiguousArray<NIODeadline>
    private var isStopping = false

    private static var placeCount: Int { 65_536 }

    init(_ request: Request) {
        self.request = request
        dues = .init(repeating: .uptimeNanoseconds(0), count: Self.placeCount)
    }

    mutating func start(at now: NIODeadline, into outbound: inout ByteBuffer) {}

    mutating func send(due: NIODeadline, into outbound: inout ByteBuffer) {
        guard !isStopping, !request.isExhausted else { return }
        sentCount += 1
        // The first correlation was HELLO's.
        let correlation = sentCount + 1
        dues[Int(correlation) & (Self.placeCount - 1)] = due
        request.append(to: &outbound, correlation: correlation)
    }

    mutating func receive(
        _ frame: FrameView, at now: NIODeadline, into outbound: inout ByteBuffer
    ) {
        guard frame.correlation > 1 else { return }
        let due = dues[Int(frame.correlation) & (Self.placeCount - 1)]
        let isSuccess = request.isSuccess(frame)
        request.answered(frame, isSuccess: isSuccess, begun: due)
        if isSuccess {
            sample?.record((now - due).nanoseconds / 1000)
        } else {
            sample?.errorCount += 1
        }
    }

    mutating func stop() { isStopping = true }
}

/// Has the connections of a load send so many requests a second between them. Confined to their loop.
final class RequestPacer<Request: BenchRequest> {
    private let load: BenchLoad<PacedRequests<Request>>
    private let loop: any EventLoop
    private let perTick: Double
    private var next = 0
    private var owed = 0.0
    private var due = NIODeadline.now()
    private var isStopped = false
    private var hasGivenUp = false

    /// Short beside the latencies that it is to show.
    private static var tick: TimeAmount { .microseconds(500) }
    /// Further behind, it gives up.
    private static var lagMax: TimeAmount { .seconds(1) }

    init(
        _ load: BenchLoad<PacedRequests<Request>>, perSecond: Int, on loop: any EventLoop
    ) {
        self.load = load
        perTick = Double(perSecond) * Double(Self.tick.nanoseconds) / 1_000_000_000
        self.loop = loop
    }

    /// Sends what is due, and comes again.
    func run() {
        guard !isStopped else { return }
        let now = NIODeadline.now()
        guard now - due < Self.lagMax else {
            hasGivenUp = true
            return
        }
        while due <= now {
            owed += perTick
            while owed >= 1 {
                load.connections[next].prepare { $0.send(due: due, into: &$1) }
                next = next + 1 == load.connections.count ? 0 : next + 1
                owed -= 1
            }
            due = due + Self.tick
        }
        for connection in load.connections { connection.flush() }
        loop.assumeIsolated().scheduleTask(deadline: due) { self.run() }
    }

    /// What was measured; nothing is sent any more. One that gave up asked for more than this machine
    /// can ask for: an error, since what was measured is not that rate.
    func finish() -> BenchSample {
        isStopped = true
        var sample = load.finish()
        if hasGivenUp { sample.errorCount += 1 }
        return sample
    }
}
