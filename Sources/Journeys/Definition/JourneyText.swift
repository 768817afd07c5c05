import Yams

/// A journey file cut into its YAML documents, so that one broken document does not take the others with it.
///
/// A line that begins with `---` or `...` ends a document wherever it stands (YAML 1.2, section 9.1), also inside a
/// block of text, so cutting by lines is exact.
struct JourneyText {
    /// One YAML document and where it begins in its file.
    struct Document {
        /// Its text, with the marker line that opens it.
        let text: String
        /// How many lines of the file stand before it.
        let linesBefore: Int
    }

    /// The documents with content, in order.
    let documents: [Document]

    /// Cuts a file into documents.
    init(_ text: String) {
        var documents: [Document] = []
        var lines: [Substring] = []
        var firstLine = 0
        func close(before next: Int) {
            if lines.contains(where: JourneyText.hasContent) {
                documents.append(Document(text: lines.joined(separator: "\n") + "\n", linesBefore: firstLine))
                lines = []
                firstLine = next
            }
        }
        // A line feed and the CR LF pair are different characters in Swift; both end a line.
        let all = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (number, line) in all.enumerated() {
            if JourneyText.isMarker(line, "---") {
                close(before: number)
            } else if JourneyText.isMarker(line, "...") {
                close(before: number + 1)
                continue
            }
            if lines.isEmpty { firstLine = number }
            lines.append(line)
        }
        close(before: 0)
        self.documents = documents
    }

    private static func isMarker(_ line: Substring, _ marker: String) -> Bool {
        line.hasPrefix(marker) && (line.count == 3 || line.dropFirst(3).first?.isWhitespace == true)
    }

    private static func hasContent(_ line: Substring) -> Bool {
        let text = (isMarker(line, "---") ? line.dropFirst(3) : line).drop { $0.isWhitespace }
        return !text.isEmpty && text.first != "#" && text.first != "%"
    }
}

/// Looks for YAML anchors and aliases before the text is given to the YAML library, which does not limit what they
/// expand to.
///
/// Quoted texts, comments and blocks of text are passed over. `&` and `*` mean something only where a node begins.
struct AliasFinder {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var column = 1
    private var atNodeStart = true
    private var afterSpace = true
    private var lineIndent = 0
    private var opensBlock = false
    private var flowDepth = 0
    private var afterClosing = false

    /// The line and column, from 1, of the first anchor or alias in a document, or nil.
    static func first(in text: String) -> (line: Int, column: Int, text: String)? {
        var finder = AliasFinder(text)
        return finder.search()
    }

    private init(_ text: String) {
        bytes = Array(text.utf8)
    }

