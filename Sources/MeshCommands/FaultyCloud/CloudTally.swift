// SPDX-License-Identifier: MIT
import Synchronization

/// Counts what passed, and what was done to it.
final class CloudTally: Sendable {
    private struct Counts {
        var requests: [CloudRequest: Int] = [:]
        var faults: [CloudFault: Int] = [:]
    }

    private let counts = Mutex(Counts())

    func count(_ request: CloudRequest, _ fault: CloudFault?) {
        counts.withLock { counts in
            counts.requests[request, default: 0] += 1
            if let fault { counts.faults[fault, default: 0] += 1 }
        }
    }

    /// For people: requests by operation, then faults by kind.
    var text: String {
        let (requests, faults) = counts.withLock { ($0.requests, $0.faults) }
        var table = TextTable("SERVICE", "OPERATION", "REQUESTS")
        for (request, count) in requests.sorted(by: { Self.name($0.key) < Self.name($1.key) }) {
            table.add(request.service, request.operation, count)
        }
        var injected = TextTable("FAULT", "TIMES")
        for fault in CloudFault.allCases { injected.add(fault.rawValue, faults[fault] ?? 0) }
        return table.text + "\n" + injected.text
    }

    private static func name(_ request: CloudRequest) -> String {
        "\(request.service) \(request.operation)"
    }
}
