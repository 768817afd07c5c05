import TerminalKit

/// What is shown while nothing has been received: how to point a service here.
enum FirstRun {
    static func draw(_ state: AppState, in area: Rect, on canvas: inout Canvas) {
        let inside: Rect
        if SizeClass(canvas.size) >= .normal {
            inside = canvas.panel(area, title: "No telemetry yet").inset(left: 1, right: 1)
        } else {
            canvas.rule(x: area.x, y: area.y, width: area.width, title: [StyledText("No telemetry yet", .title)])
            inside = area.inset(left: 1, top: 1, right: 1)
        }
        for (index, line) in lines(state, width: inside.width).prefix(inside.height).enumerated() {
            canvas.put(line, x: inside.x, y: inside.y + index, width: inside.width)
        }
    }

    private static func lines(_ state: AppState, width: Int) -> [[StyledText]] {
        let sources = state.picture?.sources ?? []
        var lines: [[StyledText]] = []
        for source in sources {
            let glyph = source.state == .failed ? StyledText("✗ ", .statusPage) : StyledText("● ", .stateLive)
            let places = source.places.isEmpty ? "" : "  " + source.places.joined(separator: "   ")
            lines.append([StyledText("Listening  ", .label), glyph, StyledText(source.name + places, .text)])
            if let message = source.message { lines.append([StyledText("           " + message, .dataSuspect)]) }
        }
        lines.append([])
        lines.append([StyledText("1  Point a service here", .title)])
        lines.append([StyledText("   ", .text)] + tabs(state) + [StyledText("      y copy block", .textDim)])
        for text in self.text(of: state.snippet, sources: sources).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            lines.append([StyledText("   " + text, .code)])
        }
        lines.append([StyledText("   " + note(state.snippet), .textDim)])
        lines.append([StyledText("   Over ssh: ssh -R 4318:127.0.0.1:4318 host sends a remote service here.", .textDim)]
        )
        lines.append([])
        lines.append([StyledText("2  Name a journey", .title)])
        lines.append([
            StyledText("   journeys/checkout.yaml   ", .text),
            StyledText("entry: service=web-bff name=\"POST /checkout\" kind=server", .code),
        ])
        lines.append([
            StyledText("                            ", .text),
            StyledText("slo:   {fast: {target: 99.5%, under: 1.2s}, success: {target: 99.5%}}", .code),
        ])
        lines.append([])
        lines.append([StyledText("3  Or look around first", .title)])
        lines.append([
            StyledText("   o", .key), StyledText("  open a trace file (OTLP, Jaeger, Zipkin)      ", .text),
            StyledText("D", .key), StyledText("  built-in demo: a shop with one bad release", .text),
        ])
        lines.append([])
        let requests = sources.reduce(0) { $0 + $1.requests }
        let rejected = sources.reduce(0) { $0 + $1.rejected }
        // Without seconds, so that a screen on which nothing happens is left alone.
        let counts = "\(requests) requests · \(rejected) rejected   waymark doctor tests the path"
        lines.append([
            StyledText("Check  ", .label),
            StyledText("\(NumberFormat.timeOfDay(state.now))Z  \(counts)", .textDim),
        ])
        return lines
    }

    private static func tabs(_ state: AppState) -> [StyledText] {
        Snippet.allCases.map { snippet in
            let name = title(snippet)
            return snippet == state.snippet
                ? StyledText("[\(name)]", Style(.borderFocus, .bold)) : StyledText(" \(name) ", .textDim)
        }
    }

    private static func title(_ snippet: Snippet) -> String {
        switch snippet {
        case .go: "Go"
        case .rust: "Rust"
        case .collector: "Collector"
        case .file: "File"
        }
    }

    private static func note(_ snippet: Snippet) -> String {
        switch snippet {
        case .go: "The program must create an OTLP exporter: autoexport or otlptracehttp."
        case .rust:
            "Needs opentelemetry-otlp with http-proto (4318) or grpc-tonic (4317); the feature picks the protocol."
        case .collector: "Keep your backend and add this as a second exporter of the traces pipeline."
        case .file: "OTLP JSON or protobuf, Jaeger JSON, Zipkin JSON; gzip and zstd are recognised."
        }
    }

    /// What `y` copies: commands for the ports that are really listened on.
    static func text(of snippet: Snippet, sources: [SourceLine]) -> String {
        let places = sources.flatMap(\.places)
        let http = places.first { $0.hasSuffix(":4318") } ?? places.last ?? "127.0.0.1:4318"
        let grpc = places.first { $0.hasSuffix(":4317") } ?? places.first ?? "127.0.0.1:4317"
        switch snippet {
        case .go:
            return """
                export OTEL_SERVICE_NAME=payments
                export OTEL_RESOURCE_ATTRIBUTES=service.version=2.14.0,deployment.environment.name=dev
                export OTEL_EXPORTER_OTLP_ENDPOINT=http://\(http)
                export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
                export OTEL_TRACES_SAMPLER=parentbased_always_on
                go run ./cmd/payments
                """
        case .rust:
            return """
                export OTEL_SERVICE_NAME=pricing OTEL_EXPORTER_OTLP_ENDPOINT=http://\(http)
                export OTEL_RESOURCE_ATTRIBUTES=service.version=0.32.0,deployment.environment.name=dev
                cargo run
                """
        case .collector:
            return """
                exporters:
                  otlp/waymark:
                    endpoint: \(grpc)
                    tls: { insecure: true }
                """
        case .file: return "waymark open traces.jsonl"
        }
    }
}
