import Foundation
import Pipeline

/// Measures the ways from telemetry to answers; see ``BenchmarkOptions/usage``.
@main
struct Benchmarks {
    static func main() async {
        ReadingMemory.shareOnePool()
        do {
            let options = try BenchmarkOptions(Array(CommandLine.arguments.dropFirst()))
            if let work = options.work {
                try work.run()
            } else {
                try await measure(options)
            }
        } catch {
            FileHandle.standardError.write(Data("Benchmarks: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func groups(_ options: BenchmarkOptions) -> [RowGroup] {
        [
            FileRows.group, StoreRows.group, JourneyRows.group, TraceRows.group, LiveRows.group(options),
            ProgramRows.group(options), FloorRows.group(options),
        ]
    }

    private static func measure(_ options: BenchmarkOptions) async throws {
        let groups = groups(options)
        guard !options.isListing else {
            Console.write(BenchmarkOptions.usage)
            for row in groups.flatMap(\.rows) {
                Console.write(row.name.padding(toLength: 24, withPad: " ", startingAt: 0) + row.title)
            }
            for name in FixedWork.names { Console.write("instructions-\(name)") }
            return
        }
        ReadingMemory.keepSome()
        var report = Report(runs: options.runs)
        Console.write(report.machine.text)
        let temporary = FileManager.default.temporaryDirectory.appending(path: "waymark-bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: temporary) }
        for spans in options.scales {
            let data = try BenchmarkData(spans: spans, options, temporary: temporary)
            report.data.append("\(spans) spans of \(data.origin)")
            Console.write("\n\(spans) spans of \(data.origin), medians of \(options.runs) runs that take turns")
            Console.write(Report.heading)
            for group in groups { try await run(group, data, options, &report) }
            if options.countsInstructions, spans == options.scales.first { try count(data, options, &report) }
            if options.dataFolder == nil { try? FileManager.default.removeItem(at: temporary) }
        }
        if options.scales.count > 1 { Console.write("\n" + report.growth) }
        if options.tellsMarkdown { Console.write("\n" + report.markdown) }
        for line in report.missing { Console.write("not measured: \(line)") }
        if let path = options.json { try report.json().write(to: URL(filePath: path)) }
        if report.hasFailures { throw BenchmarkError(reason: "some rows could not be measured") }
    }

    private static func run(
        _ group: RowGroup, _ data: BenchmarkData, _ options: BenchmarkOptions, _ report: inout Report
    ) async throws {
        let rows = group.rows.filter { options.wants($0.name) }
        if let obstacle = group.obstacle {
            for row in rows where !report.isMissing(row) { report.missing.append("\(row.name): \(obstacle)") }
            return
        }
        if rows.contains(where: { $0.name.hasSuffix("json") }) { BenchmarkData.warm(data.jsonLines) }
        if rows.contains(where: { $0.name.hasSuffix("protobuf") }) { BenchmarkData.warm(data.protobuf) }
        var samples = [[Sample]](repeating: [], count: rows.count)
        for _ in 0..<options.runs {
            for (number, row) in rows.enumerated() where !report.isMissing(row) {
                do {
                    samples[number].append(try await row.measure(data))
                } catch {
                    report.missing.append("\(row.name): \(error)")
                    report.hasFailures = true
                    samples[number] = []
                }
            }
        }
        for (number, row) in rows.enumerated() {
            report.add(row, spans: data.wanted, samples[number])
            guard !samples[number].isEmpty else { continue }
            if let line = report.lines.first(where: { $0.name == row.name }) { Console.write(Report.text(line)) }
        }
    }

    private static func count(
        _ data: BenchmarkData, _ options: BenchmarkOptions, _ report: inout Report
    ) throws {
        do {
            report.instructions = try FixedWork.count(data, options.wants)
        } catch {
            report.missing.append("instructions: \(error)")
            return
        }
        for (name, count) in report.instructions.sorted(by: { $0.key < $1.key }) {
            Console.write(
                "\(name.padding(toLength: 34, withPad: " ", startingAt: 0))\(Report.number(count)) instructions/span")
        }
    }
}

/// Lines for people, written at once whatever standard output is.
enum Console {
    static func write(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
