// SPDX-License-Identifier: MIT

/// One way in which AWS is not as the mesh needs it.
package struct CloudFinding: Equatable, Sendable {
    /// What kind of thing it is about.
    package enum Subject: String, CaseIterable, Sendable {
        case queue
        case deadLetters = "dead_letters"
        case queuePolicy = "queue_policy"
        case table
        case bucket
    }

    package enum Kind: Equatable, Sendable {
        /// There is none.
        case missing
        /// It is there and `aspect` is other than it should be; `found` is empty when it is not set.
        case differs(aspect: String, found: String, wanted: String)
    }

    package let subject: Subject
    package let name: String
    package let kind: Kind

    package init(_ subject: Subject, _ name: String, _ kind: Kind) {
        self.subject = subject
        self.name = name
        self.kind = kind
    }

    static func missing(_ subject: Subject, _ name: String) -> CloudFinding {
        CloudFinding(subject, name, .missing)
    }

    /// Nil when what was found is what is wanted.
    static func difference(
        _ subject: Subject, _ name: String, _ aspect: String, found: String?, wanted: String
    ) -> CloudFinding? {
        if found == wanted { return nil }
        return CloudFinding(
            subject, name, .differs(aspect: aspect, found: found ?? "", wanted: wanted))
    }
}

extension CloudFinding: CustomStringConvertible {
    package var description: String {
        let what = "\(subject.rawValue) \(name)"
        switch kind {
        case .missing: return "\(what): missing"
        case .differs(let aspect, let found, let wanted):
            return "\(what): \(aspect) is \(found.isEmpty ? "not set" : found), not \(wanted)"
        }
    }
}
