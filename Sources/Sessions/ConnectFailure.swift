// SPDX-License-Identifier: MIT

import Glibc
import NIOCore
import NIOPosix

/// Why a connection was not made, in the system's words: `Connection refused`.
enum ConnectFailure {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            // One for each address of the name: the last is as good as any.
            if let last = error.connectionErrors.last { return text(last.error) }
            if let unknown = error.dnsAError ?? error.dnsAAAAError { return "\(unknown)" }
            return "no address"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case is ChannelError: return "no answer in time"
        default: return "\(error)"
        }
    }
}