    private mutating func search() -> (line: Int, column: Int, text: String)? {
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\n"):
                startLine()
                continue
            case UInt8(ascii: "#") where afterSpace:
                skip { $0 != UInt8(ascii: "\n") }
                continue
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if atNodeStart {
                    skipQuoted(byte)
                    atNodeStart = false
                    afterSpace = false
                    afterClosing = true
                    continue
                }
            case UInt8(ascii: "&"), UInt8(ascii: "*"):
                if atNodeStart { return found() }
            case UInt8(ascii: "|"), UInt8(ascii: ">"):
                opensBlock = atNodeStart
            default:
                break
            }
            step(byte)
        }
        return nil
    }

    private func found() -> (line: Int, column: Int, text: String) {
        let token = bytes[index...].prefix { $0 > UInt8(ascii: " ") }.prefix(40)
        return (line, column, String(decoding: token, as: UTF8.self))
    }

    /// Goes on by a byte and decides whether a node may begin after it: after an indicator, and after the spaces that
    /// follow one. Brackets and commas are indicators only where a node begins or within brackets.
    private mutating func step(_ byte: UInt8) {
        let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
        let spaceFollows = next <= UInt8(ascii: " ")
        let isSpace = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
        var closes = false
        switch byte {
        case UInt8(ascii: "[") where atNodeStart || flowDepth > 0, UInt8(ascii: "{") where atNodeStart || flowDepth > 0:
            flowDepth += 1
            atNodeStart = true
        case UInt8(ascii: "]") where flowDepth > 0, UInt8(ascii: "}") where flowDepth > 0:
            flowDepth -= 1
            atNodeStart = false
            closes = true
        case UInt8(ascii: ",") where flowDepth > 0:
            atNodeStart = true
        case UInt8(ascii: ":"):
            atNodeStart = spaceFollows || (afterClosing && flowDepth > 0)
        case UInt8(ascii: "-"), UInt8(ascii: "?"):
            atNodeStart = atNodeStart && spaceFollows
        case UInt8(ascii: "!") where atNodeStart:
            // A tag stands before its node.
            while index + 1 < bytes.count, bytes[index + 1] > UInt8(ascii: " ") {
                index += 1
                column += 1
            }
        default:
            atNodeStart = atNodeStart && isSpace
        }
        afterSpace = isSpace
        afterClosing = closes || (afterClosing && isSpace)
        index += 1
        if byte & 0xC0 != 0x80 { column += 1 }
    }

    private mutating func startLine() {
        index += 1
        line += 1
        column = 1
        atNodeStart = true
        afterSpace = true
        if opensBlock { skipBlock() }
        opensBlock = false
        lineIndent = bytes[min(index, bytes.count)...].prefix { $0 == UInt8(ascii: " ") }.count
    }

    /// Passes over the lines of a block of text: those that stand deeper than the line which opened it, and empty ones.
    private mutating func skipBlock() {
        while index < bytes.count {
            let rest = bytes[index...]
            let indent = rest.prefix { $0 == UInt8(ascii: " ") }.count
            let first = index + indent < bytes.count ? bytes[index + indent] : UInt8(ascii: "\n")
            guard indent > lineIndent || first == UInt8(ascii: "\n") || first == UInt8(ascii: "\r") else { return }
            index += rest.prefix { $0 != UInt8(ascii: "\n") }.count + 1
            line += 1
        }
        index = min(index, bytes.count)
    }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while index < bytes.count, condition(bytes[index]) {
            index += 1
            column += 1
        }
    }

    private mutating func skipQuoted(_ quote: UInt8) {
        index += 1
        column += 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            column += 1
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), index < bytes.count {
                index += 1
                column += 1
            } else if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte == quote {
                return
            }
        }
    }
}

extension Node {
    /// The first node with an anchor, in the order of the text, which is before any alias of it.
    ///
    /// The walk stops there, so it never follows an alias.
    var firstAnchored: Node? {
        var waiting = [self]
        while let node = waiting.popLast() {
            switch node {
            case .scalar(let scalar):
                if scalar.anchor != nil { return node }
            case .sequence(let sequence):
                if sequence.anchor != nil { return node }
                waiting += sequence.reversed()
            case .mapping(let mapping):
                if mapping.anchor != nil { return node }
                waiting += mapping.flatMap { [$0.key, $0.value] }.reversed()
            case .alias:
                return node
            }
        }
        return nil
    }
}

/// The end of a YAML error: its place within the document and its words.
struct YAMLFailure {
    let line: Int
    let column: Int
    let problem: String

    init(_ error: any Error) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            line = max(1, mark.line)
            column = max(1, mark.column)
            let before = context.map { $0.text + ": " } ?? ""
            self.problem = "not YAML: \(before)\(problem)"
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            line = max(1, context.mark.line)
            column = max(1, context.mark.column)
            let names = duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
            problem = "the key \(names) stands more than once in one mapping"
        case YamlError.reader(let problem, _, _, _):
            line = 1
            column = 1
            self.problem = "not YAML: \(problem)"
        default:
            line = 1
            column = 1
            problem = "not YAML"
        }
    }
}
