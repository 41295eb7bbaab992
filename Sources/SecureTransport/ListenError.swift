// SPDX-License-Identifier: MIT
import Glibc
import NIOCore

/// A port that cannot be had: which, and why.
package struct ListenError: Error, Equatable, CustomStringConvertible {
    package let host: String
    package let port: Int
    package let reason: String

    /// - Parameter error: of the call that was to open it.
    package init(_ error: any Error, host: String, port: Int) {
        self.host = host
        self.port = port
        reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    }

    package var description: String { "cannot listen on \(host):\(port): \(reason)" }
}
