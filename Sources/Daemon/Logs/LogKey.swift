// SPDX-License-Identifier: MIT

package import Logging

/// The names under which variable parts of a log line stand: one spelling each in the whole mesh.
package enum LogKey: String, CaseIterable, Sendable {
    /// The trace id of an order, from the HTTP header or frame to the last webhook.
    case correlation
    case order
    case tenant
    case stage
    /// What kind of step of the stage: `charge`, `reverse`.
    case step
    case status
    case attempt
    case message = "message_id"
    case queue
    case subscription
    case sequence
    case peer
    case host
    case port
    case listener
    case endpoint
    case path
    case key
    case count
    case byteCount = "byte_count"
    case offset
    case depth
    case durationMilliseconds = "duration_ms"
    case retryAfterMilliseconds = "retry_after_ms"
    case code
    case reason
    case error
    case signal
    case version
    case provider
    case url
    case who
    case why
    /// Of an invocation: AWS's id of it, and its trace in AWS X-Ray.
    case request = "aws_request_id"
    case requestTrace = "aws_trace_id"
}

extension Logger.Metadata {
    /// Metadata whose keys cannot be misspelt: `.keyed([.queue: "payment"])`.
    ///
    /// - Precondition: no key occurs twice.
    package static func keyed(
        _ fields: KeyValuePairs<LogKey, Logger.MetadataValue>
    ) -> Logger.Metadata {
        Dictionary(uniqueKeysWithValues: fields.lazy.map { ($0.key.rawValue, $0.value) })
    }
}
