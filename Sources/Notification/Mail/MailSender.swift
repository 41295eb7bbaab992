// SPDX-License-Identifier: MIT
import HTTPCalls
import Pipeline

/// Hands mails to the operator's server, one for each recipient: one that is refused keeps no other
/// from its mail.
struct MailSender: Sendable {
    private let caller: HTTPCaller
    private let settings: MailSettings

    init(_ settings: MailSettings) {
        self.settings = settings
        var configuration = HTTPCallerConfiguration(addressPolicy: .any)
        configuration.trustRoots = settings.trustRoots
        caller = HTTPCaller(configuration)
    }

    func send(_ telling: Telling, to address: String) async -> TellingOutcome {
        let text = MailText(
            message: telling.message, trace: telling.step.delivery.trace, fields: telling.fields)
        let mail = MailMessage(
            from: settings.from, recipients: [address],
            content: text.encoded(from: settings.from, to: address))
        do throws(HTTPCallError) {
            try await caller.send(mail, through: settings.server)
            return .delivered(status: 250)
        } catch {
            return Self.outcome(error)
        }
    }

    /// RFC 5321, 4.2.1: 4yz may be tried again as it is, 5yz not.
    private static func outcome(_ error: HTTPCallError) -> TellingOutcome {
        switch error.code {
        case .invalidRequest: .impossible("\(error)")
        case .overloaded, .cancelled: .busy
        // A login or a certificate is for the operator to mend, and no recipient's fault.
        case .tlsFailed,
            .refused where (530...538).contains(error.reply) || error.reply < 400:
            .unreachable("\(error)")
        case _ where (400..<500).contains(error.reply):
            .refused(status: error.reply, retryAfter: nil)
        case _ where (500..<600).contains(error.reply):
            .impossible("the mail server answered \(error.reply): \(error.message)")
        default: .unreachable("\(error)")
        }
    }
}
