// SPDX-License-Identifier: MIT

extension MeshPolicy {
    static let queueVerbs = ["publish", "consume"]
    static let limiterVerbs = ["take", "read_plans"]
    static let receiptVerbs = ["put", "get"]
    static let keyVerbs = ["claim"]
    static let needs = ["publish", "consume", "receipts", "any"]

    /// Refuses names that are used twice or that nobody declares.
    func check() throws(SchemaError) {
        try refuseRepeats(in: queues)
        try refuseRepeats(in: services.map(\.name) + cloud.identities.map(\.name))
        try refuseRepeats(in: cloud.places.map(\.name))
        for service in services { try check(service) }
        for identity in cloud.identities { try check(identity.statements, in: identity.name) }
        try check(cloud.function, in: "function")
        for statement in cloud.function {
            try refuseUnknown([statement.needs ?? ""], known: Self.needs, in: statement.id)
        }
    }

    private func check(_ service: Service) throws(SchemaError) {
        try refuseRepeats(in: service.queues.map(\.queue))
        try refuseUnknown(service.queues.map(\.queue), known: queues, in: service.name)
        for right in service.queues {
            try refuseUnknown(right.may, known: Self.queueVerbs, in: service.name)
        }
        try refuseUnknown(service.limiter ?? [], known: Self.limiterVerbs, in: service.name)
        try refuseUnknown(service.receipts ?? [], known: Self.receiptVerbs, in: service.name)
        try refuseUnknown(service.keys ?? [], known: Self.keyVerbs, in: service.name)
    }

    private func check(
        _ statements: [CloudPolicy.Statement], in owner: String
    ) throws(SchemaError) {
        try refuseRepeats(in: statements.map(\.id))
        for statement in statements {
            try refuseRepeats(in: statement.actions)
            try refuseUnknown(
                statement.places, known: cloud.places.map(\.name), in: "\(owner).\(statement.id)")
        }
    }

    private func refuseRepeats(in names: [String]) throws(SchemaError) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted { throw .twice(name) }
    }

    private func refuseUnknown(
        _ names: [String], known: [String], in owner: String
    ) throws(SchemaError) {
        for name in names where !known.contains(name) { throw .unknownName(name, in: owner) }
    }
}
