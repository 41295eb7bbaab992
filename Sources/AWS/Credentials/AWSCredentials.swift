// SPDX-License-Identifier: MIT

/// What signs a request. Its description shows the key's name and never its secret.
package struct AWSCredentials: Sendable, Equatable {
    package let accessKey: String
    package let secretKey: String

    /// Sent and signed as `X-Amz-Security-Token` when the credentials are temporary.
    package let sessionToken: String?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}

extension AWSCredentials: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(accessKey) (secret withheld)" }

    package var customMirror: Mirror { Mirror(self, children: ["accessKey": accessKey]) }
}
