// SPDX-License-Identifier: MIT
import Orders
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
        return """
            #\(letter.sequence)  order \(message.group)  tenant \(message.tenant)
                correlation \(message.trace)
                died \(Timestamp.text(letter.deadMilliseconds)): \(letter.reason)
            \(attempts.joined(separator: "\n"))
            """
    }
}
