// SPDX-License-Identifier: MIT
import HTTPTypes
import Hummingbird
import NIOCore
import Orders
import SecureTransport

/// Finds out who a request comes from: an API key, the client's certificate, or nobody.
struct Doorkeeper: Sendable {
    let keys: APIKeyRing
    let connections: ConnectionBook
    /// Whether requests without credentials are let in.
    let isAnonymousAllowed: Bool

    /// - Throws: when credentials are wrong, or are missing and needed.
    func customer(_ request: Request, on channel: any Channel) throws(Unauthenticated) -> Customer {
        if let text = Self.key(in: request.headers) {
            guard let key = APIKey(text), let tenant = keys.tenant(of: key) else {
                throw Unauthenticated(detail: "The API key is not valid.")
            }
            return .tenant(tenant)
        }
        switch connections.peer(of: channel) {
        case .tenant(let name): return .tenant(TenantID(unchecked: name))
        case .service, .operator: return .anyTenant
        case nil: break
        }
        guard isAnonymousAllowed else {
            throw Unauthenticated(detail: "An API key or a client certificate is needed.")
        }
        return .anonymous
    }

    /// `Authorization: Bearer KEY`, or `X-API-Key: KEY`.
    private static func key(in headers: HTTPFields) -> Substring? {
        if let key = headers[.apiKey] { return key[...] }
        guard let value = headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return "" }
        return parts[1]
    }
}

/// Answered with 401.
struct Unauthenticated: Error {
    let detail: String
}

extension HTTPField.Name {
    fileprivate static let apiKey = token("X-API-Key")
}
