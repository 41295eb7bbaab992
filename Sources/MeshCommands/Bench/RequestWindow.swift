// SPDX-License-Identifier: MIT
import NIOCore

/// Keeps so many requests in flight: each answer is followed by the next request.
struct RequestWindow<Request: BenchRequest>: BenchScript {
    var sample: BenchSample?
    private var request: Request
    private var sentCount: UInt64 = 0
    /// When the request in each place of the window was sent.
    private var begins: ContiguousArray<NIODeadline>
    private var isStopping = false

    /// A power of two: a place in the window takes the lower bits of a correlation.
    static var countMax: Int { 65_536 }

    init(_ request: Request, count: Int) {
        self.request = request
        begins = .init(repeating: .uptimeNanoseconds(0), count: count)
    }

    mutating func start(at now: NIODeadline, into outbound: inout ByteBuffer) {
        for place in begins.indices { send(in: place, at: now, into: &outbound) }
    }

    mutating func receive(
        _ frame: FrameView, at now: NIODeadline, into outbound: inout ByteBuffer
    ) {
        let place = Int(frame.correlation & UInt64(Self.countMax - 1))
        guard frame.correlation != 0, place < begins.count else { return }
        let isSuccess = request.isSuccess(frame)
        request.answered(frame, isSuccess: isSuccess, begun: begins[place])
        if isSuccess {
            sample?.record(
                (now - begins[place]).nanoseconds / 1000, count: request.operationCount)
        } else {
            sample?.errorCount += 1
        }
        if !isStopping { send(in: place, at: now, into: &outbound) }
    }

    mutating func stop() { isStopping = true }

    /// The correlation tells the place, since answers may come in any order; its upper part is
    /// never zero, nor that of a request before.
    private mutating func send(
        in place: Int, at now: NIODeadline, into outbound: inout ByteBuffer
    ) {
        guard !request.isExhausted else { return }
        sentCount += 1
        begins[place] = now
        request.append(
            to: &outbound, correlation: sentCount * UInt64(Self.countMax) + UInt64(place))
    }
}
