// SPDX-License-Identifier: MIT
import NIOCore
import Orders
import Saga
import Wire

/// Dead letters in words.
enum DeadLetterText {
    /// Reason and every attempt, several lines.
    static func describe(_ letter: DeadLetter) -> String {
        let message = letter.message
        let attempts = letter.attempts.enumerated().map { index, attempt in
            let time = Timestamp.text(attempt.atMilliseconds)
            return "    attempt \(index + 1)  \(time)  \(attempt.worker): \(attempt.error)"
        }
        let held = letter.held == 0 ? "" : "\n    \(letter.held) of the same order wait for it"
        let unreadable = letter.unreadable.isEmpty ? "" : "\n    UNREADABLE: \(letter.unreadable)"
        return """
            #\(letter.sequence)  \(subject(of: message))  tenant \(message.tenant)
                correlation \(message.trace)
                died \(Timestamp.text(letter.deadMilliseconds)): \(letter.reason)
            \(attempts.joined(separator: "\n"))\(held)\(unreadable)
            """
    }

    /// Which order it is about, and whom it was to tell: messages to one recipient stand in no group.
    private static func subject(of message: Envelope) -> String {
        guard let step = try? StepMessage(decoding: message.body.readableBytesView) else {
            return message.group == .zero ? "no order" : "order \(message.group)"
        }
        let recipient = step.notice.map { " to \($0.recipient)" } ?? ""
        return "order \(step.order)  \(step.kind)\(recipient)"
    }

    /// As text, if it is; else in hexadecimal.
    static func body(_ body: ByteBuffer) -> String {
        if let text = String(validating: body.readableBytesView, as: UTF8.self) { return text }
        let digits = Array("0123456789abcdef")
        return String(
            body.readableBytesView.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
