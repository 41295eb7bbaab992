// SPDX-License-Identifier: MIT
import Foundation

/// The configuration of one daemon of a mesh on one machine, as environment variables.
struct DaemonEnvironment {
    let map: MeshMap
    let layout: MeshLayout

    func variables(of daemon: MeshDaemon) -> [String: String] {
        var variables = ProcessInfo.processInfo.environment
        variables["MESH_RUN_DIR"] = layout.runDirectory
        variables["MESH_TLS_DIR"] = map.certificates
        variables["MESH_POSTGRES_CONNINFO"] = map.postgres
        variables["MESH_ADMIN_PORT"] = map.admin[daemon.rawValue].map(String.init)
        variables["MESH_LISTEN_PORT"] = map.mesh[daemon.rawValue].map(String.init)
        variables["MESH_BROKER_PORT"] = map.port(of: "brokerd").map(String.init)
        variables["MESH_BROKER_IDENTITY"] = map.speaker(for: "brokerd")
        variables["MESH_LIMITER_PORT"] = map.port(of: "ratelimitd").map(String.init)
        variables["MESH_LIMITER_IDENTITY"] = map.speaker(for: "ratelimitd")
        variables["MESH_HTTP_PORT"] = String(map.http)
        variables["MESH_DATA_DIR"] = layout.brokerLog
        variables["MESH_RECEIPTS_DIR"] = layout.receipts
        if map.isBridged == true {
            variables["MESH_RECEIPTS_HOST"] = "127.0.0.1"
            variables["MESH_RECEIPTS_PORT"] = map.mesh["bridged"].map(String.init)
            variables["MESH_KEYS_HOST"] = "127.0.0.1"
            variables["MESH_KEYS_PORT"] = map.mesh["bridged"].map(String.init)
        }
        // Whoever reaches this machine's own address may try it.
        variables["MESH_HTTP_ANONYMOUS"] = variables["MESH_HTTP_ANONYMOUS"] ?? "true"
        // Receivers on this machine are what a mesh on one machine is tried with.
        variables["MESH_WEBHOOK_ADDRESSES"] = "any"
        // Nobody waits a day to see what becomes of a receiver that is away.
        variables["MESH_WEBHOOK_RETRIES"] = variables["MESH_WEBHOOK_RETRIES"] ?? "1s,2s,4s"
        variables["MESH_WEBHOOK_PAUSE"] = variables["MESH_WEBHOOK_PAUSE"] ?? "1s"
        return variables
    }
}
