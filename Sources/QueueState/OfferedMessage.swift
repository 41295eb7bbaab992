// SPDX-License-Identifier: MIT
package import Orders

/// A message to be stored. The envelope is kept as it is and never looked into here.
///
/// Valid for one call: `envelope` points into the caller's memory.
package struct OfferedMessage {
    package let id: MessageID
    /// Not delivered before; the epoch for at once.
    package let notBefore: MeshInstant
    /// A compensation: goes first and is never refused for want of room.
    package let isUrgent: Bool
    /// Whose turn it is delivered in.
    package let tenant: TenantKey
    /// Delivered after those of its group that came before.
    package let group: GroupKey
    package let envelope: UnsafeRawBufferPointer

    package init(
        id: MessageID, tenant: TenantKey, group: GroupKey, notBefore: MeshInstant, isUrgent: Bool,
        envelope: UnsafeRawBufferPointer
    ) {
        self.id = id
        self.tenant = tenant
        self.group = group
        self.notBefore = notBefore
        self.isUrgent = isUrgent
        self.envelope = envelope
    }

    /// The same, not before `delay` has passed since `now` either.
    package func delayed(by delay: Duration, from now: MeshInstant) -> OfferedMessage {
        guard delay > .zero else { return self }
        return OfferedMessage(
            id: id, tenant: tenant, group: group, notBefore: max(notBefore, now + delay),
            isUrgent: isUrgent, envelope: envelope)
    }
}

/// How a publish was answered.
package struct Publication: Equatable, Sendable {
    package let sequence: MessageSequence
    /// The id had been published before; that message's sequence is given.
    package let isDuplicate: Bool
}
