// SPDX-License-Identifier: MIT
import Daemon
import RateLimit

/// The rate-limit daemon.
@main
enum Ratelimitd {
    static func main() async {
        await DaemonRuntime.main("ratelimitd", RateLimitSettings.self) { settings, context in
            try await LimiterService(settings, context).services
        }
    }
}
