import Telemetry

/// What a service is written in, as its OpenTelemetry SDK says.
package enum SDKLanguage {
    /// The short form of a value of `telemetry.sdk.language`, such as `rs` for `rust`; other values as they are.
    package static func short(_ language: String) -> String {
        switch language {
        case "rust": "rs"
        case "python": "py"
        case "nodejs": "js"
        case "webjs": "web"
        case "ruby": "rb"
        case "dotnet": "net"
        case "erlang": "erl"
        default: language
        }
    }

    /// The short form for the emitter of a row; empty where it is not said.
    package static func short(_ row: Int, of table: borrowing SpanTable) -> String {
        let resource = table.resources[Int(table.resourceOf[row])]
        guard let code = table.valueCode(resource.attributes, key: WellKnown.language) else { return "" }
        return short(table.values.text(code))
    }
}
