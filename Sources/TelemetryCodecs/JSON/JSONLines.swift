import Glibc

/// The lines of a buffer that holds one document a line, found piece by piece.
///
/// ```
/// var lines = JSONLines(buffer)
/// while let line = lines.next() { try decode(buffer[line]) }
/// keep(buffer[lines.consumed...])          // an unfinished line; more bytes will come
/// if let line = lines.last() { … }         // no more will come: it is the last line
/// ```
///
/// Empty lines are passed over and a carriage return before a newline is not part of its line. A newline never stands
/// within a JSON string, so a line never ends within one; a document printed over many lines is for ``layout(of:)``.
package struct JSONLines {
    private let bytes: UnsafeRawBufferPointer
    /// Everything before this offset has been given out or passed over.
    package private(set) var consumed: Int

    /// Starts at an offset of a buffer that must outlive this value.
    package init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) {
        self.bytes = bytes
        consumed = offset
    }

    /// The next line that ends with a newline, without it; `nil` when none is complete.
    package mutating func next() -> Range<Int>? {
        while consumed < bytes.count, let base = bytes.baseAddress {
            let start = consumed
            guard let found = memchr(base + start, 0x0A, bytes.count - start) else { return nil }
            let newline = UnsafeRawPointer(found) - base
            consumed = newline + 1
            if let line = trimmed(start..<newline) { return line }
        }
        return nil
    }

    /// What is left when no more bytes will come: a last line without a newline; `nil` when it is empty.
    package mutating func last() -> Range<Int>? {
        let rest = consumed..<max(consumed, bytes.count)
        consumed = rest.upperBound
        return trimmed(rest)
    }

    /// The line without white space at its ends; `nil` when nothing is left.
    private func trimmed(_ line: Range<Int>) -> Range<Int>? {
        var start = line.lowerBound
        var end = line.upperBound
        while start < end, isSpace(bytes[start]) { start += 1 }
        while end > start, isSpace(bytes[end - 1]) { end -= 1 }
        return start < end ? start..<end : nil
    }

    /// How the documents of a file lie in it.
    package enum Layout: Sendable, Equatable {
        /// One document a line.
        case lines
        /// One document for the whole file, maybe over many lines.
        case document
        /// The first document neither ends nor breaks its line within what was looked at: a line of that length or a
        /// document without newlines. Reading it as lines is right for both.
        case undecided
    }

    /// Looks at the beginning of a file: does the first document end before its first line does?
    ///
    /// A document that ends within its first line is followed by others or by nothing, and both read as lines. A text
    /// that is no JSON is undecided.
    package static func layout(of prefix: UnsafeRawBufferPointer) -> Layout {
        var reader = JSONReader(prefix, format: "JSON")
        _ = reader.significant()
        let start = reader.position
        guard (try? reader.skip()) != nil else {
            return hasNewline(prefix, start..<prefix.count) ? .document : .undecided
        }
        return hasNewline(prefix, start..<reader.position) ? .document : .lines
    }

    private static func hasNewline(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        guard let base = bytes.baseAddress, !range.isEmpty else { return false }
        return memchr(base + range.lowerBound, 0x0A, range.count) != nil
    }
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
