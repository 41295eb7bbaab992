// SPDX-License-Identifier: MIT

import Testing

@testable import Daemon

@Suite struct SettingsReaderTests {
    private func reader(
        file: [String: String] = [:], environment: [String: String] = [:],
        flags: [String: String] = [:]
    ) -> SettingsReader {
        SettingsReader(
            daemon: "brokerd",
            source: ConfigurationSource(file: file, environment: environment, flags: flags))
    }

    @Test func `a flag wins over the environment and the environment over the file`() throws {
        let file = ["listen.port": "1", "listen.host": "file", "tls.dir": "file"]
        let environment = ["MESH_LISTEN_PORT": "2", "MESH_LISTEN_HOST": "environment"]
        let reader = reader(file: file, environment: environment, flags: ["listen.port": "3"])
        #expect(
            try ListenSettings(from: reader, scope: "listen", defaultPort: 9)
                == ListenSettings(host: "environment", port: 3))
        #expect(try TLSSettings(from: reader) == TLSSettings(directory: "file", name: "brokerd"))
    }

    @Test func `camel case keys are upper snake case in the environment`() throws {
        let environment = [
            "MESH_POSTGRES_CONNECTION_COUNT_MAX": "7", "MESH_POSTGRES_CONNINFO": "x",
        ]
        let settings = try PostgresSettings(from: reader(environment: environment))
        #expect(settings.connectionCountMax == 7)
        #expect(
            SettingsReader.variable("postgres.connectionCountMax")
                == "MESH_POSTGRES_CONNECTION_COUNT_MAX")
    }

    @Test func `an empty variable counts as not set`() throws {
        let reader = reader(environment: ["MESH_LISTEN_PORT": ""])
        #expect(try reader.integer("listen.port", default: 5, in: 0...9) == 5)
    }

    @Test(arguments: [
        ("listen.port", "http", ConfigurationError.Code.malformed),
        ("listen.port", "70000", .outOfBounds),
    ])
    func `a wrong value is an error that names the key`(
        key: String, value: String, code: ConfigurationError.Code
    ) {
        let error = #expect(throws: ConfigurationError.self) {
            try ListenSettings(from: reader(file: [key: value]), scope: "listen", defaultPort: 1)
        }
        #expect(error?.key == key)
        #expect(error?.code == code)
    }

    @Test func `a required key that is missing says how to set it`() {
        let error = #expect(throws: ConfigurationError.self) {
            try TLSSettings(from: reader())
        }
        #expect(error?.code == .missing)
        #expect(error?.message.contains("MESH_TLS_DIR") == true)
    }

    @Test func `a key that nothing reads is refused`() throws {
        let reader = reader(file: ["listen.prot": "9101"])
        _ = try ListenSettings(from: reader, scope: "listen", defaultPort: 1)
        let error = #expect(throws: ConfigurationError.self) { try reader.refuseUnknownKeys() }
        #expect(error?.code == .unknownKey)
        #expect(error?.key == "listen.prot")
    }

    @Test func `secrets are redacted in what is shown`() throws {
        let reader = reader(file: ["postgres.conninfo": "password=hunter2"])
        #expect(try PostgresSettings(from: reader).conninfo == "password=hunter2")
        let shown = try EffectiveConfiguration(reader.effective).json
        #expect(!shown.contains("hunter2"))
        #expect(shown.contains(#""conninfo" : "<redacted>""#))
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("20s", .seconds(20)), ("5m", .seconds(300)),
        ("1h", .seconds(3_600)), ("7d", .seconds(604_800)),
    ])
    func `durations read and write with their unit`(text: String, duration: Duration) throws {
        #expect(DurationText(text)?.duration == duration)
        #expect(DurationText(duration).description == text)
        let reader = reader(flags: ["drain.limit": text])
        let bounds = Duration.zero...Duration.seconds(604_800)
        #expect(try reader.duration("drain.limit", default: .zero, in: bounds) == duration)
    }

    @Test(arguments: ["20", "s", "-1s", "1.5s", "20 s", "9999999999999999999s", "20x"])
    func `a duration without a number or unit is malformed`(text: String) {
        let reader = reader(flags: ["drain.limit": text])
        #expect(throws: ConfigurationError.self) {
            try reader.duration("drain.limit", default: .zero, in: .zero...(.seconds(1)))
        }
    }
}
