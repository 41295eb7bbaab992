// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// Plays the script of one case against whoever connects. For one task.
final class GoldenScript {
    var past = GoldenPast()
    var rules = GoldenRules()
    private let connections: Mailbox<GoldenConnection>
    private var connection: GoldenConnection?
    /// Came while something else was waited for.
    private var kept: [GoldenFrame] = []

    /// No step takes longer on a machine that is busy with other things.
    static let patience = Duration.seconds(15)

    init(_ connections: Mailbox<GoldenConnection>) { self.connections = connections }

    /// - Throws: at the first step that the client does not go along with.
    func play(_ steps: [GoldenStep]) async throws(GoldenFailure) {
        for (index, step) in steps.enumerated() {
            do throws(GoldenFailure) {
                try await play(step)
            } catch {
                throw GoldenFailure("step \(index + 1) of \(steps.count): \(error)")
            }
        }
        try await rest()
    }

    private func play(_ step: GoldenStep) async throws(GoldenFailure) {
        switch step {
        case .greet(let greeting): try await greet(greeting)
        case .greetInVain(let reply): try await greetInVain(reply)
        case .request(let request): try await receive(request)
        case .answer(let name, let reply): answer(try past[name], reply)
        case .place(let name):
            let request = try past[name]
            answer(request, GoldenOrders.placed(try request.decode(PlaceOrder.self)))
        case .answerNobody(let reply):
            send(reply, to: FrameHeader(opcode: 0, correlation: 0xFFFF_FFFF_0000_0001))
        case .push(let reply): send(reply, to: nil)
        case .vector(let vector, let name):
            let correlation = try name.map { name throws(GoldenFailure) in
                try past[name].correlation
            }
            if let correlation { rules.answered(correlation) }
            connection?.send(vector.frame(correlation: correlation))
        case .ping(let token): try await ping(token)
        case .clientCloses: try await clientCloses()
        case .close: close()
        case .deliver(let queue): try await deliver(queue)
        case .nothingIsSaid: try await nothingIsSaid()
        }
    }

    // MARK: Connections

    private func greet(_ greeting: GoldenGreeting) async throws(GoldenFailure) {
        welcome(try await hello(), greeting)
    }

    private func welcome(_ hello: GoldenFrame, _ greeting: GoldenGreeting) {
        let answer = HelloOK(
            version: greeting.version, features: 0,
            frameByteCountMax: UInt32(greeting.frameByteCountMax),
            inFlightMax: UInt32(greeting.inFlightMax), name: "golden",
            session: UniqueID(high: 1, low: 2))
        var reply = GoldenReply(answer)
        reply.trailing = greeting.trailing
        send(reply, to: hello.header)
        rules.answered(hello.correlation)
        rules.frameByteCountMax = greeting.frameByteCountMax
        rules.inFlightMax = greeting.inFlightMax
    }

    private func greetInVain(_ reply: GoldenReply) async throws(GoldenFailure) {
        while case .element(let next) = await connections.next(within: Self.patience) {
            let hello = try await hello(on: next)
            rules.answered(hello.correlation)
            send(reply, to: hello.header)
            if let frame = try await deed("the end of the connection") {
                throw GoldenFailure("\(frame.name) behind an answer to HELLO that is none")
            }
        }
    }

    private func hello() async throws(GoldenFailure) -> GoldenFrame {
        guard case .element(let next) = await connections.next(within: Self.patience) else {
            throw GoldenFailure("no connection came")
        }
        return try await hello(on: next)
    }

    private func hello(on next: GoldenConnection) async throws(GoldenFailure) -> GoldenFrame {
        begin(next)
        let frame = try await frame("HELLO")
        let hello = try frame.decode(Hello.self)
        guard hello.magic == 0x4853_4D4F, hello.versionMin <= 1, hello.versionMax >= 1 else {
            throw GoldenFailure(
                "[H-6] magic \(hello.magic), versions \(hello.versionMin)...\(hello.versionMax)")
        }
        guard hello.frameByteCountMax >= WireLimits.helloFrameByteCountMax, hello.inFlightMax > 0
        else { throw GoldenFailure("[H-7] HELLO promises to take nothing") }
        return frame
    }

