// SPDX-License-Identifier: MIT
import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// `GET /openapi.json`: the description of this interface, `protocol/openapi.json`, as it was when
/// the program was built. Nobody is asked who he is.
enum APIDescription {
    private static let document = ByteBuffer(bytes: PackageResources.openapi_json)

    static func response(trace: TraceID) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json", .correlation: trace.description],
            body: ResponseBody(byteBuffer: document))
    }
}
