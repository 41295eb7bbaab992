// SPDX-License-Identifier: MIT
import Foundation

/// A stand-in for AWS that checks signatures and permissions.
package struct MiniStack: Decodable, Sendable {
    /// Such as `http://127.0.0.1:41234`.
    package let endpoint: String
    package let region: String
    package let account: String
    package let accessKey: String
    package let secretKey: String
    /// Of the user whose signatures and permissions are not checked.
    package let rootKey: String

    private static let lifeline = Pipe()

    /// The one of this process.
    package static let shared = Result { () throws -> MiniStack in
        try StandIn.start("scripts/ministack", lifeline: lifeline)
    }
}
