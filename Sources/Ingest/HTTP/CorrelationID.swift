// SPDX-License-Identifier: MIT
import HTTPTypes
import Hummingbird
import Orders

/// The correlation id of a request: the client's when it sends one that serves, else a new one.
enum CorrelationID {
    /// Reads `X-Correlation-ID` (a UUID), then `traceparent` (W3C Trace Context: version, 32 digits
    /// of trace id, parent, flags).
    static func of(_ headers: HTTPFields, now: MeshInstant) -> TraceID {
        let own = headers[.correlation].flatMap(UniqueID.init)
        let parent = headers[.traceParent].flatMap(traceID)
        if let given = own ?? parent, given != .zero { return TraceID(given) }
        var generator = SystemRandomNumberGenerator()
        return TraceID(.version7(milliseconds: now.milliseconds, using: &generator))
    }

    private static func traceID(_ parent: String) -> UniqueID? {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[1].utf8.count == 32 else { return nil }
        return UniqueID(String(parts[1]))
    }
}
