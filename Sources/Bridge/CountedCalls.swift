// SPDX-License-Identifier: MIT
import AWS
import Metrics

/// Counts requests to AWS, which is what AWS charges for: attempts, by operation and outcome.
struct CountedCalls: AWSTransport {
    let calls: any AWSTransport

    func send(
        _ request: AWSRequest,
        signedWith credentials: AWSCredentials
    ) async throws(TransportFailure) -> AWSResponse {
        do throws(TransportFailure) {
            let answer = try await calls.send(request, signedWith: credentials)
            count(request, outcome: String(answer.status))
            return answer
        } catch {
            count(request, outcome: "no_answer")
            throw error
        }
    }

    private func count(_ request: AWSRequest, outcome: String) {
        // `AmazonSQS.SendMessageBatch`: what stands before the dot is the service again.
        let target = request.headers.first { $0.name == "X-Amz-Target" }?.value
        let operation = target?.split(separator: ".").last.map(String.init) ?? request.method
        Counter(
            label: "mesh_aws_requests_total",
            dimensions: [
                ("service", request.service.rawValue), ("operation", operation),
                ("outcome", outcome),
            ]
        ).increment()
    }
}
