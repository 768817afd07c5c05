import Telemetry
import TelemetryCodecs

/// What is wrong with a line of a file of marks, or with the file.
package struct MarkProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file's path.
    package var path: String
    /// The line, from one; nil for the file as a whole.
    package var line: Int?
    /// The byte in the line, from one.
    package var column: Int?
    /// What is wrong and what was expected.
    package var reason: String

    /// Makes a problem.
    package init(path: String, line: Int? = nil, column: Int? = nil, reason: String) {
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason
    }

    /// The problem as one line: `marks.jsonl:3:9: …`.
    package var description: String {
        ([path] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":") + ": " + reason
    }
}

/// A file of marks, one JSON object a line, that is read and then followed: every ``poll()`` gives what is new.
///
/// A bad line is named and left out. The file may be missing and come later. One that is replaced or cut short is read
/// from its beginning; whoever collects marks recognises those it has (``ReportedMark`` is hashable). A last line
/// without an end waits for it, unless it stayed the same from one poll to the next.
package struct MarksFile: Sendable {
    /// What one look at the file gave.
    package struct News: Sendable, Equatable {
        /// The new marks, in the order of the file.
        package var marks: [ReportedMark] = []
        /// The new problems, at most ``MarksFile/maximumProblems``.
        package var problems: [MarkProblem] = []

        /// Makes news; without arguments there are none.
        package init(marks: [ReportedMark] = [], problems: [MarkProblem] = []) {
            self.marks = marks
            self.problems = problems
        }
    }

    /// How many problems one poll names.
    package static let maximumProblems = 20
    /// How much one poll reads, in bytes; the rest comes with the next.
    package static let maximumBytesPerPoll = 4 << 20

    private let path: String
    private let files: any FileReading
    private var file: (any OpenedFile)?
    private var identity: FileInfo.Identity?
    private var position = 0
    private var line = 1
    private var rest: [UInt8] = []
    private var isSkipping = false
    private var failure: String?

    /// Makes a reader; nothing is opened yet.
    package init(path: String, files: any FileReading = SystemFiles()) {
        self.path = path
        self.files = files
    }

    /// Reads what was written since the last time.
    package mutating func poll() -> News {
        var news = News()
        do throws(FileAccessError) {
            try reopenIfReplaced()
            guard let file else { return news }
            try read(file, &news)
            failure = nil
        } catch {
            // A failure that goes on is named once.
            if failure != error.reason { name(nil, nil, error.reason, &news) }
            failure = error.reason
            forget()
        }
        return news
    }

    private mutating func reopenIfReplaced() throws(FileAccessError) {
        let info = try files.info(path)
        guard info.kind == .regular || info.kind == .stream else {
            throw FileAccessError(kind: .failed, path: path, reason: "it is not a file; expected one mark a line")
        }
        let isSame = info.identity == identity && (info.kind == .stream || info.size >= position)
        if file != nil, isSame { return }
        forget()
        file = try files.open(path)
        identity = info.identity
    }

    private mutating func forget() {
        file = nil
        identity = nil
        position = 0
        line = 1
        rest = []
        isSkipping = false
    }

    private mutating func read(_ file: any OpenedFile, _ news: inout News) throws(FileAccessError) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var total = 0
        while total < MarksFile.maximumBytesPerPoll {
            let outcome = try fill(&buffer, from: file)
            guard case .bytes(let count) = outcome, count > 0 else { break }
            total += count
            position += count
            take(buffer[..<min(count, buffer.count)], &news)
        }
        if total == 0 { finishLine(&news) }
    }

    private func fill(_ buffer: inout [UInt8], from file: any OpenedFile) throws(FileAccessError) -> ReadOutcome {
        var result = Result<ReadOutcome, FileAccessError>.success(.end)
        buffer.withUnsafeMutableBytes { bytes in
            do throws(FileAccessError) {
                result = .success(try file.read(into: bytes))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, _ news: inout News) {
        var left = bytes
        while let end = left.firstIndex(of: 0x0A) {
            rest += left[..<end]
            left = left[(end + 1)...]
            if !isSkipping { decode(&news) }
            rest = []
            isSkipping = false
            line += 1
        }
        guard !isSkipping else { return }
        rest += left
        if rest.count > MarkLine.maximumBytes { tooLong(&news) }
    }

    private mutating func tooLong(_ news: inout News) {
        name(line, nil, "the line is longer than \(MarkLine.maximumBytes) bytes; it is left out", &news)
        isSkipping = true
        rest = []
    }

    /// Reads a last line without an end that nobody wrote to since the last poll.
    private mutating func finishLine(_ news: inout News) {
        guard !rest.isEmpty, let mark = try? mark() else { return }
        news.marks.append(mark)
        // What may still follow in this line says nothing new.
        isSkipping = true
        rest = []
    }

    private mutating func decode(_ news: inout News) {
        if rest.count > MarkLine.maximumBytes { return tooLong(&news) }
        guard rest.contains(where: { $0 > 0x20 }) else { return }
        do throws(DecodingError) {
            news.marks.append(try mark())
        } catch {
            name(line, error.offset + 1, error.reason, &news)
        }
    }

    private func mark() throws(DecodingError) -> ReportedMark {
        var result = Result<ReportedMark, DecodingError>.success(ReportedMark(time: 0, kind: .note))
        rest.withUnsafeBytes { bytes in
            do throws(DecodingError) {
                result = .success(try MarkLine.decode(bytes))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private func name(_ line: Int?, _ column: Int?, _ reason: String, _ news: inout News) {
        guard news.problems.count < MarksFile.maximumProblems else { return }
        news.problems.append(MarkProblem(path: path, line: line, column: column, reason: reason))
    }
}
