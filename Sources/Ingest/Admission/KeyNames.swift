// SPDX-License-Identifier: MIT
import Idempotency
import Logging
import NIOCore
import Orders
import ServiceClients
import Sessions
import Wire

/// Asks the mesh's key service which order a key names: `protocol/keys.md`.
///
/// The name decides nothing but the id. Whether there is an order is what the database says of that id; so
/// whatever ends between the two leaves a name without an order, and the next request has the same one.
struct KeyNames: Sendable {
    private let client: KeyClient
    private let logger: Logger

    /// For the customer who waits; several calls of the service to what is behind it.
    private static let deadline: Duration = .seconds(5)

    init(_ service: MeshConnection, logger: Logger) {
        client = KeyClient(service, deadline: Self.deadline)
        self.logger = logger
    }

    /// Nothing is stored under a name in the last part of its life: before the order was in the database
    /// it could name another one.
    static func margin(of lifetime: Duration) -> Duration { min(.seconds(30), lifetime / 2) }

    /// What the order's key stands for: `claim`, or what an earlier one had it stand for.
    ///
    /// - Throws: when the key is another order's, or the service does not answer. No order is stored then.
    func claim(_ claim: KeyClaim, for order: PlacedOrder) async throws(Refusal) -> KeyClaim {
        let key = NamedKey(
            tenant: order.tenant.text, key: order.idempotencyKey.text,
            fingerprint: ByteBuffer(bytes: claim.fingerprint.bytes), order: claim.order.value,
            expiresMilliseconds: claim.expiresAt.milliseconds)
        let result: KeyResult
        do throws(CallError) {
            result = try await client.claim(key)
        } catch {
            throw away(error.description)
        }
        guard result.code == 0 else {
            throw WireErrorCode(rawValue: result.code) == .keyConflict
                ? .keyConflict : away(result.message)
        }
        return KeyClaim(
            fingerprint: claim.fingerprint, order: OrderID(result.order), trace: claim.trace,
            expiresAt: MeshInstant(milliseconds: result.expiresMilliseconds))
    }

    /// A name that may have been made does no harm: nothing was done about the order.
    private func away(_ reason: String) -> Refusal {
        logger.debug("key not claimed", metadata: ["error": "\(reason)"])
        return .away("The key service")
    }
}
