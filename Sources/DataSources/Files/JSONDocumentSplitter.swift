/// Takes JSON documents apart while they are read, so that a document larger than memory is no trouble.
///
/// The elements of a document's long list are records: those of a list that is the document, and those under a known
/// key of an object that is the document (`resourceSpans`, `data`). What is left of the document, with the lists empty,
/// is a last record, so that the decoder checks every byte.
///
/// ```
/// {"resourceSpans": [ {…}, {…} ], "more": 1}    →    {…}    {…}    {"resourceSpans": [], "more": 1}
/// ```
struct JSONDocumentSplitter {
    /// What a record needs around it to be a document.
    enum Wrapping: Equatable {
        /// It is one.
        case none
        /// It is an element of the list under this key.
        case element(key: [UInt8])
        /// It is not in the file in one piece; these are its bytes.
        case rest([UInt8])
    }

    /// What was found.
    enum Step: Equatable {
        case record(Range<Int>, next: Int, Wrapping)
        /// Something between elements that does not belong there.
        case invalid(at: Int, next: Int, reason: String)
        case needsMore
        case cut(at: Int)
        case tooLong(at: Int)
        case end
    }

    private enum Mode {
        case outside
        /// In something that is no document, up to the end of its line.
        case garbage
        /// In the document, in no list that is taken apart.
        case rest
        /// In such a list: at its beginning, after an element, or after a comma.
        case list(Place)
        /// In an element, which begins so many bytes after the block's first unused byte.
        case element(offset: Int)
    }

    private enum Place {
        case beginning, afterElement, afterComma
    }

    private let keys: [[UInt8]]
    private let maximumRecordBytes: Int
    private var mode = Mode.outside
    private var looked = 0
    private var depth = 0
    private var elementDepth = 0
    private var isInString = false
    private var isEscaped = false
    private var rest: [UInt8] = []
    private var lastString: [UInt8] = []
    private var listKey: [UInt8]?
    private var elements = 0

    /// - Parameter keys: The keys of a document's object whose lists are taken apart.
    init(keys: [String], maximumRecordBytes: Int) {
        self.keys = keys.map { Array($0.utf8) }
        self.maximumRecordBytes = maximumRecordBytes
    }

    /// Whether the last document had elements that were records of their own.
    private(set) var hadElements = false

    /// The next record; `start` is where the last one ended.
    mutating func next(in bytes: UnsafeRawBufferPointer, from start: Int, isFinal: Bool) -> Step {
        var index = start + looked
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if let step = take(byte, at: index - 1, start) {
                looked = 0
                return step
            }
        }
        looked = bytes.count - start
        if looked > maximumRecordBytes || rest.count > maximumRecordBytes { return .tooLong(at: start) }
        guard isFinal else { return .needsMore }
        switch mode {
        case .outside, .garbage: return .end
        case .element(let offset): return .cut(at: start + offset)
        case .rest, .list: return .cut(at: bytes.count)
        }
    }

    private mutating func take(_ byte: UInt8, at index: Int, _ start: Int) -> Step? {
        switch mode {
        case .outside: return takeOutside(byte, index)
        case .garbage:
            if byte == 0x0A { mode = .outside }
            return nil
        case .rest: return takeRest(byte, index, start)
        case .list(let place): return takeBetween(byte, index, start, place)
        case .element(let offset): return takeElement(byte, index, start + offset)
        }
    }

    private mutating func takeOutside(_ byte: UInt8, _ index: Int) -> Step? {
        if isSpace(byte) { return nil }
        rest = [byte]
        depth = 1
        elements = 0
        lastString = []
        listKey = nil
        if byte == UInt8(ascii: "[") {
            mode = .list(.beginning)
        } else if byte == UInt8(ascii: "{") {
            mode = .rest
        } else {
            mode = .garbage
            return .invalid(at: index, next: index + 1, reason: "expected '{' or '[', read \(shown(byte))")
        }
        return nil
    }

    private mutating func takeRest(_ byte: UInt8, _ index: Int, _ start: Int) -> Step? {
        rest.append(byte)
        if isInString {
            if depth == 1, lastString.count < 32 { lastString.append(byte) }
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
                if depth == 1 { lastString.removeLast() }
            }
            return nil
        }
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            if depth == 1 { lastString.removeAll(keepingCapacity: true) }
        case UInt8(ascii: "["):
            if depth == 1, keys.contains(lastString) {
                listKey = lastString
                mode = .list(.beginning)
            }
            depth += 1
        case UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 0 { return finish(index, start) }
        default: break
        }
        return nil
    }

    private mutating func takeBetween(_ byte: UInt8, _ index: Int, _ start: Int, _ place: Place) -> Step? {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: return nil
        case UInt8(ascii: "]") where place == .afterComma:
            mode = .list(.beginning)
            return .invalid(at: index, next: index, reason: "expected an element after ',', read ']'")
        case UInt8(ascii: "]"):
            rest.append(byte)
            mode = .rest
            lastString = []
            if listKey == nil { return finish(index, start) }
            depth -= 1
            listKey = nil
            return nil
        case UInt8(ascii: ","):
            mode = .list(.afterComma)
            return place == .afterElement
                ? nil : .invalid(at: index, next: index + 1, reason: "expected an element, read ','")
        case UInt8(ascii: "}"):
            // It closes nothing that is open here, and no element begins with it.
            return .invalid(at: index, next: index + 1, reason: "expected an element or ']', read '}'")
        default:
            mode = .element(offset: index - start)
            elementDepth = 0
            if place == .afterElement {
                // The block may be used up to here: the element is then at its beginning.
                mode = .element(offset: 0)
                return .invalid(at: index, next: index, reason: "expected ',' or ']', read \(shown(byte))")
            }
            return takeElement(byte, index, index)
        }
    }

    private mutating func takeElement(_ byte: UInt8, _ index: Int, _ begin: Int) -> Step? {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return nil
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): elementDepth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            // A scalar that ends with the list leaves the bracket to the list.
            guard elementDepth > 0 else { return record(begin..<index, next: index) }
            elementDepth -= 1
            if elementDepth == 0 { return record(begin..<index + 1, next: index + 1) }
        case UInt8(ascii: ","):
            if elementDepth == 0 { return record(begin..<index, next: index) }
        default: break
        }
        return nil
    }

    private mutating func record(_ range: Range<Int>, next: Int) -> Step {
        elements += 1
        mode = .list(.afterElement)
        return .record(range, next: next, listKey.map { .element(key: $0) } ?? .none)
    }

    private mutating func finish(_ index: Int, _ start: Int) -> Step {
        mode = .outside
        hadElements = elements > 0
        let document = rest
        rest = []
        return .record(start..<index + 1, next: index + 1, .rest(document))
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private func shown(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    }
}
