// SPDX-License-Identifier: MIT

/// The whole answer to an `HTTPRequest`, whatever its status.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// In the order received, names as sent.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The last header of that name, case ignored.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.last { $0.name.lowercased() == wanted }?.value
    }
}
