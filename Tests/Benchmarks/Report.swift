import Foundation

/// All that was measured, as a table and as JSON.
struct Report: Encodable {
    /// A row at one size of the data.
    struct Point: Encodable {
        let spans: Int
        let value: Double
        let values: [Double]
        let seconds: Double
        /// Medians.
        let facts: [String: Double]
    }

    /// A row.
    struct Line: Encodable {
        let name: String
        let title: String
        let unit: String
        let goal: String
        let limit: Double?
        let beyond: Double?
        var isMet: Bool?
        var points: [Point]
        /// The exponent k of time ~ spans^k.
        var exponent: Double?
    }

    let machine: Machine
    let began: String
    let runs: Int
    var data: [String] = []
    var lines: [Line] = []
    /// Rows that could not be measured, and why.
    var missing: [String] = []
    /// Whether a row failed that should have worked here.
    var hasFailures = false
    /// Instructions a span of fixed work, by its name.
    var instructions: [String: Double] = [:]

    init(runs: Int) {
        machine = Machine()
        began = ISO8601DateFormatter().string(from: Date())
        self.runs = runs
    }

    /// Adds what the runs of a row gave at one size.
    mutating func add(_ row: Row, spans: Int, _ samples: [Sample]) {
        guard !samples.isEmpty else { return }
        var facts: [String: [Double]] = [:]
        for sample in samples { for (name, value) in sample.facts { facts[name, default: []].append(value) } }
        let point = Point(
            spans: spans, value: Statistics.median(samples.map(\.value)), values: samples.map(\.value),
            seconds: Statistics.median(samples.map(\.seconds)), facts: facts.mapValues(Statistics.median))
        let isJudged = row.goalSpans?.contains(spans) ?? true
        let isMet = isJudged ? row.goal.isMet(by: point.value) : nil
        if let number = lines.firstIndex(where: { $0.name == row.name }) {
            lines[number].points.append(point)
            if let isMet { lines[number].isMet = isMet }
            lines[number].exponent = Statistics.exponent(
                lines[number].points.map { (Double($0.spans), $0.seconds) })
        } else {
            lines.append(
                Line(
                    name: row.name, title: row.title, unit: row.unit, goal: row.goal.text, limit: row.goal.limit,
                    beyond: row.goal.beyond, isMet: isMet, points: [point]))
        }
    }

    /// Whether a row is known not to be measurable.
    func isMissing(_ row: Row) -> Bool { missing.contains { $0.hasPrefix(row.name + ":") } }

    // MARK: Text

    static let heading = cells(["row", "spans", "median", "unit", "goal", "met", "spread", "more"])

    /// The last point of a line as a row of the table.
    static func text(_ line: Line) -> String {
        guard let point = line.points.last else { return "" }
        let least = point.values.min() ?? 0
        let most = point.values.max() ?? 0
        let met = line.isMet.map { $0 ? "yes" : "no" } ?? ""
        let more = point.facts.sorted { $0.key < $1.key }.map { "\($0.key) \(number($0.value))" }
        return cells([
            line.name, String(point.spans), number(point.value), line.unit, line.goal, met,
            "\(number(least))…\(number(most))", more.joined(separator: ", "),
        ])
    }

    /// How times grow, one line for each row that was measured at several sizes.
    var growth: String {
        lines.compactMap { line in
            line.exponent.map { exponent in
                let values = line.points.map { "\(Self.number(Double($0.spans) / 1e6)) M: \(Self.number($0.value))" }
                let name = line.name.padding(toLength: 24, withPad: " ", startingAt: 0)
                return "\(name)time ~ spans^\(String(format: "%.2f", exponent))   \(line.unit) at "
                    + values.joined(separator: ", ")
            }
        }.joined(separator: "\n")
    }

    /// A number with three digits that matter.
    static func number(_ value: Double) -> String {
        switch abs(value) {
        case 0: "0"
        case 1000...: String(format: "%.0f", value)
        case 100...: String(format: "%.0f", value)
        case 10...: String(format: "%.1f", value)
        case 0.1...: String(format: "%.2f", value)
        default: String(format: "%.2g", value)
        }
    }

    private static func cells(_ texts: [String]) -> String {
        let widths = [24, 10, 9, 14, 9, 5, 16]
        let padded = texts.enumerated().map { column, text in
            column < widths.count ? text + String(repeating: " ", count: max(1, widths[column] - text.count)) : text
        }
        return padded.joined().trimmingCharacters(in: .whitespaces)
    }

    /// The report as JSON.
    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

/// What the numbers were measured on.
struct Machine: Encodable {
    let processor: String
    let cores: Int
    let memoryBytes: UInt64
    let kernel: String
    let swift: String
    let build: String
    /// The load of the machine in the minute before.
    let load: Double

    init() {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        processor = model?.trimmingCharacters(in: .whitespaces) ?? "unknown"
        cores = ProcessInfo.processInfo.activeProcessorCount
        memoryBytes = ProcessInfo.processInfo.physicalMemory
        let release = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
        kernel = release?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
        swift = Self.compiler
        #if DEBUG
            build = "debug"
        #else
            build = "release"
        #endif
        var loads = [0.0]
        load = getloadavg(&loads, 1) == 1 ? loads[0] : 0
    }

    /// The compiler of this machine, which is taken for the one that built this.
    private static var compiler: String {
        let text = try? Command.output("swift", ["--version"])
        let line = text?.split(separator: "\n").first { $0.contains("Swift version") }
        return line.map(String.init) ?? "unknown"
    }

    /// One line about it.
    var text: String {
        "\(processor), \(cores) cores, \(memoryBytes >> 30) GiB, Linux \(kernel), \(swift), \(build) build, "
            + "load \(String(format: "%.1f", load))"
    }
}

/// Runs other programs.
enum Command {
    /// What a program writes to standard output.
    ///
    /// - Throws: ``BenchmarkError`` when it cannot be run or ends with anything but 0.
    @discardableResult
    static func output(_ name: String, _ arguments: [String], errors: FileHandle? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = errors ?? FileHandle.nullDevice
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError(
                reason: "\(name) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
