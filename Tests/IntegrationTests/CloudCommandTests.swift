// SPDX-License-Identifier: MIT
import Foundation
import TestSupport
import Testing

/// `meshctl cloud`, as people type it, against the stand-in for AWS.
@Suite struct CloudCommandTests {
    private let stack: MiniStack
    private let names: [String]

    init() throws {
        stack = try MiniStack.shared.get()
        let suffix = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        names = [
            "--region", stack.region, "--endpoint", stack.endpoint, "--prefix", "c\(suffix)-",
            "--table", "table-\(suffix)", "--bucket", "bucket-\(suffix)",
        ]
    }

    private func run(
        _ words: [String], secret: String? = nil
    ) async throws -> (status: Int32, lines: [String]) {
        let tool = try ToolProcess(
            "meshctl", ["cloud"] + words,
            settings: [
                "AWS_ACCESS_KEY_ID": stack.accessKey,
                "AWS_SECRET_ACCESS_KEY": secret ?? stack.secretKey,
            ])
        return (await tool.end(), tool.lines)
    }

    @Test func `a plan tells what apply then makes, and apply is done once`() async throws {
        let plan = try await run(["plan"] + names)
        #expect(plan.status == 2)
        #expect(plan.lines.last == "17 to make, 0 to change")
        let apply = try await run(["apply"] + names)
        #expect(apply.status == 0)
        #expect(apply.lines.last == "17 mended")
        let again = try await run(["plan"] + names)
        #expect(again.status == 0)
        #expect(again.lines == ["nothing to change"])
        #expect(try await run(["apply"] + names).lines == ["nothing to change"])
        #expect(try await run(["check"] + names).lines == ["as it should be"])
    }

    @Test func `a check tells programs what is missing, as JSON`() async throws {
        let check = try await run(["check", "--json"] + names)
        #expect(check.status == 2)
        let objects = try check.lines.map {
            try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
        }
        #expect(objects.allSatisfy { $0["kind"] == "missing" })
        #expect(Set(objects.compactMap { $0["subject"] }).count == 5)
    }

    @Test func `a key that AWS does not know ends a plan with one line that says so`()
        async throws
    {
        let plan = try await run(["plan"] + names, secret: "wrong")
        #expect(plan.status == 1)
        #expect(plan.lines.count == 1)
        #expect(plan.lines.first?.contains("badCredentials") == true)
    }

    @Test func `a policy is written for an account, and refused for nobody`() async throws {
        let place = ["--account", "123456789012", "--region", "eu-central-1"]
        let policy = try await run(["policy", "paymentd"] + place)
        #expect(policy.status == 0)
        let text = policy.lines.joined(separator: "\n")
        #expect(text.contains("arn:aws:sqs:eu-central-1:123456789012:mesh-payment"))
        #expect(try await run(["policy", "nobody"] + place).status == 64)
        #expect(try await run(["policy", "paymentd", "--prefix", "\"x"] + place).status == 64)
    }
}
