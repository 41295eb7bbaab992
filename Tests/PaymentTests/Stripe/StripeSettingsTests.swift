// SPDX-License-Identifier: MIT
import Daemon
import Foundation
import TestSupport
import Testing

/// What `paymentd` says to settings of Stripe's, as the built program.
@Suite struct StripeSettingsTests {
    private static func run(_ settings: String...) throws -> (status: Int32, output: String) {
        try DaemonProcess.runToEnd(
            "paymentd",
            ["--print-config", "--set", "tls.dir=/nowhere", "--set", "postgres.conninfo=dbname=x"]
                + settings.flatMap { ["--set", $0] })
    }

    @Test func `the ledger is the default, and Stripe's keys are known to it`() throws {
        let (status, output) = try Self.run("stripe.timeout=5s")
        #expect(status == 0, "\(output)")
        #expect(output.contains(#""provider" : "ledger""#))
    }

    @Test(arguments: [
        ("stripe.secretKey=pk_test_1", "stripe.secretKey: does not hold a secret"),
        ("stripe.secretKey=sk_test 1", "stripe.secretKey: does not hold a secret"),
        ("stripe.endpoint=http://api.stripe.com", "stripe.endpoint: "),
        ("stripe.endpoint=https://a@b", "stripe.endpoint: "),
        ("stripe.endpoint=https://api.stripe.com/v1", "stripe.endpoint: "),
        ("stripe.secretKeyFile=/nowhere/key", "stripe.secretKeyFile: is set together with"),
        ("stripe.timeout=1ms", "stripe.timeout: 1ms is not within"),
        ("stripe.webhook.secret=secret", "stripe.webhook.secret: does not hold a secret"),
        ("payment.provider=paypal", "payment.provider: 'paypal' is not one of: ledger, stripe"),
    ])
    func `a bad setting ends it with status 78 and its name, and shows no secret`(
        _ setting: String, _ complaint: String
    ) throws {
        let (status, output) = try Self.run(
            "payment.provider=stripe", "stripe.secretKey=sk_test_hidden", setting)
        #expect(status == 78, "\(output)")
        #expect(output.contains(complaint), "\(output)")
        #expect(!output.contains("sk_test") && !output.contains("pk_test"), "\(output)")
    }

    @Test func `without a secret key, or with a file that is not there, it says which`() throws {
        let none = try Self.run("payment.provider=stripe")
        #expect(none.status == 78)
        #expect(none.output.contains("stripe.secretKeyFile: "))
        let absent = try Self.run(
            "payment.provider=stripe", "stripe.secretKeyFile=/nowhere/key")
        #expect(absent.status == 78)
        #expect(absent.output.contains("/nowhere/key: is not there"), "\(absent.output)")
    }

    @Test func `a secret from a file is taken and not shown`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("sk_test_from_a_file\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (status, output) = try Self.run(
            "payment.provider=stripe", "stripe.secretKeyFile=\(file.path)",
            "stripe.webhook.secret=whsec_hidden", "stripe.endpoint=http://127.0.0.1:12111")
        #expect(status == 0, "\(output)")
        #expect(!output.contains("from_a_file") && !output.contains("whsec_hidden"))
    }
}
