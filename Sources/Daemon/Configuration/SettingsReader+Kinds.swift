// SPDX-License-Identifier: MIT

extension SettingsReader {
    /// A text that must be set.
    package func text(_ key: String) throws(ConfigurationError) -> String {
        guard let text = raw(key, fallback: nil) else { throw missing(key) }
        return text
    }

    /// A text with a default.
    package func text(_ key: String, default fallback: String) -> String {
        raw(key, fallback: fallback) ?? fallback
    }

    /// A text that may be unset.
    package func optionalText(_ key: String) -> String? { raw(key, fallback: nil) }

    /// A text that must be set and is never shown.
    package func secret(_ key: String) throws(ConfigurationError) -> String {
        guard let text = raw(key, fallback: nil, isSecret: true) else { throw missing(key) }
        return text
    }

    /// A text that may be unset and is never shown.
    package func optionalSecret(_ key: String) -> String? {
        raw(key, fallback: nil, isSecret: true)
    }

    /// A whole number within `bounds`.
    package func integer(
        _ key: String, default fallback: Int, in bounds: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int {
        guard let text = raw(key, fallback: String(fallback)) else { return fallback }
        guard let number = Int(text) else {
            throw ConfigurationError(
                .malformed, key: fullKey(key), "'\(text)' is not a whole number")
        }
        guard bounds.contains(number) else {
            throw ConfigurationError(
                .outOfBounds, key: fullKey(key),
                "\(number) is not within \(bounds.lowerBound)...\(bounds.upperBound)")
        }
        return number
    }

    /// `true` or `false`.
    package func flag(_ key: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        guard let text = raw(key, fallback: String(fallback)) else { return fallback }
        guard let flag = Bool(text) else {
            throw ConfigurationError(
                .malformed, key: fullKey(key), "'\(text)' is neither true nor false")
        }
        return flag
    }

    /// A number and its unit without a space: `250ms`, `20s`, `5m`, `1h`, `7d`.
    package func duration(
        _ key: String, default fallback: Duration, in bounds: ClosedRange<Duration>
    ) throws(ConfigurationError) -> Duration {
        let shown = DurationText(fallback).description
        guard let text = raw(key, fallback: shown) else { return fallback }
        guard let duration = DurationText(text)?.duration else {
            throw ConfigurationError(
                .malformed, key: fullKey(key),
                "'\(text)' is not a number followed by ms, s, m, h or d")
        }
        guard bounds.contains(duration) else {
            let lower = DurationText(bounds.lowerBound)
            let upper = DurationText(bounds.upperBound)
            throw ConfigurationError(
                .outOfBounds, key: fullKey(key), "\(text) is not within \(lower)...\(upper)")
        }
        return duration
    }

    /// Durations, written like a list.
    package func durations(
        _ key: String, default fallback: [Duration], in bounds: ClosedRange<Duration>
    ) throws(ConfigurationError) -> [Duration] {
        var durations: [Duration] = []
        for text in list(key, default: fallback.map { DurationText($0).description }) {
            guard let duration = DurationText(text)?.duration, bounds.contains(duration) else {
                throw ConfigurationError(
                    .malformed, key: fullKey(key),
                    "'\(text)' is not a duration within "
                        + "\(DurationText(bounds.lowerBound))...\(DurationText(bounds.upperBound))")
            }
            durations.append(duration)
        }
        return durations
    }

    /// One of the raw values of `Choice`.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: Choice
    ) throws(ConfigurationError) -> Choice {
        guard let text = raw(key, fallback: fallback.rawValue) else { return fallback }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(
                .malformed, key: fullKey(key), "'\(text)' is not one of: \(known)")
        }
        return choice
    }

    /// Texts: a JSON list in the file, separated by commas elsewhere.
    package func list(_ key: String, default fallback: [String] = []) -> [String] {
        guard let text = raw(key, fallback: fallback.joined(separator: ",")) else {
            return fallback
        }
        return text.split(separator: ",").map(String.init)
    }
}
