// SPDX-License-Identifier: MIT
import Dispatch
import NIOCore
import Pipeline
import SecureTransport
import ServiceClients
import Sessions
import Synchronization
package import Wire

/// Receipts at the mesh's receipt service, which has them durably before it answers: nothing is left to
/// sync or to restore.
struct ReceiptService: ReceiptStore {
    let submit: ReceiptPost

    init(submit: @escaping ReceiptPost) {
        self.submit = submit
    }

    init(client: ReceiptClient) {
        self.init { client.submit($0, completion: $1) }
    }

    var naming: ReceiptNaming { .byContent }

    /// All of them are under way at once. The thread that waits is one of PostgreSQL's, which is there
    /// to be blocked, and holds the orders' rows meanwhile as it does for files.
    func keep(_ files: [ReceiptDirectory.File]) -> [String: ReceiptRefusal] {
        let answers = DispatchGroup()
        let refused = Refusals()
        for file in files {
            answers.enter()
            submit(PutReceipt(file)) { result in
                if case .failure(let error) = result { refused.add(error, of: file.name) }
                answers.leave()
            }
        }
        // Each call has a deadline, and is answered then at the latest.
        answers.wait()
        return refused.all
    }

    private final class Refusals: Sendable {
        private let refused = Mutex<[String: ReceiptRefusal]>([:])

        var all: [String: ReceiptRefusal] { refused.withLock(\.self) }

        func add(_ error: CallError, of name: String) {
            let isOfTheReceipt = error.code == .receiptConflict || error.code == .badReceipt
            let refusal = ReceiptRefusal(
                reason: "cannot put \(name): \(error)", isOfTheStore: !isOfTheReceipt)
            refused.withLock { $0[name] = refusal }
        }
    }
}

extension PutReceipt {
    /// The request that stores this file.
    package init(_ file: ReceiptDirectory.File) {
        let isPage = file.name.hasSuffix(".html")
        self.init(
            name: file.name, contentType: isPage ? "text/html; charset=utf-8" : "application/json",
            sha256: ByteBuffer(bytes: Digest.sha256(file.bytes)),
            body: ByteBuffer(bytes: file.bytes))
    }
}
