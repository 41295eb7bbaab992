// SPDX-License-Identifier: MIT

import Synchronization

/// Makes HTTP calls, and hands over mail, through libcurl on one thread of its own.
///
/// Connections are kept and used again. Certificates are always verified. Redirects are never
/// followed, environment proxies never used: what is called is what the request names. Nothing is
/// retried here. When the last reference goes, calls under way fail as cancelled.
package final class HTTPCaller: Sendable {
    private let loop: CurlLoop
    private let configuration: HTTPCallerConfiguration
    private let identifiers = Atomic<UInt64>(0)

    package init(_ configuration: HTTPCallerConfiguration = HTTPCallerConfiguration()) {
        self.configuration = configuration
        loop = CurlLoop(configuration)
        loop.start()
    }

    deinit { loop.stop() }

    /// Makes one call; returns whatever status the peer answers. Cancelling the task ends the call.
    package func perform(_ request: HTTPRequest) async throws(HTTPCallError) -> HTTPResponse {
        let handle = try EasyHandle(request, configuration)
        return try await transfer(handle, responseByteCountMax: request.responseByteCountMax)
    }

    /// Hands one message to a mail server; returns once the server has taken charge of it.
    package func send(
        _ message: MailMessage, through server: MailServer
    ) async throws(HTTPCallError) {
        let handle = try EasyHandle(message, server, configuration)
        _ = try await transfer(handle, responseByteCountMax: 64 << 10)
    }

    private func transfer(
        _ handle: EasyHandle, responseByteCountMax: Int
    ) async throws(HTTPCallError) -> HTTPResponse {
        let identifier = identifiers.wrappingAdd(1, ordering: .relaxed).newValue
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let transfer = Transfer(
                    identifier: identifier, handle: handle,
                    addressPolicy: configuration.addressPolicy,
                    responseByteCountMax: responseByteCountMax, continuation: continuation)
                loop.submit(transfer)
            }
        } onCancel: {
            loop.cancel(identifier)
        }
        loop.forget(identifier)
        return try outcome.get()
    }
}
