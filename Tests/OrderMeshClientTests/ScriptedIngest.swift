// SPDX-License-Identifier: MIT

import NIOCore
import NIOPosix
import OrderMeshClient
import Orders
import SecureTransport
import Sessions
import Synchronization
import TestSupport
import Wire

/// An `ingestd` that answers as it is told, one act for each request, and writes down what came.
final class ScriptedIngest: Sendable {
    enum Act: Sendable {
        case accept
        case refuse(ErrorReply)
        /// Takes the request and drops the connection.
        case drop
        /// Says that it watches, and sends these events; the last one may be final.
        case events([UInt64], isFinal: Bool)
        /// As `events`, then drops the connection.
        case eventsThenDrop([UInt64])
    }

    let keys = Mutex<[String]>([])
    let afters = Mutex<[UInt64]>([])
    private let acts: Mutex<[Act]>
    private let listening = Mutex<MeshListener?>(nil)

    init(_ acts: [Act]) async throws {
        self.acts = Mutex(acts.reversed())
        let tls = try TestCertificates.shared.get().context(.server, .service("ingestd"))
        let listener = try await MeshListener.bind(
            host: "127.0.0.1", port: 0, tls: tls, group: MultiThreadedEventLoopGroup.singleton
        ) { _ in Service(self) }
        listening.withLock { $0 = listener }
    }

    func configuration(deadline: Duration = .seconds(60)) throws -> OrderMeshConfiguration {
        let files = try TestCertificates.shared.get().files(.tenant("acme"))
        return OrderMeshConfiguration(
            host: "127.0.0.1", port: listening.withLock { $0?.port } ?? 0,
            certificatePath: files.certificate, privateKeyPath: files.privateKey,
            trustRootsPath: files.trustRoots, deadline: deadline)
    }

    func nextAct() -> Act { acts.withLock { $0.popLast() ?? .accept } }

    private final class Service: FrameService {
        private let script: ScriptedIngest

        init(_ script: ScriptedIngest) { self.script = script }

        func opened(_ session: ServerSession) {}

        func closed(_ session: ServerSession) {}

        func received(_ frame: InboundFrame, on session: ServerSession) {
            do throws(WireError) {
                switch frame.kind {
                case .placeOrder: place(try frame.decode(), frame, session)
                case .watchOrder: watch(try frame.decode(), frame, session)
                default: session.refuse(frame, .unknownOpcode, "not here")
                }
            } catch {
                session.refuse(frame, .badMessage, "\(error)")
            }
        }

        private func place(_ order: PlaceOrder, _ frame: InboundFrame, _ session: ServerSession) {
            script.keys.withLock { $0.append(order.idempotencyKey) }
            switch script.nextAct() {
            case .refuse(let refusal): session.fail(refusal, to: frame.correlation)
            case .drop: session.close()
            case .accept, .events, .eventsThenDrop:
                let placed = OrderPlaced(
                    order: UniqueID(high: 1, low: 2), status: "accepted", replayed: false,
                    keyExpiresMilliseconds: 1_000, trace: frame.trace)
                session.reply(placed, to: frame.correlation)
            }
        }

        private func watch(_ watch: WatchOrder, _ frame: InboundFrame, _ session: ServerSession) {
            script.afters.withLock { $0.append(watch.after) }
            switch script.nextAct() {
            case .refuse(let refusal): session.fail(refusal, to: frame.correlation)
            case .drop: session.close()
            case .accept: session.reply(WatchingOrder(), to: frame.correlation)
            case .events(let numbers, let isFinal):
                session.reply(WatchingOrder(), to: frame.correlation)
                push(numbers, of: watch.order, isFinal: isFinal, session)
            case .eventsThenDrop(let numbers):
                session.reply(WatchingOrder(), to: frame.correlation)
                push(numbers, of: watch.order, isFinal: false, session)
                session.close()
            }
        }

        private func push(
            _ numbers: [UInt64], of order: UniqueID, isFinal: Bool, _ session: ServerSession
        ) {
            for number in numbers {
                let event = Event(
                    number: number, atMilliseconds: 0, stage: "payment", status: "charged",
                    detail: "", attempt: 1)
                session.push(
                    OrderEvent(
                        order: order, event: event, final: isFinal && number == numbers.last))
            }
        }
    }
}
