// SPDX-License-Identifier: MIT
import ServiceClients
import Sessions
import Wire

extension MeshOptions {
    /// Runs `body` with the broker, and puts what it refuses in words.
    func withBroker<Result: Sendable>(
        _ body: @escaping @Sendable (BrokerClient) async throws -> Result
    ) async throws -> Result {
        do {
            return try await withConnection(to: "brokerd") { try await body(BrokerClient($0)) }
        } catch let error as CallError {
            throw CommandError(error)
        }
    }
}

extension CommandError {
    init(_ error: CallError) {
        switch error.code {
        case .unknownQueue: self.init("no such queue: `meshctl queue ls` lists them")
        case .notPermitted: self.init("this certificate may not do that: it takes an operator's")
        default: self.init("\(error)")
        }
    }
}
