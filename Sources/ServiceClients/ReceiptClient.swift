// SPDX-License-Identifier: MIT
package import Sessions
package import Wire

/// A client of the receipt service: `protocol/receipts.md`.
package struct ReceiptClient: Sendable {
    private let connection: MeshConnection
    private let deadline: Duration

    /// - Parameters:
    ///   - connection: kept up by whoever made it.
    ///   - deadline: how long an answer may take.
    package init(_ connection: MeshConnection, deadline: Duration = .seconds(20)) {
        self.connection = connection
        self.deadline = deadline
    }

    /// Stores a receipt; returns when it is durable, whether it was so before.
    ///
    /// - Throws: after `maybeApplied` the same put again finds out.
    package func put(_ receipt: PutReceipt) async throws(CallError) -> Bool {
        try await connection.call(receipt, answer: ReceiptKept.self, deadline: deadline).duplicate
    }

    /// As `put`, for callers that are not tasks. `completion` is called once, on the event loop.
    package func submit(
        _ receipt: PutReceipt,
        completion: @escaping @Sendable (Result<ReceiptKept, CallError>) -> Void
    ) {
        connection.submit(
            receipt, answer: ReceiptKept.self, deadline: deadline, completion: completion)
    }

    /// The receipt of that name.
    package func get(_ name: String) async throws(CallError) -> StoredReceipt {
        try await connection.call(
            GetReceipt(name: name), answer: StoredReceipt.self, deadline: deadline)
    }
}
