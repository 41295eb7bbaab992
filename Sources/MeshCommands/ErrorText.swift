// SPDX-License-Identifier: MIT
import Foundation

/// What the system says, in words for people.
enum ErrorText {
    /// An `errno`: `Permission denied`.
    static func of(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// An error of Foundation by what the system said, without the rest of its dump.
    static func of(_ error: any Error) -> String {
        let cause = (error as? CocoaError)?.userInfo[NSUnderlyingErrorKey] ?? error
        guard let system = cause as? POSIXError else { return error.localizedDescription }
        return of(system.code.rawValue)
    }
}
