// SPDX-License-Identifier: MIT

/// Writes `protocol/access.md`: the tables of who may do what.
struct AccessPageEmitter {
    let policy: MeshPolicy

    func file() -> GeneratedFile {
        GeneratedFile(
            path: "protocol/access.md",
            text: "<!-- Generated from policy.json: change that. -->\n\n" + mesh() + cloud())
    }

    // MARK: - In the mesh

    private func mesh() -> String {
        """
        # Who may

        Whoever is not named may nothing, and is refused with `not_permitted` (118). Identities are those of
        certificates ([handshake.md](handshake.md)). The rules of this page and the policies of AWS come from one
        file, [policy.json](policy.json).

        | identity | queues ([broker.md](broker.md)) | limiter ([limiter.md](limiter.md)) | receipts ([receipts.md](receipts.md)) | keys ([keys.md](keys.md)) |
        |---|---|---|---|---|

        """ + policy.services.map(row).joined() + """
            | `operator/*` | everything | everything | get | everything |
            | `tenant/NAME` | | peek and read the plan of `NAME` | | |

            To publish is to PUBLISH or to settle with outputs; to consume is to CONSUME, SETTLE and EXTEND. Each
            service may see depth, stats and MESSAGE_STATUS of every queue. To take is to take, hold, release, peek
            and refund.


            """
    }

    private func row(_ service: MeshPolicy.Service) -> String {
        let parts = MeshPolicy.queueVerbs.reversed().compactMap { verb -> String? in
            let queues = service.queues.filter { $0.may.contains(verb) }.map { "`\($0.queue)`" }
            return queues.isEmpty ? nil : "\(verb) " + queues.joined(separator: ", ")
        }
        let weights = service.weights ?? false ? ["see and set weights"] : []
        return "| `service/\(service.name)` | \((parts + weights).joined(separator: "; ")) "
            + "| \(words(service.limiter)) | \(words(service.receipts)) "
            + "| \(words(service.keys)) |\n"
    }

    private func words(_ verbs: [String]?) -> String {
        (verbs ?? []).map { $0.replacing("_", with: " ") }.joined(separator: ", ")
    }

    // MARK: - In AWS

    private func cloud() -> String {
        """
        ## In AWS

        Policies with exact resources, one for each identity: `meshctl cloud policy NAME` writes them out. A stage
        beside a bridge needs none of them; a stage that runs as a function has what its rights above need. Of the
        table it reaches the items of its queues alone, by their keys (`dynamodb:LeadingKeys`).

        | identity | statement | actions | on |
        |---|---|---|---|

        """ + policy.resolvedIdentities().map(rows).joined()
    }

    private func rows(_ identity: MeshPolicy.ResolvedIdentity) -> String {
        identity.statements.map { statement in
            let places =
                statement.leadingKeys.isEmpty
                ? statement.resources.map(Self.short) : statement.leadingKeys
            return "| `\(identity.name)` | \(statement.id) | "
                + statement.actions.map { "`\($0)`" }.joined(separator: " ") + " | "
                + places.map { "`\($0)`" }.joined(separator: " ") + " |\n"
        }.joined()
    }

    /// An ARN without what says where it is.
    private static func short(_ arn: String) -> String {
        arn.split(separator: "{account}:").last.map(String.init)?
            .replacing("arn:{partition}:s3:::", with: "") ?? arn
    }
}
