// SPDX-License-Identifier: MIT
import Glibc

/// A PostgreSQL server of one's own: a data directory, a unix socket beside it, no TCP port.
///
/// For tests and for a whole mesh on one machine. The server is watched: it ends when `stop` is
/// called and also when this process dies in whatever way. PostgreSQL refuses to run as root, so
/// root starts it as the user `postgres`.
package struct PrivateCluster: Sendable {
    /// How much a crash of the machine may cost.
    package enum Durability: Sendable {
        /// Commits reach the disk before they are answered.
        case durable
        /// Nothing is synced: for tests, whose data die with them.
        case forgetful
    }

    /// Holds `data/`, `log` and the socket. At most 80 bytes long: a socket's path has 107.
    package let directory: String
    private let watcher: pid_t
    /// Open as long as the server is wanted; the kernel closes it when this process dies.
    private let lifeline: Int32

    /// Starts the cluster in `directory`, made by initdb when it does not exist yet.
    ///
    /// Blocks until the server answers: a second or two for a new cluster.
    /// - Parameter isTemporary: the watcher removes the directory after the server's end.
    /// - Throws: `unavailable` with the tail of the server's log.
    package static func start(
        in directory: String,
        durability: Durability = .durable,
        isTemporary: Bool = false
    ) throws(PostgresError) -> PrivateCluster {
        guard directory.utf8.count <= 80 else {
            throw PostgresError(.unavailable, "too long for a socket's path: \(directory)")
        }
        let binaries = try PostgresBinaries.find()
        if access(directory + "/data/PG_VERSION", F_OK) != 0 {
            try initialize(directory, binaries)
        }
        let cluster = try launch(directory, binaries, durability, isTemporary: isTemporary)
        try cluster.awaitAnswer()
        return cluster
    }

    /// A libpq connection string for `database` in this cluster.
    package func connectionInfo(database: String = "postgres") -> String {
        "host=\(directory) user=postgres dbname=\(database)"
    }

    /// Runs SQL text without parameters on `database`; blocks until it is done.
    package func run(
        script: String, in database: String = "postgres"
    ) throws(PostgresError) {
        let configuration = PostgresConfiguration(
            connectionInfo: connectionInfo(database: database), statementTimeout: .seconds(60))
        try PostgresConnection(configuration).run(script: script)
    }

    /// Ends the server (open transactions are rolled back) and waits until it is gone.
    package func stop() {
        close(lifeline)
        var status: Int32 = 0
        while waitpid(watcher, &status, 0) < 0, errno == EINTR {}
    }

    // MARK: Start

    private static func initialize(
        _ directory: String, _ binaries: PostgresBinaries
    ) throws(PostgresError) {
        let command = """
            set -e
            mkdir -p "$1"; chmod 700 "$1"
            if [ "$(id -u)" = 0 ]; then chown postgres "$1"; fi
            cd "$1"
            exec $3 "$2/initdb" --pgdata="$1/data" --username=postgres --auth=trust \
              --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$1/log" 2>&1
            """
        let child = try ChildProcess.spawn([
            "/bin/sh", "-c", command, "initdb", directory, binaries.directory,
            binaries.userSwitch(deathSignal: nil),
        ])
        guard child.waitForSuccess() else {
            throw PostgresError(.unavailable, "initdb failed: " + logTail(directory))
        }
    }

    /// The watcher is a shell that waits for the end of its standard input, which is our lifeline.
    private static func launch(
        _ directory: String,
        _ binaries: PostgresBinaries,
        _ durability: Durability,
        isTemporary: Bool
    ) throws(PostgresError) -> PrivateCluster {
        let command = """
            trap '' INT TERM HUP
            $3 "$2/postgres" -D "$1/data" -c listen_addresses= -c unix_socket_directories="$1" \
              -c max_connections=200 -c timezone=UTC $4 >>"$1/log" 2>&1 </dev/null &
            server=$!
            read -r _
            kill -INT $server 2>/dev/null
            wait $server
            if [ "$5" = temporary ]; then rm -rf "$1"; fi
            """
        let unsynced = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        let child = try ChildProcess.spawn([
            "/bin/sh", "-c", command, "postgres-watcher", directory, binaries.directory,
            binaries.userSwitch(deathSignal: "INT"),
            durability == .forgetful ? unsynced : "-c fsync=on",
            isTemporary ? "temporary" : "kept",
        ])
        return PrivateCluster(directory: directory, watcher: child.pid, lifeline: child.input)
    }

    private func awaitAnswer() throws(PostgresError) {
        var configuration = PostgresConfiguration(
            connectionInfo: connectionInfo(), connectionCount: 1)
        configuration.connectPatience = .seconds(2)
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do throws(PostgresError) {
                _ = try PostgresConnection(configuration)
                return
            } catch {
                guard .now < deadline, waitpid(watcher, nil, WNOHANG) == 0 else {
                    stop()
                    throw PostgresError(
                        .unavailable,
                        "the server does not start: " + Self.logTail(directory))
                }
                usleep(20_000)
            }
        }
    }

    private static func logTail(_ directory: String) -> String {
        guard let file = fopen(directory + "/log", "r") else { return "it left no log" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 2000)
        fseek(file, -2000, SEEK_END)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
