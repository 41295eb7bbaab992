// SPDX-License-Identifier: MIT
import Foundation

/// A stand-in for AWS that checks signatures and permissions.
package struct MiniStack: Decodable, Sendable {
    /// Such as `http://127.0.0.1:41234`.
    package let endpoint: String
    package let region: String
    package let accessKey: String
    package let secretKey: String

    private static let lifeline = Pipe()

    /// The one of this process.
    package static let shared = Result { () throws -> MiniStack in
        try StandIn.start("scripts/ministack", lifeline: lifeline)
    }
}
