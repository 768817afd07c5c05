import DataSources

/// Runs file sources and says what went wrong in the words of the command line.
enum FileReading {
    /// Reads everything; problems go to standard error.
    ///
    /// - Throws: ``Failure`` with 66 when a path cannot be read and 65 when nothing in it is telemetry.
    static func run(_ source: FileSource, into sink: any BatchSink, follow: Bool = false) async throws {
        do {
            try await source.run(SourceRequest(follow: follow), into: sink)
        } catch let error as FileSourceError {
            var failure = failure(error)
            let skipped = source.report.skipped.map(\.description)
            if !skipped.isEmpty { failure.message += "\n" + skipped.joined(separator: "\n") }
            throw failure
        } catch {
            throw Failure(message: "cannot read: \(error)", code: Exit.noInput)
        }
        for line in lines(of: source) { Output.error("waymark: \(line)") }
    }

    /// Why files cannot be read as a whole.
    static func failure(_ error: FileSourceError) -> Failure {
        switch error {
        case .unreachable, .noFiles: Failure(message: error.description, code: Exit.noInput)
        case .nothingReadable: Failure(message: error.description, code: Exit.badInput)
        }
    }

    /// What could not be read, file by file.
    static func problems(of source: FileSource) -> [FileProblem] { source.report.problems }

    /// What could not be read, in lines, with a count of what is not listed.
    static func lines(of source: FileSource) -> [String] {
        let report = source.report
        var lines = (report.problems + report.skipped).map(\.description)
        let hidden = report.problemCount - report.problems.count
        if hidden > 0 { lines.append("and \(hidden) more problems like these") }
        return lines
    }
}
