// SPDX-License-Identifier: MIT
import HTTPCalls

/// The words of each service for a refusal.
enum CloudRefusal {
    static func throttled(_ service: String) -> HTTPResponse {
        switch service {
        case "s3": xml(503, "SlowDown", "Please reduce your request rate.")
        case "sqs": json(400, "com.amazonaws.sqs#RequestThrottled", "Request is throttled.")
        default:
            json(400, "com.amazon.coral.availability#ThrottlingException", "Rate exceeded")
        }
    }

    static func failed(_ service: String) -> HTTPResponse {
        switch service {
        case "s3": xml(500, "InternalError", "We encountered an internal error.")
        case "sqs": json(500, "com.amazonaws.sqs#InternalFailure", "Internal failure")
        default:
            json(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "Internal error")
        }
    }

    private static func json(_ status: Int, _ type: String, _ message: String) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "application/x-amz-json-1.0")],
            body: Array(#"{"__type":"\#(type)","message":"\#(message)"}"#.utf8))
    }

    private static func xml(_ status: Int, _ code: String, _ message: String) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "application/xml")],
            body: Array(
                "<Error><Code>\(code)</Code><Message>\(message)</Message></Error>".utf8))
    }
}
