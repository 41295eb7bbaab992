// SPDX-License-Identifier: MIT

/// The eight programs of a mesh, in the order in which they are started; stopped in reverse.
enum MeshDaemon: String, CaseIterable, Sendable {
    case brokerd
    case ratelimitd
    case bridged
    case notificationd
    case fulfillmentd
    case paymentd
    case inventoryd
    case ingestd

    /// Whether others connect to it by the mesh protocol.
    var listens: Bool {
        switch self {
        case .brokerd, .ratelimitd, .bridged, .ingestd: true
        case .notificationd, .fulfillmentd, .paymentd, .inventoryd: false
        }
    }

    /// Those that run in a mesh.
    ///
    /// - Parameter isBridged: whether the bridge stands in the place of broker and limiter.
    static func all(isBridged: Bool) -> [MeshDaemon] {
        isBridged ? allCases.filter { $0 != .brokerd && $0 != .ratelimitd } : allCases
    }
}
