// SPDX-License-Identifier: MIT
import CPostgres
import Glibc

/// One libpq connection, confined to the thread that made it.
///
/// Non-blocking underneath, so that each wait has a deadline even when the server is stopped or the
/// network swallows packets. After `connectionLost` or `timedOut` by the client it is of no more use.
final class PostgresConnection {
    private let handle: OpaquePointer
    private let answerTimeout: Duration
    private var prepared: [String: Prepared] = [:]
    /// An answer may still be on its way: nothing else can be asked any more.
    private var isOutOfStep = false

    private struct Prepared {
        let sql: String
        let parameterTypes: [PostgresType]
    }

    init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        answerTimeout = configuration.answerTimeout
        let settings = Self.settings(configuration)
        // libpq reads the arrays up to a null key; it copies what it keeps.
        let keys = settings.map { strdup($0.key) } + [nil]
        let values = settings.map { strdup($0.value) } + [nil]
        defer { for text in keys + values { free(text) } }
        let opened = keys.map { UnsafePointer($0) }.withUnsafeBufferPointer { keys in
            values.map { UnsafePointer($0) }.withUnsafeBufferPointer { values in
                PQconnectdbParams(keys.baseAddress, values.baseAddress, 1)
            }
        }
        guard let opened else {
            throw PostgresError(.unavailable, "libpq has no memory for a connection")
        }
        guard PQstatus(opened) == CONNECTION_OK, PQsetnonblocking(opened, 1) == 0 else {
            let reason = Self.text(PQerrorMessage(opened))
            PQfinish(opened)
            throw PostgresError(.unavailable, reason)
        }
        // Notices would go to standard error, which belongs to the daemon's log.
        PQsetNoticeProcessor(opened, { _, _ in }, nil)
        handle = opened
    }

    deinit {
        PQfinish(handle)
    }

    private static func settings(
        _ configuration: PostgresConfiguration
    ) -> [(key: String, value: String)] {
        let patience = max(2, configuration.connectPatience.components.seconds)
        let options =
            "-c statement_timeout=\(configuration.statementTimeout.milliseconds)"
            + " -c lock_timeout=\(configuration.lockTimeout.milliseconds)"
            + " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
            // Statements here are short: what compiling them or starting helpers costs never comes back.
            + " -c jit=off -c max_parallel_workers_per_gather=0"
            + (configuration.scansTables ? "" : " -c enable_seqscan=off")
        return [
            ("connect_timeout", "\(patience)"), ("client_encoding", "UTF8"),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("options", options), ("fallback_application_name", configuration.applicationName),
            // Last, so that what the operator wrote wins.
            ("dbname", configuration.connectionInfo),
        ]
    }

    /// Whether the connection can take a statement: no answer is owed and the server is there.
    ///
    /// Looks at the socket without waiting, so that a connection which the server closed while it
    /// was idle is found before anything is sent on it: an idle server says nothing but goodbye.
    var isUsable: Bool {
        guard !isOutOfStep, PQstatus(handle) == CONNECTION_OK else { return false }
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// Whether a statement of the open transaction failed, so that COMMIT would roll it back.
    var isTransactionFailed: Bool { PQtransactionStatus(handle) == PQTRANS_INERROR }

    /// The socket, for a listener that waits for notifications.
    var socket: Int32 { PQsocket(handle) }
}

// MARK: - Statements

extension PostgresConnection {
    /// Runs one statement, prepared on its first use.
    func execute(
        _ statement: PostgresStatement, _ parameters: [PostgresValue]
    ) throws(PostgresError) -> PostgresRows {
        let encoded = try EncodedParameters(parameters, types: parameterTypes(of: statement))
        try sent(encoded.send(handle, statement.name))
        return try finalRows(by: deadline())
    }

    /// Runs all statements with one round trip; the first failure fails all.
    ///
    /// Outside a transaction they form one of their own.
    func pipeline(
        _ requests: [(PostgresStatement, [PostgresValue])]
    ) throws(PostgresError) -> [PostgresRows] {
        var encoded: [EncodedParameters] = []
        for (statement, parameters) in requests {
            encoded.append(try .init(parameters, types: parameterTypes(of: statement)))
        }
        guard PQenterPipelineMode(handle) == 1 else { throw lost() }
        for (request, parameters) in zip(requests, encoded) {
            try sent(parameters.send(handle, request.0.name))
        }
        try sent(PQpipelineSync(handle))
        return try pipelineRows(count: requests.count)
    }

    /// Runs SQL text of any number of statements without parameters; the last one's rows count.
    @discardableResult
    func run(script: String) throws(PostgresError) -> PostgresRows {
        try sent(PQsendQuery(handle, script))
        return try finalRows(by: deadline())
    }

    /// Ends the transaction with COMMIT.
    ///
    /// - Throws: `commitUnknown` when the connection broke with the answer under way.
    func commit() throws(PostgresError) {
        do throws(PostgresError) {
            try run(script: "COMMIT")
        } catch {
            throw error.duringCommit
        }
    }

