// SPDX-License-Identifier: MIT
import CloudAccess
import TestSupport
import Testing

@testable import AWS

/// Holds what an identity may do against what it was seen to do.
struct PolicyProof {
    let identity: CloudIdentity
    let names: CloudNames
    let calls: [RecordedCall]

    /// One action in one kind of place.
    struct Use: Hashable, Comparable, CustomStringConvertible {
        let action: String
        let place: String

        var description: String { "\(action) on \(place)" }

        static func < (one: Use, other: Use) -> Bool { one.description < other.description }
    }

    /// Every action that the policy allows, by the kind of place that it allows it in.
    var allowed: Set<Use> {
        Set(
            identity.statements.flatMap { statement in
                statement.actions.flatMap { action in
                    statement.resources.map { Use(action: action, place: place(names.fill($0))) }
                }
            })
    }

    /// Every action that was seen, by the kind of place.
    var used: Set<Use> {
        var uses = Set(calls.map { Use(action: $0.action, place: place($0.resource)) })
        // AWS says that an object is missing only to who may list the bucket; the stand-in does always.
        if calls.contains(where: { $0.action == "s3:GetObject" && $0.status == 404 }) {
            uses.insert(Use(action: "s3:ListBucket", place: "bucket"))
        }
        return uses
    }

    /// As `allowed`, by the resources themselves.
    var allowedExactly: Set<Use> {
        Set(
            identity.statements.flatMap { statement in
                statement.actions.flatMap { action in
                    statement.resources.map { Use(action: action, place: name(names.fill($0))) }
                }
            })
    }

    /// As `used`, by the resources themselves.
    var usedExactly: Set<Use> {
        Set(calls.map { Use(action: $0.action, place: place(of: $0)) })
    }

    /// Items that were asked for by keys which the policy does not have: the stand-in does not check.
    var keysOutside: [String] {
        calls.compactMap { call in
            guard let key = call.key else { return nil }
            let keys = identity.statements.filter { $0.actions.contains(call.action) }
                .flatMap(\.leadingKeys)
            return keys.contains { Self.isLike(key, $0) } ? nil : "\(call.action) \(key)"
        }
    }

    /// Keys of the policy that no call needed, for any of the actions that come with them.
    var keysUnused: [String] {
        identity.statements.flatMap { statement in
            statement.leadingKeys.filter { pattern in
                !calls.contains { call in
                    statement.actions.contains(call.action)
                        && call.key.map { Self.isLike($0, pattern) } ?? false
                }
            }
        }
    }

    private static func isLike(_ key: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? key.hasPrefix(pattern.dropLast()) : key == pattern
    }

    private func name(_ resource: String) -> String {
        let last = resource.split(separator: ":").last.map(String.init) ?? resource
        return last == "table/\(names.table)" ? names.table : last
    }

    /// Takes each action of each statement away, and sends a request that needed it once more.
    ///
    /// - Returns: what the stand-in refused then with the typed error, as `statement action`.
    func refusedWhenTakenAway(on stack: MiniStack) async throws -> Set<String> {
        let user = try await StandInUser(of: stack)
        let transport = SignedCalls()
        var refused: Set<String> = []
        for statement in identity.statements {
            for action in statement.actions {
                let places = placesOfItsOwn(action, in: statement)
                let call = calls.first { $0.action == action && places.contains(place(of: $0)) }
                guard let call else { continue }
                try await user.may(identity, names)
                let before = try await transport.send(call.request, signedWith: user.credentials)
                #expect(before.status != 403, "\(action) is refused with the whole policy")
                try await user.may(identity.without(action, of: statement.id), names)
                let after = try await transport.send(call.request, signedWith: user.credentials)
                guard after.status >= 300, AWSError(answer: after).code == .denied else { continue }
                refused.insert("\(statement.id) \(action)")
            }
        }
        return refused
    }

    /// What the stand-in can refuse: each action of each statement but `unseen`, and those that another
    /// statement allows for other items of the same table, which it does not tell apart.
    func refusable(unseen: Set<String> = []) -> Set<String> {
        Set(
            identity.statements.flatMap { statement in
                statement.actions.filter {
                    !unseen.contains($0) && !placesOfItsOwn($0, in: statement).isEmpty
                }.map { "\(statement.id) \($0)" }
            })
    }

    /// Where `statement` alone allows `action`.
    private func placesOfItsOwn(_ action: String, in statement: CloudStatement) -> Set<String> {
        let others = identity.statements.filter {
            $0.id != statement.id && $0.actions.contains(action)
        }
        return Set(statement.resources.map { name(names.fill($0)) })
            .subtracting(others.flatMap(\.resources).map { name(names.fill($0)) })
    }

    private func place(of call: RecordedCall) -> String {
        let isObject = call.resource.hasPrefix(names.bucket + "/")
        return isObject ? names.bucket + "/receipts/*" : name(call.resource)
    }

    /// What kind of place a resource is, of which there may be many.
    private func place(_ resource: String) -> String {
        let name = resource.split(separator: ":").last.map(String.init) ?? resource
        if name.hasPrefix(names.prefix) { return name.hasSuffix("-DLQ") ? "dead_letters" : "queue" }
        if name == names.bucket { return "bucket" }
        if name.hasPrefix(names.bucket + "/") { return "objects" }
        return name.hasSuffix(names.table) ? "table" : name
    }
}