    private func begin(_ next: GoldenConnection) {
        connection = next
        rules = GoldenRules()
        kept = []
    }

    private func close() {
        connection?.close()
        connection = nil
        kept = []
    }

    // MARK: Frames

    private func receive(_ request: GoldenRequest) async throws(GoldenFailure) {
        let frame = kept.isEmpty ? try await frame(request.name) : kept.removeFirst()
        try request.check(frame, past)
        past.requests[request.name] = frame
    }

    /// The next frame that needs an answer of the script; what needs none, or PONG, is done here.
    func frame(_ awaited: String) async throws(GoldenFailure) -> GoldenFrame {
        while let frame = try await deed(awaited) {
            switch frame.opcode {
            case .cancel, .pong: continue
            case .ping: pong(frame, try frame.decode(Ping.self))
            default: return frame
            }
        }
        throw GoldenFailure("the client closed; \(awaited) was awaited")
    }

    /// The next frame, checked; nil when the connection has ended.
    private func deed(_ awaited: String) async throws(GoldenFailure) -> GoldenFrame? {
        guard let connection else { throw GoldenFailure("there is no connection in the script") }
        switch await connection.deeds.next(within: Self.patience) {
        case .element(.frame(let frame)):
            try rules.check(frame)
            return frame
        case .element(.breach(let what)): throw GoldenFailure(what)
        case .ended: return nil
        case .late: throw GoldenFailure("\(awaited) did not come in time")
        }
    }

    func answer(_ request: GoldenFrame, _ reply: GoldenReply) {
        rules.answered(request.correlation)
        if reply.message is ErrorReply { past.refused = .now }
        send(reply, to: request.header)
    }

    func send(_ reply: GoldenReply, to request: FrameHeader?) {
        connection?.send(reply.frame(to: request))
    }

    // MARK: Liveness and end

    private func pong(_ frame: GoldenFrame, _ ping: Ping) {
        send(GoldenReply(Pong(token: ping.token)), to: frame.header)
    }

    private func ping(_ token: UInt64) async throws(GoldenFailure) {
        let header = FrameHeader(opcode: Opcode.ping.rawValue, correlation: 0x5049_4E47)
        send(GoldenReply(Ping(token: token), flags: []), to: header)
        while let frame = try await deed("PONG") {
            guard frame.opcode == .pong else {
                if frame.opcode != .cancel { kept.append(frame) }
                continue
            }
            guard try frame.decode(Pong.self).token == token,
                frame.correlation == header.correlation
            else { throw GoldenFailure("[H-13] PONG with another token, or correlation") }
            return
        }
        throw GoldenFailure("[H-13] the client closed; PONG was awaited")
    }

    private func clientCloses() async throws(GoldenFailure) {
        if let frame = kept.first {
            throw GoldenFailure("\(frame.name) where nothing may be asked")
        }
        while let frame = try await deed("the end of the connection") {
            guard frame.opcode == .cancel || frame.opcode == .pong else {
                throw GoldenFailure("\(frame.name) where nothing may be asked")
            }
        }
        close()
    }

    private func nothingIsSaid() async throws(GoldenFailure) {
        while case .element(let next) = await connections.next(within: Self.patience) {
            begin(next)
            if let frame = try await deed("the end of the connection") {
                throw GoldenFailure("\(frame.name) to a server that is not to be trusted")
            }
        }
    }

    /// What a client does when it is done: takes leave, or comes once more. It asks nothing again.
    private func rest() async throws(GoldenFailure) {
        repeat {
            while connection != nil, let frame = try await deed("the end of the client") {
                try rest(frame)
            }
            guard case .element(let next) = await connections.next(within: Self.patience) else {
                return
            }
            begin(next)
        } while true
    }

    private func rest(_ frame: GoldenFrame) throws(GoldenFailure) {
        switch frame.opcode {
        case .hello: welcome(frame, .init())
        case .cancel, .pong, .credit: break
        case .ping: pong(frame, try frame.decode(Ping.self))
        case .stopConsuming: answer(frame, GoldenReply(Stopped()))
        case .consume: taken(frame)
        default: throw GoldenFailure("\(frame.name) when all was answered")
        }
    }
}
