// SPDX-License-Identifier: MIT
import ArgumentParser
import Bridge
import Foundation

/// `meshctl cloud check`: whether AWS is as the mesh needs it, for people and for programs.
struct CloudCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tell what differs from what the mesh needs; status 2 when something does.")

    @OptionGroup var cloud: CloudOptions

    @Flag(help: "One JSON object for each finding.")
    var json = false

    func run() async throws {
        let findings = try await cloud.setup().findings()
        for finding in findings { print(json ? try Self.object(finding) : "\(finding)") }
        if !json, findings.isEmpty { print("as it should be") }
        if !findings.isEmpty { throw ExitCode(2) }
    }

    private struct Object: Encodable {
        let subject: String
        let name: String
        let kind: String
        var aspect: String?
        var found: String?
        var wanted: String?
    }

    private static func object(_ finding: CloudFinding) throws -> String {
        var object = Object(
            subject: finding.subject.rawValue, name: finding.name, kind: "missing")
        if case .differs(let aspect, let found, let wanted) = finding.kind {
            object = Object(
                subject: object.subject, name: object.name, kind: "differs", aspect: aspect,
                found: found, wanted: wanted)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(object), as: UTF8.self)
    }
}
