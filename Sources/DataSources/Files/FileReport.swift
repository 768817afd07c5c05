/// Something in a file that could not be read, and where.
package struct FileProblem: Sendable, Equatable, CustomStringConvertible {
    /// What kind of problem it is.
    package enum Kind: Sendable, Equatable {
        /// The whole file is of another kind, or empty packing.
        case refused
        /// One record is not valid; the others were read.
        case invalidRecord
        /// The file ends in the middle of a record.
        case cut
        /// Nothing behind this place can be read: damaged packing, a length that makes no sense, an input error.
        case unreadable
        /// Worth saying and no fault: a file that was replaced or cut while it was followed.
        case notice
    }

    /// What kind of problem it is.
    package var kind: Kind
    /// The file.
    package var path: String
    /// The line, from one; nil for formats without lines.
    package var line: Int?
    /// The byte in that line, from one; nil for formats without lines.
    package var column: Int?
    /// The byte in the unpacked file, from zero.
    package var offset: Int
    /// What is wrong there.
    package var reason: String

    /// Makes a problem.
    package init(
        _ kind: Kind, path: String, line: Int? = nil, column: Int? = nil, offset: Int = 0, reason: String
    ) {
        self.kind = kind
        self.path = path
        self.line = line
        self.column = column
        self.offset = offset
        self.reason = reason
    }

    /// The problem as one line: `traces.jsonl:70001:17: …`.
    package var description: String {
        guard let line else { return "\(path): \(reason)" }
        return "\(path):\(line):\(column ?? 1): \(reason)"
    }
}

/// What became of one file.
package struct FileReport: Sendable, Equatable {
    /// The file.
    package var path: String
    /// What it holds; nil until its first bytes were seen.
    package var format: RecordFormat?
    /// How its records follow each other; nil until its first bytes were seen.
    package var layout: RecordLayout?
    /// How it is packed.
    package var compression = Compression.none
    /// Bytes taken from it, packed as they are.
    package var bytesRead = 0
    /// Its size, packed as it is; nil for a stream.
    package var bytesTotal: Int?
    /// Lines, documents or messages that were looked at, blank lines not counted.
    package var records = 0
    /// Spans that were read from it and taken by the sink.
    package var spans = 0
    /// Spans that were read and left out because their ids cannot be.
    package var rejectedSpans = 0
    /// The first ``maximumProblems`` problems, in the order of the file.
    package var problems: [FileProblem] = []
    /// How many problems there are in all.
    package var problemCount = 0
    /// Whether everything that is there now was read.
    package var isDone = false

    /// How many problems are kept with their words.
    package static let maximumProblems = 20

    /// A report of a file that was not opened yet.
    package init(path: String) { self.path = path }

    /// Notes a problem.
    package mutating func note(_ problem: FileProblem) {
        problemCount += 1
        if problems.count < Self.maximumProblems { problems.append(problem) }
    }
}

/// What became of all files of one run, as one value.
package struct FilesReport: Sendable, Equatable {
    /// The files, in the order in which they are read.
    package var files: [FileReport] = []
    /// What was found in folders and not read, and why.
    package var skipped: [FileProblem] = []

    /// Nothing yet.
    package init() {}

    /// Bytes taken from all files, packed as they are.
    package var bytesRead: Int { files.reduce(0) { $0 + $1.bytesRead } }

    /// The size of all files, packed as they are; nil when one is a stream.
    package var bytesTotal: Int? {
        var total = 0
        for file in files {
            guard let size = file.bytesTotal else { return nil }
            total += size
        }
        return total
    }

    /// How much was read, from 0 to 1; nil when nobody can say.
    package var fraction: Double? {
        guard let total = bytesTotal else { return nil }
        return total == 0 ? 1 : min(1, Double(bytesRead) / Double(total))
    }

    /// Whether everything that is there now was read.
    package var isDone: Bool { files.allSatisfy(\.isDone) }

    /// How many files were read to their end.
    package var filesDone: Int { files.count { $0.isDone } }

    /// Spans that the sink took.
    package var spans: Int { files.reduce(0) { $0 + $1.spans } }

    /// All problems that are kept, file by file.
    package var problems: [FileProblem] { files.flatMap(\.problems) }

    /// How many problems there are in all, notices among them.
    package var problemCount: Int { files.reduce(0) { $0 + $1.problemCount } }
}

/// Why files cannot be read as a whole.
package enum FileSourceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A path that was named is not there or cannot be read (exit code 66).
    case unreachable(FileAccessError)
    /// None of the files holds telemetry (exit code 65).
    case nothingReadable([FileProblem])
    /// Folders were named and there is no file in them (exit code 66).
    case noFiles([String])

    /// The error as one line, or one a file.
    package var description: String {
        switch self {
        case .unreachable(let error): error.description
        case .nothingReadable(let problems): problems.map(\.description).joined(separator: "\n")
        case .noFiles(let paths): "there are no files in \(paths.joined(separator: ", "))"
        }
    }
}
