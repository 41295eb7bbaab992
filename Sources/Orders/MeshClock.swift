// SPDX-License-Identifier: MIT

/// Where code that needs the time takes it from: the wall in a daemon, a test's hand otherwise.
package protocol MeshClock: Sendable {
    /// The present; may step backwards when the machine's clock is set.
    func now() -> MeshInstant
}
