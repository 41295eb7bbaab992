// SPDX-License-Identifier: MIT
package import Daemon
package import Pipeline

/// The configuration of `fulfillmentd`.
package struct FulfillmentSettings: DaemonSettings {
    package var stage: StageSettings
    package var receipts: Receipts

    /// Where receipts are put.
    package enum Receipts: Sendable {
        /// `receipts.dir`: a directory, made when its parent exists. `receipts.syncInterval`: how often
        /// it is brought to the disk (1s...60s); after six of these without success no order is
        /// fulfilled.
        case directory(String, syncInterval: Duration)
        /// `receipts.host`, `receipts.port`, `receipts.identity`: the mesh's receipt service.
        case service(EndpointSettings, identity: String)
        /// With whoever brings the steps: the same store, reached without another daemon.
        case feed
    }

    package init(from reader: SettingsReader) throws(ConfigurationError) {
        stage = try StageSettings(from: reader)
        let scope = reader.scoped("receipts")
        let endpoint = try EndpointSettings(from: reader, scope: "receipts", defaultPort: 9103)
        let identity = scope.text("identity", default: "bridged")
        let interval = try scope.duration(
            "syncInterval", default: .seconds(10), in: .seconds(1)...(.seconds(60)))
        // The address wins: a stage moves to the cloud by being given one.
        if scope.optionalText("host") != nil {
            receipts = .service(endpoint, identity: identity)
        } else if stage.source == .lambda, scope.optionalText("dir") == nil {
            receipts = .feed
        } else {
            receipts = .directory(try scope.text("dir"), syncInterval: interval)
        }
    }
}
