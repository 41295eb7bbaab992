// SPDX-License-Identifier: MIT
import ArgumentParser
import Bridge

/// `meshctl cloud plan`: what `apply` would change.
struct CloudPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what apply would make or change; status 2 when there is something.")

    @OptionGroup var cloud: CloudOptions

    func run() async throws {
        let findings = try await cloud.setup().findings()
        for finding in findings { print(Self.line(finding)) }
        print(Self.summary(findings))
        if !findings.isEmpty { throw ExitCode(2) }
    }

    private static func line(_ finding: CloudFinding) -> String {
        switch finding.kind {
        case .missing: "+ \(finding.subject.rawValue) \(finding.name)"
        case .differs(let aspect, let found, let wanted):
            "~ \(finding.subject.rawValue) \(finding.name): \(aspect) "
                + "\(found.isEmpty ? "not set" : found) -> \(wanted)"
        }
    }

    private static func summary(_ findings: [CloudFinding]) -> String {
        let missing = findings.count { $0.kind == .missing }
        if findings.isEmpty { return "nothing to change" }
        return "\(missing) to make, \(findings.count - missing) to change"
    }
}
