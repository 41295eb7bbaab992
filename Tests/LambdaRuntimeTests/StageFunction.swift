// SPDX-License-Identifier: MIT
import Foundation
import TestSupport

/// A built stage that runs as a function: the program itself, started by the name `bootstrap`, and the
/// Lambda that invokes it.
struct StageFunction: Sendable {
    let lambda: LambdaStandIn
    let process: DaemonProcess

    /// - Parameter changes: over what the mesh's functions have in their environment.
    static func start(
        _ program: String, in mesh: CloudMesh, changes: [String: String] = [:]
    ) async throws -> StageFunction {
        let lambda = try await LambdaStandIn()
        var environment = mesh.environment().merging(changes) { $1 }
        environment["AWS_LAMBDA_RUNTIME_API"] = lambda.address
        let task = mesh.directory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: task, withIntermediateDirectories: true)
        let process = try await DaemonProcess.start(
            program, environment: environment, listeners: ["admin"],
            as: task.appending(path: "bootstrap"))
        return StageFunction(lambda: lambda, process: process)
    }

    func end() async throws {
        await process.end(by: SIGKILL)
        try await lambda.stop()
    }
}