    /// The payloads of the notifications that have arrived.
    func takeNotifications() throws(PostgresError) -> [String] {
        guard PQconsumeInput(handle) == 1 else { throw lost() }
        var payloads: [String] = []
        while let notification = PQnotifies(handle) {
            payloads.append(Self.text(notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    private func parameterTypes(
        of statement: PostgresStatement
    ) throws(PostgresError) -> [PostgresType] {
        if let known = prepared[statement.name] {
            guard known.sql == statement.sql else {
                throw PostgresError(
                    .invalidParameter, "two statements are both named \(statement.name)")
            }
            return known.parameterTypes
        }
        try sent(PQsendPrepare(handle, statement.name, statement.sql, 0, nil))
        _ = try finalRows(by: deadline())
        try sent(PQsendDescribePrepared(handle, statement.name))
        var types: [PostgresType] = []
        var unknown: UInt32?
        _ = try finalRows(by: deadline()) { result in
            for index in 0..<PQnparams(result) {
                let type = PQparamtype(result, index)
                if let known = PostgresType(rawValue: type) {
                    types.append(known)
                } else {
                    unknown = type
                }
            }
        }
        if let unknown {
            throw PostgresError(
                .invalidParameter, "\(statement.name) has a parameter of unknown type \(unknown)")
        }
        prepared[statement.name] = Prepared(sql: statement.sql, parameterTypes: types)
        return types
    }
}

// MARK: - Answers

extension PostgresConnection {
    private func deadline() -> ContinuousClock.Instant { .now + answerTimeout }

    private func sent(_ status: Int32) throws(PostgresError) {
        guard status == 1 else { throw lost() }
    }

    /// Reads to the end of one statement's answer; its last result counts, its first error wins.
    private func finalRows(
        by deadline: ContinuousClock.Instant,
        inspect: (OpaquePointer) -> Void = { _ in }
    ) throws(PostgresError) -> PostgresRows {
        try flush(by: deadline)
        var rows = PostgresRows.none
        var failure: PostgresError?
        while let result = try nextResult(by: deadline) {
            defer { PQclear(result) }
            if let error = Self.error(in: result) {
                failure = failure ?? error
            } else {
                inspect(result)
                rows = PostgresRows(copying: result)
            }
        }
        if let failure {
            try throwAfterCheck(failure)
        }
        return rows
    }

    private func pipelineRows(count: Int) throws(PostgresError) -> [PostgresRows] {
        let deadline = deadline()
        try flush(by: deadline)
        var answers: [PostgresRows] = []
        var failure: PostgresError?
        for _ in 0..<count {
            while let result = try nextResult(by: deadline) {
                defer { PQclear(result) }
                if let error = Self.error(in: result) {
                    failure = failure ?? error
                } else if PQresultStatus(result) != PGRES_PIPELINE_ABORTED {
                    answers.append(PostgresRows(copying: result))
                }
            }
        }
        if let sync = try nextResult(by: deadline) { PQclear(sync) }
        guard PQexitPipelineMode(handle) == 1 else {
            isOutOfStep = true
            throw failure ?? lost()
        }
        if let failure {
            try throwAfterCheck(failure)
        }
        return answers
    }

    /// Throws `failure`, as a lost connection when that is what the server's last word meant.
    private func throwAfterCheck(_ failure: PostgresError) throws(PostgresError) {
        if failure.code == .schemaMismatch || failure.code == .connectionLost {
            // After a migration cached plans are void; a connection that is going away is too.
            isOutOfStep = true
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            isOutOfStep = true
            throw PostgresError(.connectionLost, failure.message, sqlState: failure.sqlState)
        }
        throw failure
    }

    private func flush(by deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                let ready = try wait(for: POLLIN | POLLOUT, until: deadline)
                // The server may be blocked on sending to us: read before writing on.
                if ready & POLLIN != 0, PQconsumeInput(handle) != 1 { throw lost() }
            default: throw lost()
            }
        }
    }

    private func nextResult(
        by deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> OpaquePointer? {
        while PQisBusy(handle) == 1 {
            _ = try wait(for: POLLIN, until: deadline)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        return PQgetResult(handle)
    }

    private func wait(
        for events: Int32, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Int32 {
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
        let patience = ContinuousClock.now.duration(to: deadline)
        let status = poll(&descriptor, 1, Int32(clamping: max(0, patience.milliseconds)))
        if status < 0, errno != EINTR { throw lost() }
        if status == 0 {
            isOutOfStep = true
            throw PostgresError(.timedOut, "no answer from the server in \(answerTimeout)")
        }
        return Int32(descriptor.revents)
    }

    private func lost() -> PostgresError {
        isOutOfStep = true
        return PostgresError(.connectionLost, Self.text(PQerrorMessage(handle)))
    }

    private static func error(in result: OpaquePointer) -> PostgresError? {
        switch PQresultStatus(result) {
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
            let state = text(PQresultErrorField(result, Int32(UInt8(ascii: "C"))))
            let message = text(PQresultErrorField(result, Int32(UInt8(ascii: "M"))))
            let constraint = text(PQresultErrorField(result, Int32(UInt8(ascii: "n"))))
            return PostgresError(
                state.isEmpty ? .connectionLost : PostgresError.code(forSQLState: state),
                message.isEmpty ? text(PQresultErrorMessage(result)) : message,
                sqlState: state,
                constraint: constraint.isEmpty ? nil : constraint)
        default:
            return nil
        }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer else { return "" }
        var text = String(cString: pointer)
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        text(UnsafePointer(pointer))
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
