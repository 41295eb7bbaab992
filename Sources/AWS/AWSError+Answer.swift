// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AlwaysUseLowerCamelCase
import FoundationEssentials

extension AWSError {
    /// The error that an answer with a status of 300 or more describes.
    init(answer: AWSResponse) {
        let details = Self.details(of: answer)
        let code = Self.code(status: answer.status, name: details.name)
        self.init(
            code: code,
            effect: Self.effect(status: answer.status, code: code),
            name: details.name,
            message: details.message.isEmpty ? "status \(answer.status)" : details.message,
            requestID: answer.headers["x-amzn-requestid"] ?? answer.headers["x-amz-request-id"]
                ?? "",
            refusedItem: details.item)
    }

    init(failure: TransportFailure) {
        switch failure.kind {
        case .notSent:
            self.init(code: .unavailable, effect: .notApplied, message: failure.message)
        case .answerLost, .timedOut:
            self.init(code: .timedOut, effect: .maybeApplied, message: failure.message)
        }
    }

    /// A refusal applied nothing. A failure of the server may have come after its effect.
    private static func effect(status: Int, code: Code) -> Effect {
        status < 500 || code == .throttled ? .notApplied : .maybeApplied
    }

    private static func code(status: Int, name: String) -> Code {
        if let known = codesByName[name] { return known }
        return switch status {
        case 401: .badCredentials
        case 403: .denied
        case 404: .notFound
        case 409: .conflict
        case 413: .tooLarge
        case 429: .throttled
        case 500...: .unavailable
        default: .invalid
        }
    }

    private static let codesByName: [String: Code] = [
        "Throttling": .throttled, "ThrottlingException": .throttled,
        "ThrottledException": .throttled, "RequestThrottled": .throttled,
        "RequestThrottledException": .throttled, "TooManyRequestsException": .throttled,
        "ProvisionedThroughputExceededException": .throttled, "RequestLimitExceeded": .throttled,
        "BandwidthLimitExceeded": .throttled, "SlowDown": .throttled, "OverLimit": .throttled,
        "LimitExceededException": .throttled, "PriorRequestNotComplete": .throttled,
        "TransactionInProgressException": .throttled, "EC2ThrottledException": .throttled,
        "AccessDenied": .denied, "AccessDeniedException": .denied,
        "InvalidClientTokenId": .badCredentials, "UnrecognizedClientException": .badCredentials,
        "InvalidAccessKeyId": .badCredentials, "SignatureDoesNotMatch": .badCredentials,
        "InvalidSignatureException": .badCredentials, "ExpiredToken": .badCredentials,
        "ExpiredTokenException": .badCredentials, "MissingAuthenticationToken": .badCredentials,
        "MissingAuthenticationTokenException": .badCredentials,
        "IncompleteSignature": .badCredentials,
        "RequestTimeTooSkewed": .clockSkew, "RequestExpired": .clockSkew,
        "QueueDoesNotExist": .notFound, "AWS.SimpleQueueService.NonExistentQueue": .notFound,
        "ResourceNotFoundException": .notFound, "NoSuchBucket": .notFound, "NoSuchKey": .notFound,
        "QueueNameExists": .conflict, "QueueAlreadyExists": .conflict,
        "ResourceInUseException": .conflict,
        // Two writers of one key met: either has to ask again.
        "ConditionalRequestConflict": .unavailable, "OperationAborted": .unavailable,
        "BatchRequestTooLong": .tooLarge, "EntityTooLarge": .tooLarge,
    ]

    /// Name and message, from the JSON of SQS and DynamoDB or the XML of S3.
    private static func details(of answer: AWSResponse) -> Details {
        if let body = try? JSONDecoder().decode(JSONBody.self, from: Data(answer.body)) {
            let name = shortName(body.__type ?? answer.headers["x-amzn-errortype"] ?? "")
            let isRefusal = name == "ConditionalCheckFailedException"
            return Details(
                name: name, message: body.message ?? body.Message ?? "",
                item: isRefusal ? body.Item ?? [:] : nil)
        }
        let text = String(decoding: answer.body.prefix(4_096), as: UTF8.self)
        return Details(
            name: XMLText.element("Code", of: text) ?? "",
            message: XMLText.element("Message", of: text) ?? "",
            item: nil)
    }

    private struct Details {
        let name: String
        let message: String
        let item: DynamoDBItem?
    }

    private struct JSONBody: Decodable {
        let __type: String?
        let message: String?
        let Message: String?
        let Item: DynamoDBItem?
    }

    /// `com.amazonaws.sqs#QueueDoesNotExist:http://...` is `QueueDoesNotExist`.
    private static func shortName(_ type: String) -> String {
        let afterHash = type.split(separator: "#").last ?? ""
        return String(afterHash.split(separator: ":").first ?? "")
    }
}
