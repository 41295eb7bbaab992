// SPDX-License-Identifier: MIT
package import Daemon
import SecureTransport
import ServiceClients
import Sessions

/// Steps from the broker, or from whatever speaks as it does.
package struct BrokerFeed: StageFeed {
    package init() {}

    package func open(_ settings: StageSettings, _ context: DaemonContext) throws -> StageLine {
        guard let broker = settings.broker else {
            throw ConfigurationError(
                .outOfBounds, key: "stage.source",
                "is \(settings.source.rawValue), but nobody invokes this program")
        }
        let tls = try broker.tls.context(.client)
        context.onReload("tls") { try tls.reload() }
        let connection = MeshConnection(
            to: MeshEndpoint(host: broker.endpoint.host, port: broker.endpoint.port), tls: tls,
            expecting: .service(broker.identity), name: context.name,
            group: context.eventLoopGroup)
        let client = BrokerClient(connection)
        return StageLine(
            queue: BrokerStepQueue(client), announcer: StepAnnouncer(client),
            links: [ConnectionService(connection)])
    }
}
