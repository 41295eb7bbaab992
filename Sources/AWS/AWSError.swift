// SPDX-License-Identifier: MIT

/// What went wrong with a call to AWS, after all its attempts.
package struct AWSError: Error, Sendable {
    package enum Code: String, CaseIterable, Sendable {
        /// AWS asks to slow down.
        case throttled
        /// AWS failed, or was not reached.
        case unavailable
        /// No answer in time, or none that was whole.
        case timedOut
        /// The signature is not accepted, or there are no credentials.
        case badCredentials
        /// The signature is good and its owner may not do this.
        case denied
        /// The clock here and the one there are too far apart for a signature to hold.
        case clockSkew
        /// The queue, table or bucket does not exist.
        case notFound
        /// The queue or table exists already, with other attributes.
        case conflict
        /// Larger than the service takes.
        case tooLarge
        /// AWS refuses the request as it is; sending it again changes nothing.
        case invalid
        /// The answer is not what its form promises.
        case badAnswer
    }

    /// Whether the request may have had its effect.
    package enum Effect: Sendable {
        case notApplied
        case maybeApplied
    }

    package let code: Code
    package let effect: Effect

    /// AWS's own name of the error, such as `QueueDoesNotExist`; empty when it gave none.
    package let name: String

    package let message: String

    /// The id under which AWS logged the request; empty when it gave none.
    package let requestID: String

    /// The item for which a condition did not hold; nil when that is not the error.
    let refusedItem: DynamoDBItem?

    package init(
        code: Code,
        effect: Effect,
        name: String = "",
        message: String,
        requestID: String = "",
        refusedItem: [String: AttributeValue]? = nil
    ) {
        self.code = code
        self.effect = effect
        self.name = name
        self.message = message
        self.requestID = requestID
        self.refusedItem = refusedItem
    }

    static func badCredentials(_ message: String) -> AWSError {
        AWSError(code: .badCredentials, effect: .notApplied, message: message)
    }

    /// An answer with a good status whose body cannot be read: the effect is there, its result not.
    static func badAnswer(_ message: String) -> AWSError {
        AWSError(code: .badAnswer, effect: .maybeApplied, message: message)
    }

    /// The same error, its effect uncertain because an earlier attempt's was.
    var afterUncertainAttempt: AWSError {
        AWSError(
            code: code, effect: .maybeApplied, name: name, message: message, requestID: requestID,
            refusedItem: refusedItem)
    }
}

extension AWSError: CustomStringConvertible {
    package var description: String {
        let label = name.isEmpty ? code.rawValue : "\(code.rawValue) (\(name))"
        return requestID.isEmpty ? "\(label): \(message)" : "\(label): \(message) [\(requestID)]"
    }
}
