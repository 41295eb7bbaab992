// SPDX-License-Identifier: MIT

/// As whom a case comes to the server.
enum Visitor: Hashable, Sendable {
    /// May do everything.
    case `operator`
    /// A stage: may consume `payment` and publish to some queues, none of them a case's.
    case stage
    /// May take tokens and publish to `inventory`.
    case ingest
    /// May put receipts and get them.
    case fulfillment
    /// A customer of the mesh: may look at its own limit.
    case tenant

    /// The name of the certificate's files.
    var fileName: String {
        switch self {
        case .operator: "operator"
        case .stage: "paymentd"
        case .ingest: "ingestd"
        case .fulfillment: "fulfillmentd"
        case .tenant: "tenant-\(Self.tenantName)"
        }
    }

    /// The tenant whose certificate `Visitor.tenant` shows, unless another is given.
    static let tenantName = "conformance"
}
