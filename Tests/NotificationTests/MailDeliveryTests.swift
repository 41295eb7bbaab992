// SPDX-License-Identifier: MIT

import FoundationEssentials
import HTTPCalls
import Orders
import Pipeline
import Saga
import SecureTransport
import TestSupport
import Testing

@testable import Notification

/// Mail to a real server, over STARTTLS with a certificate that is checked.
@Suite(.timeLimit(.minutes(2))) struct MailDeliveryTests {
    private typealias World = NotificationWorld

    /// A mail server of a test's own.
    private struct Receiver {
        let process: ToolProcess
        let port: Int
        let trustRoots: String

        init(_ arguments: [String] = []) async throws {
            let files = try TestCertificates.shared.get().files(.service("mail"))
            trustRoots = files.trustRoots
            process = try ToolProcess(
                script: "scripts/smtp-receiver",
                ["--certificate", files.certificate, "--key", files.privateKey] + arguments)
            try await process.waitForLine { $0.hasPrefix("port ") }
            let line = process.lines.first { $0.hasPrefix("port ") } ?? ""
            port = Int(line.dropFirst(5)) ?? 0
        }

        struct Mail: Decodable {
            let from: String
            let to: [String]
            let text: String
            let tls: Bool
        }

        func mails() throws -> [Mail] {
            try process.lines.filter { $0.hasPrefix("{") }.map {
                try JSONDecoder().decode(Mail.self, from: Data($0.utf8))
            }
        }

        func settings(
            user: String? = nil, password: String? = nil, isTLSRequired: Bool = true,
            trustRoots: String? = nil, from: String = "mesh@example.com"
        ) -> MailSettings {
            MailSettings(
                server: MailServer(
                    url: "smtp://127.0.0.1:\(port)", username: user, password: password,
                    isTLSRequired: isTLSRequired),
                from: from, trustRoots: trustRoots ?? self.trustRoots)
        }
    }

    private static func with(
        _ settings: MailSettings?, to addresses: [String],
        _ body: @Sendable @escaping (NotificationWorld, Step) async throws -> Void
    ) async throws {
        var options = World.Options()
        options.mail = settings
        try await World.with(options) { world in
            for address in addresses { try await world.mailTo("acme", address) }
            try await body(world, try await world.step())
        }
    }

    @Test func `a change is mailed over TLS to each recipient, under an id that repeats share`()
        async throws
    {
        let receiver = try await Receiver(["--login", "mesh:secret"])
        let settings = receiver.settings(user: "mesh", password: "secret")
        try await Self.with(settings, to: ["a@example.com", "b@example.com"]) { world, step in
            #expect(try await world.handler.handle([step]) == [.done()])
            let mails = try receiver.mails()
            #expect(Set(mails.map(\.to)) == [["TO:<a@example.com>"], ["TO:<b@example.com>"]])
            for mail in mails {
                #expect(mail.tls)
                #expect(mail.from.hasPrefix("FROM:<mesh@example.com>"))
                #expect(mail.text.contains("Message-ID: <\(step.delivery.id)@example.com>\r\n"))
                #expect(mail.text.contains("Subject: Order \(step.order) is charged\r\n"))
            }
            #expect(
                try await world.records(step) == [
                    ["mail", "250", "true"], ["mail", "250", "true"],
                ])
            // Settled in vain, it comes again: nobody gets a second mail.
            #expect(try await world.handler.handle([step]) == [.done()])
            #expect(try receiver.mails().count == 2)
        }
    }

    @Test(arguments: [
        ("later", 451, true), ("full", 452, true), ("unknown", 550, false), ("spam", 554, false),
    ])
    func `4yz is tried again, 5yz is dead, and the other recipient has his mail`(
        name: String, status: Int, isRetried: Bool
    ) async throws {
        let receiver = try await Receiver()
        try await Self.with(
            receiver.settings(), to: ["\(name)@example.com", "good@example.com"]
        ) { world, step in
            let outcome = try await world.handler.handle([step])[0]
            #expect(outcome.outputs.map(\.notice?.recipient) == ["mailto:\(name)@example.com"])
            let retry = World.retry(outcome.outputs[0], of: step)
            switch try await world.retrying.handle([retry])[0].verdict {
            case .retry(let reason, _):
                #expect(isRetried)
                #expect(reason == "receiver answered \(status)")
            case .dead(let reason):
                #expect(!isRetried)
                #expect(reason.contains("the mail server answered \(status)"))
            case let other: Issue.record("\(other)")
            }
            let good = try receiver.mails().filter { $0.to == ["TO:<good@example.com>"] }
            #expect(good.count == 1)
        }
    }

    @Test(arguments: ["cut-rcpt", "cut-data", "cut-text", "cut-end"])
    func `a cut connection is tried again under the same id`(name: String) async throws {
        let receiver = try await Receiver()
        try await Self.with(receiver.settings(), to: ["\(name)@example.com"]) { world, step in
            let tell = try #require(try await world.handler.handle([step])[0].outputs.first)
            let outcome = try await world.retrying.handle([World.retry(tell, of: step)])[0]
            guard case .retry = outcome.verdict else {
                Issue.record("\(outcome)")
                return
            }
            #expect(
                try Set(receiver.mails().map(\.text)).count == (name == "cut-end" ? 1 : 0))
        }
    }

    @Test func `a connection that is cut at the sender is tried again`() async throws {
        let receiver = try await Receiver()
        let settings = receiver.settings(from: "cut-mail@example.com")
        try await Self.with(settings, to: ["a@example.com"]) { world, step in
            let outcome = try await world.handler.handle([step])[0]
            #expect(outcome.outputs.count == 1)
            #expect(try receiver.mails().isEmpty)
        }
    }

    @Test(arguments: ["no TLS", "another authority", "a wrong password"])
    func `nothing is mailed to a server that cannot be trusted or does not trust us`(
        flaw: String
    ) async throws {
        let receiver = try await Receiver(
            flaw == "no TLS" ? ["--no-tls"] : flaw == "a wrong password" ? ["--login", "a:b"] : [])
        let others = try TestCertificates().files(.service("mail"))
        let settings = receiver.settings(
            user: flaw == "a wrong password" ? "a" : nil,
            password: flaw == "a wrong password" ? "c" : nil,
            trustRoots: flaw == "another authority" ? others.trustRoots : nil)
        try await Self.with(settings, to: ["a@example.com"]) { world, step in
            let outcome = try await world.handler.handle([step])[0]
            // For the operator to mend: it waits in the queue of retries.
            #expect(outcome.outputs.first?.attempt == 1)
            #expect(try receiver.mails().isEmpty)
        }
    }

    @Test func `without a mail server the mail lies in the dead letters, and says so`() async throws
    {
        try await Self.with(nil, to: ["a@example.com"]) { world, step in
            let tell = try #require(try await world.handler.handle([step])[0].outputs.first)
            let outcome = try await world.retrying.handle([World.retry(tell, of: step)])[0]
            #expect(
                outcome.verdict
                    == .dead(reason: "mailto:a@example.com: no mail server is configured"))
        }
    }

    @Test func `what a customer is called adds neither header nor recipient`() async throws {
        let receiver = try await Receiver()
        let hostile = "x\r\nBcc: all@example.com\r\n.\r\nRCPT TO:<all@example.com>"
        var options = World.Options()
        options.mail = receiver.settings()
        try await World.with(options) { world in
            try await world.mailTo("acme", "a@example.com")
            let step = try await world.step(customer: hostile, detail: hostile)
            #expect(try await world.handler.handle([step]) == [.done()])
            let mails = try receiver.mails()
            #expect(mails.map(\.to) == [["TO:<a@example.com>"]])
            #expect(!(mails.first?.text.contains("\r\nBcc") ?? true))
        }
    }

    @Test(arguments: ["a@b>\r\nRCPT TO:<x@y", "a b@c", "<a@b>", "a", "@", "a@b\n"])
    func `what is no address cannot be a recipient`(address: String) async throws {
        try await World.with { world in
            await #expect(throws: (any Error).self) { try await world.mailTo("acme", address) }
        }
    }
}
