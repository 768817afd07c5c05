import AsyncHTTPClient
import NIOCore

/// OTLP over HTTP with AsyncHTTPClient.
package struct HTTPTransport: OTLPTransport {
    private let client: HTTPClient
    private let url: String
    private let timeout: TimeAmount

    /// Makes a transport to the receiver at a base address such as `http://127.0.0.1:4318`; a request that takes longer
    /// than `timeout` has failed.
    package init(endpoint: String, client: HTTPClient = .shared, timeout: TimeAmount = .seconds(10)) {
        self.client = client
        self.timeout = timeout
        url = endpoint.hasSuffix("/") ? endpoint + "v1/traces" : endpoint + "/v1/traces"
    }

    package func postTraces(_ message: [UInt8]) async throws -> OTLPResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-protobuf")
        request.headers.add(name: "user-agent", value: "waymark-shop/1")
        request.body = .bytes(message)
        let response = try await client.execute(request, timeout: timeout)
        // Reading the body to its end lets the connection be used again.
        _ = try await response.body.collect(upTo: 1 << 20)
        let retryAfter = response.headers.first(name: "retry-after").flatMap { Int($0) }
        return OTLPResponse(status: Int(response.status.code), retryAfterSeconds: retryAfter)
    }
}
