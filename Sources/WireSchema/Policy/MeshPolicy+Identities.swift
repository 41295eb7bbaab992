// SPDX-License-Identifier: MIT

extension MeshPolicy {
    /// An identity with its places found: ARNs and keys still name an account in braces.
    struct ResolvedIdentity {
        let name: String
        let about: String
        let statements: [ResolvedStatement]
    }

    struct ResolvedStatement {
        let id: String
        let actions: [String]
        let resources: [String]
        let leadingKeys: [String]
    }

    /// Everybody with rights in AWS: those that are named, and the stages that run as functions.
    func resolvedIdentities() -> [ResolvedIdentity] {
        let named = cloud.identities.map { identity in
            ResolvedIdentity(
                name: identity.name, about: identity.about,
                statements: identity.statements.map { resolve($0, queues: queues, service: "") })
        }
        return named + services.filter { $0.function ?? false }.map(function)
    }

    private func function(_ service: Service) -> ResolvedIdentity {
        let statements = cloud.function.compactMap { statement -> ResolvedStatement? in
            let queues = queues(of: service, for: statement.needs ?? "any")
            let isMeant = statement.needs != "receipts" || service.receipts != nil
            guard isMeant, !queues.isEmpty else { return nil }
            return resolve(statement, queues: queues, service: service.name)
        }
        return ResolvedIdentity(
            name: service.name, about: "The stage as a function: what its rights in the mesh need.",
            statements: statements)
    }

    private func queues(of service: Service, for need: String) -> [String] {
        service.queues.filter { right in
            Self.queueVerbs.contains(need) ? right.may.contains(need) : true
        }.map(\.queue)
    }

    private func resolve(
        _ statement: CloudPolicy.Statement, queues: [String], service: String
    ) -> ResolvedStatement {
        var resources: [String] = []
        var keys: [String] = []
        for place in cloud.places where statement.places.contains(place.name) {
            let arn = place.arn.replacing("{service}", with: service)
            switch place.each {
            case nil: resources.append(arn)
            case .queue: resources += queues.map { Self.named($0, in: arn) }
            case .key:
                resources.append(arn)
                keys += queues.map { (place.key ?? "").replacing("{queue}", with: $0) }
            }
        }
        return ResolvedStatement(
            id: statement.id, actions: statement.actions, resources: resources, leadingKeys: keys)
    }

    /// A queue's name as it is in SQS, which knows no dots.
    private static func named(_ queue: String, in arn: String) -> String {
        arn.replacing("{queue}", with: queue.replacing(".", with: "D"))
    }
}
