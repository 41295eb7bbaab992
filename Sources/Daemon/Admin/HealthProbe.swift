// SPDX-License-Identifier: MIT

import NIOCore
import NIOPosix

/// Asks a daemon's admin port whether it is ready, or alive: what `--health-check` and
/// `--liveness-check` do, for containers that hold nothing but the daemon.
package enum HealthProbe {
    private static let answerByteCountMax = 64 << 10

    /// The body of `GET path`, and whether its status was 200. Throws when nobody answers.
    package static func ask(
        _ admin: ListenSettings, path: String = "/readyz"
    ) async throws -> (isReady: Bool, body: String) {
        let host = ["0.0.0.0", "::", "*"].contains(admin.host) ? "127.0.0.1" : admin.host
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(2))
            .connect(host: host, port: admin.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        let answer = try await channel.executeThenClose { inbound, outbound in
            let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
            try await outbound.write(ByteBuffer(string: request))
            var answer = ByteBuffer()
            for try await part in inbound where answer.readableBytes < answerByteCountMax {
                answer.writeImmutableBuffer(part)
            }
            return String(buffer: answer)
        }
        let body = answer.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? ""
        return (answer.hasPrefix("HTTP/1.1 200 "), body)
    }
}
