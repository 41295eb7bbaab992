// SPDX-License-Identifier: MIT

/// The services that the bridge calls.
package enum AWSService: String, CaseIterable, Sendable {
    case sqs
    case dynamodb
    case s3

    /// Where the service answers in `region`, when no endpoint is configured.
    func defaultEndpoint(region: String) -> String {
        "https://\(rawValue).\(region).amazonaws.com"
    }
}
