// SPDX-License-Identifier: MIT
package import Daemon
import FoundationEssentials
package import Pipeline
package import ServiceLifecycle

/// The life of a stage's program, which is one and the same as a daemon and as a function of AWS
/// Lambda: there it finds AWS_LAMBDA_RUNTIME_API in its environment, and is run with steps.
package enum StageProgram {
    /// Runs the stage `program` as `DaemonRuntime.main` does.
    package static func main<Settings: DaemonSettings>(
        _ program: String, _ settings: Settings.Type,
        services build:
            @Sendable (Settings, any StageFeed, DaemonContext) async throws ->
            [any Service]
    ) async {
        let environment = ProcessInfo.processInfo.environment
        let api = RuntimeAPI(environment: environment)
        await DaemonRuntime.main(
            program, InvokedSettings<Settings>.self,
            presuming: api == nil ? [:] : presumedInLambda(environment),
            isFrozenBetweenRequests: api != nil,
            // A function's configuration is its environment; its arguments are those of the loader.
            arguments: api == nil ? nil : [],
            cannotStart: { error in
                // Who started the program hears it twice at most: the log has it too.
                do { try await api?.cannotStart(error) } catch {}
            }
        ) { settings, context in
            let feed = feed(settings, api, program, environment)
            return try await build(settings.stage, feed, context)
        }
    }

    private static func feed<Stage>(
        _ settings: InvokedSettings<Stage>, _ api: RuntimeAPI?, _ program: String,
        _ environment: [String: String]
    ) -> any StageFeed {
        guard let api, let cloud = settings.cloud else { return BrokerFeed() }
        return LambdaFeed(
            api: api, cloud: cloud, margin: settings.margin, program: program,
            environment: environment)
    }

    /// Lambda says itself where it runs. Nobody can ask a function about its health.
    private static func presumedInLambda(_ environment: [String: String]) -> [String: String] {
        [
            "stage.source": StageSettings.Source.lambda.rawValue,
            "aws.region": environment["AWS_REGION"] ?? "",
            "admin.port": "0",
        ]
    }
}
