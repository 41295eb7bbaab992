// SPDX-License-Identifier: MIT
import HTTPCalls
import Orders

/// One event to work on, and until when.
struct Invocation: Sendable {
    let id: String
    /// Lambda stops the program then, wherever it is.
    let deadline: MeshInstant
    /// Of AWS X-Ray; empty when there is none.
    let trace: String
    let event: [UInt8]

    /// Nil when the answer lacks what makes an invocation.
    init?(_ answer: HTTPResponse) {
        guard let id = answer.header("Lambda-Runtime-Aws-Request-Id"),
            let deadline = answer.header("Lambda-Runtime-Deadline-Ms").flatMap({ UInt64($0) })
        else { return nil }
        self.id = id
        self.deadline = MeshInstant(milliseconds: deadline)
        trace = answer.header("Lambda-Runtime-Trace-Id") ?? ""
        event = answer.body
    }
}
