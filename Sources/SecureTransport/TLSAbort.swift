// SPDX-License-Identifier: MIT

/// An outbound user event: cut the connection now, with what still waits to be written. For a peer
/// that does not read.
package struct TLSAbort: Sendable {
    package init() {}
}
