// SPDX-License-Identifier: MIT

/// From the spelling of the specification to that of Swift.
enum SwiftNames {
    /// `PUBLISH_BATCH` becomes `PublishBatch`; a trailing `OK` keeps its capitals.
    static func type(_ name: String) -> String {
        name.split(separator: "_")
            .map { $0 == "OK" ? "OK" : $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
            .joined()
    }

    /// `retry_after_ms` becomes `retryAfterMilliseconds`, `window_s` `windowSeconds`.
    static func member(_ name: String) -> String {
        var words = name.lowercased().split(separator: "_").map(String.init)
        if words.last == "ms", words.count > 1 { words[words.count - 1] = "milliseconds" }
        if words.last == "s", words.count > 1 { words[words.count - 1] = "seconds" }
        let first = words.removeFirst()
        return words.reduce(first) { text, word in
            text + (word == "ok" ? "OK" : word.prefix(1).uppercased() + word.dropFirst())
        }
    }
}
