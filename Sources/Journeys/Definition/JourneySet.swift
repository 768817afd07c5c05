/// The journeys of a file or folder, with everything there is to say about them.
package struct JourneySet: Sendable, Equatable {
    /// The journeys that can be used, by name.
    package private(set) var journeys: [JourneyDefinition] = []
    /// What there is to say, by place.
    package private(set) var diagnostics: [JourneyDiagnostic] = []
    /// The files that were read, in order.
    package private(set) var files: [String] = []

    /// The longest journey file that is read, in bytes.
    package static let maximumFileBytes = 4 << 20

    /// No journeys at all.
    package init() {}

    /// The journeys of one text.
    package init(text: String, file: String) {
        self = JourneySet.load(from: file, files: MemoryJourneyFiles([file: text]))
    }

    /// Whether anything was refused.
    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// The journey of a name.
    package subscript(name: String) -> JourneyDefinition? {
        journeys.first { $0.name == name }
    }

    /// Reads a journey file, or every `.yaml` and `.yml` file directly in a folder in the order of their names.
    ///
    /// Nothing is thrown: a file that cannot be read is a diagnostic, and the others go on.
    package static func load(from path: String, files: some JourneyFileReading) -> JourneySet {
        var set = JourneySet()
        var library = OpenSLOLibrary()
        switch files.kind(of: path) {
        case .missing:
            set.report(path, "there is no file or folder of this name", expected: "a journey file or a folder of them")
        case .file:
            set.add(path, files, &library)
        case .folder:
            set.addFolder(path, files, &library)
        }
        set.take(library.journeys(), files)
        set.settle()
        return set
    }

    private mutating func addFolder(
        _ path: String, _ files: some JourneyFileReading, _ library: inout OpenSLOLibrary
    ) {
        do {
            let names = try files.names(in: path).sorted().filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
            let separator = path.hasSuffix("/") ? "" : "/"
            for name in names where !name.hasPrefix(".") && files.kind(of: path + separator + name) == .file {
                add(path + separator + name, files, &library)
            }
            if names.isEmpty {
                report(path, "no journey files here", expected: "files that end in .yaml or .yml", .warning)
            }
        } catch {
            report(path, "the folder cannot be read: \(error)", expected: nil)
        }
    }

    private mutating func add(_ path: String, _ files: some JourneyFileReading, _ library: inout OpenSLOLibrary) {
        do {
            let bytes = try files.contents(of: path)
            guard bytes.count <= JourneySet.maximumFileBytes else {
                report(path, "a file of \(bytes.count) bytes", expected: "at most \(JourneySet.maximumFileBytes) bytes")
                return
            }
            self.files.append(path)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                let line = JourneySet.lineOfBrokenText(bytes)
                diagnostics.append(
                    JourneyDiagnostic(
                        at: SourcePlace(file: path, line: line, column: 1), problem: "bytes that are not UTF-8",
                        expected: "text in UTF-8"))
                return
            }
            take(JourneyReader.read(text, file: path, into: &library), files)
        } catch {
            report(path, "the file cannot be read: \(error)", expected: nil)
        }
    }

    private mutating func take(_ result: JourneyReader.Result, _ files: some JourneyFileReading) {
        diagnostics += result.diagnostics
        journeys += result.journeys
        for journey in result.journeys { checkRunbook(journey, journey.place.file, files) }
    }

    private mutating func checkRunbook(_ journey: JourneyDefinition, _ path: String, _ files: some JourneyFileReading) {
        guard case .markdown(let name) = journey.runbook, files.kind(of: JourneySet.beside(path, name)) != .file else {
            return
        }
        diagnostics.append(
            JourneyDiagnostic(
                .warning, at: journey.place, journey: journey.name,
                problem: "there is no runbook \"\(name)\" beside the journey",
                expected: "a Markdown file at \(JourneySet.beside(path, name))"))
    }

    /// The path of a file named relative to a journey file.
    package static func beside(_ path: String, _ name: String) -> String {
        guard !name.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return name }
        return path[...slash] + name
    }

    private static func lineOfBrokenText(_ bytes: [UInt8]) -> Int {
        var line = 1
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { return line }
            line += 1
        }
        return 1
    }

    private mutating func report(
        _ path: String,
        _ problem: String,
        expected: String?,
        _ severity: JourneyDiagnostic.Severity = .error
    ) {
        diagnostics.append(
            JourneyDiagnostic(
                severity, at: SourcePlace(file: path, line: 1, column: 1), problem: problem, expected: expected))
    }

    /// Takes in a journey of an earlier reading, and says so.
    mutating func keep(_ journey: JourneyDefinition, because cause: JourneyDiagnostic) {
        journeys.append(journey)
        journeys.sort { $0.name < $1.name }
        diagnostics.append(
            JourneyDiagnostic(
                .warning, at: cause.place, journey: journey.name,
                problem: "\"\(journey.name)\" keeps its last good version until this is mended"))
        diagnostics.sort(by: JourneySet.comesFirst)
    }

    private static func comesFirst(_ one: JourneyDiagnostic, _ other: JourneyDiagnostic) -> Bool {
        one.place == other.place ? one.problem < other.problem : one.place < other.place
    }

    /// Keeps the first of journeys with one name, reports the others, and puts everything in order.
    private mutating func settle() {
        var kept: [String: JourneyDefinition] = [:]
        for journey in journeys {
            guard let first = kept[journey.name] else {
                kept[journey.name] = journey
                continue
            }
            diagnostics.append(
                JourneyDiagnostic(
                    at: journey.place, journey: journey.name,
                    problem: "the journey \"\(journey.name)\" is there already; this one is left out",
                    expected: "a name of its own", other: first.place))
            reportDifferences(first, journey)
        }
        journeys = kept.values.sorted { $0.name < $1.name }
        diagnostics.sort(by: JourneySet.comesFirst)
    }

    private mutating func reportDifferences(_ first: JourneyDefinition, _ second: JourneyDefinition) {
        for objective in second.objectives {
            guard let earlier = first.objectives.first(where: { $0.name == objective.name }) else { continue }
            guard earlier != objective || first.window != second.window else { continue }
            diagnostics.append(
                JourneyDiagnostic(
                    at: second.place, journey: second.name,
                    problem: "the objective \"\(objective.name)\" of \"\(second.name)\" is promised differently here: "
                        + "\(objective.promise) over \(second.window.text) against \(earlier.promise) over \(first.window.text)",
                    expected: "one promise in one place", other: first.place))
        }
    }
}

extension JourneyDefinition.Objective {
    /// The promise in short words: `99.5% <1.2s`.
    package var promise: String {
        under.map { "\(target) <\(DurationText.text($0))" } ?? "\(target)"
    }
}

extension JourneySet {
    /// What `journeys check` prints: one line for each diagnostic, then one that sums up.
    package var report: String {
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count { $0.severity == .warning }
        var lines = diagnostics.map(\.description)
        lines.append(
            "\(JourneySet.counted(journeys.count, "journey")) in \(JourneySet.counted(files.count, "file")), "
                + "\(JourneySet.counted(errors, "error")), \(JourneySet.counted(warnings, "warning"))")
        return lines.joined(separator: "\n")
    }

    private static func counted(_ count: Int, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }
}
