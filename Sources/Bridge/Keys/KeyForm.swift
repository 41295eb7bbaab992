// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Wire

/// What `protocol/keys.md` says of the parts of a claim.
enum KeyForm {
    private static let fingerprintByteCount = 32
    private static let lifetimeMax = Duration.seconds(WireLimits.keyLifetimeSecondsMax)

    /// Why a claim is none; nil when it is one.
    static func objection(to key: NamedKey, now: MeshInstant) -> String? {
        do throws(OrderError) {
            _ = try TenantID(key.tenant)
            _ = try IdempotencyKey(key.key)
        } catch {
            return error.explanation
        }
        if key.fingerprint.readableBytes != fingerprintByteCount {
            return "a fingerprint is \(fingerprintByteCount) bytes"
        }
        if !isVersion7(key.order) { return "the order's id is no UUIDv7" }
        let expires = MeshInstant(milliseconds: key.expiresMilliseconds)
        return expires > now && expires <= now + lifetimeMax
            ? nil : "the time of expiry is past, or too far ahead"
    }

    private static func isVersion7(_ id: UniqueID) -> Bool {
        id.high >> 12 & 0xF == 7 && id.low >> 62 == 0b10
    }
}
