// SPDX-License-Identifier: MIT
import Broker
import Daemon

@main
struct Brokerd {
    static func main() async {
        await DaemonRuntime.main("brokerd", BrokerConfiguration.self) { configuration, context in
            [try BrokerDaemon(configuration, context)]
        }
    }
}
