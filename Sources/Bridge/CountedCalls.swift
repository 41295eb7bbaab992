// SPDX-License-Identifier: MIT
import AWS
import Metrics

/// Counts what AWS charges for: requests, each attempt by operation and outcome, and the capacity that
/// DynamoDB says it took.
struct CountedCalls: AWSTransport {
    let calls: any AWSTransport

    func send(
        _ request: AWSRequest,
        signedWith credentials: AWSCredentials
    ) async throws(TransportFailure) -> AWSResponse {
        do throws(TransportFailure) {
            let answer = try await calls.send(request, signedWith: credentials)
            count(request, outcome: String(answer.status))
            countCapacity(request, answer)
            return answer
        } catch {
            count(request, outcome: "no_answer")
            throw error
        }
    }

    private func count(_ request: AWSRequest, outcome: String) {
        Counter(
            label: "mesh_aws_requests_total",
            dimensions: Self.dimensions(of: request) + [("outcome", outcome)]
        ).increment()
    }

    /// A condition that did not hold costs a unit and is not told of in the answer.
    private func countCapacity(_ request: AWSRequest, _ answer: AWSResponse) {
        guard request.service == .dynamodb else { return }
        let units = answer.status < 300 ? Self.capacity(answer.body) : answer.status == 400 ? 1 : 0
        guard units > 0 else { return }
        FloatingPointCounter(
            label: "mesh_aws_capacity_units_total", dimensions: Self.dimensions(of: request)
        ).increment(by: units)
    }

    /// The number behind `"CapacityUnits":`. Nothing else in an answer is written so: in the values of
    /// an item quotation marks are escaped.
    static func capacity(_ body: [UInt8]) -> Double {
        let name = Array("\"CapacityUnits\":".utf8)
        guard let start = body.firstRange(of: name)?.upperBound else { return 0 }
        let digits = body[start...].drop { $0 == UInt8(ascii: " ") }.prefix { byte in
            byte == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return Double(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    private static func dimensions(of request: AWSRequest) -> [(String, String)] {
        // `AmazonSQS.SendMessageBatch`: what stands before the dot is the service again.
        let target = request.headers.first { $0.name == "X-Amz-Target" }?.value
        let operation = target?.split(separator: ".").last.map(String.init) ?? request.method
        return [("service", request.service.rawValue), ("operation", operation)]
    }
}
