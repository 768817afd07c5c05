import CRE2

/// A regular expression whose matching takes time linear in the text, whatever the expression (RE2 syntax).
///
/// `.` matches a newline too, as in Prometheus and Tempo. Memory for the program and its caches is bounded.
/// One value may be used from many threads at once.
package final class LinearRegex: Sendable {
    /// Why an expression is refused.
    package struct CompileError: Error, Sendable, Hashable, CustomStringConvertible {
        /// The reason in words.
        package var description: String
        /// Bytes of the expression that are at fault; all of it when that is not known.
        package var range: Range<Int>
    }

    /// Bytes that one compiled expression may take, its caches included.
    package static let memoryLimit: Int64 = 4 << 20

    /// The expression as it was given.
    package let source: String

    // RE2 documents a const RE2 object as safe to use from many threads; nothing here changes the pointer.
    nonisolated(unsafe) private let program: OpaquePointer

    /// Compiles an expression; throws when it is wrong or too big.
    package init(_ source: String, ignoringCase: Bool = false) throws(CompileError) {
        var failure = re2shim_error()
        var copy = source
        let length = copy.utf8.count
        let compiled = copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                re2shim_compile($0.baseAddress, length, LinearRegex.memoryLimit, ignoringCase, &failure)
            }
        }
        guard let compiled else {
            let known = failure.length > 0
            let range = known ? Int(failure.offset)..<Int(failure.offset + failure.length) : 0..<length
            throw CompileError(description: LinearRegex.text(of: failure), range: range)
        }
        program = compiled
        self.source = source
    }

    deinit { re2shim_free(program) }

    private static func text(of failure: re2shim_error) -> String {
        withUnsafeBytes(of: failure.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Whether the expression fits the whole of these UTF-8 bytes.
    package func matchesWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        re2shim_matches_whole(program, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
    }

    /// Whether the expression is found anywhere in these UTF-8 bytes.
    package func matchesPart(_ bytes: UnsafeRawBufferPointer) -> Bool {
        re2shim_matches_part(program, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
    }

    /// Whether the expression fits the whole text.
    package func matchesWhole(_ text: String) -> Bool {
        var copy = text
        return copy.withUTF8 { matchesWhole(UnsafeRawBufferPointer($0)) }
    }

    /// Whether the expression is found anywhere in the text.
    package func matchesPart(_ text: String) -> Bool {
        var copy = text
        return copy.withUTF8 { matchesPart(UnsafeRawBufferPointer($0)) }
    }

    /// The text as an expression that matches just it.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    /// The expression with an end to a `\Q` that has none, so that others can stand after it.
    package static func closed(_ expression: String) -> String {
        var isQuoted = false
        var isEscaped = false
        for scalar in expression.unicodeScalars {
            if isEscaped {
                isEscaped = false
                if isQuoted ? scalar == "E" : scalar == "Q" {
                    isQuoted.toggle()
                } else {
                    // Between quotes a backslash stands for itself and may be the one before the `E`.
                    isEscaped = isQuoted && scalar == "\\"
                }
            } else {
                isEscaped = scalar == "\\"
            }
        }
        return isQuoted ? expression + "\\E" : expression
    }

    /// A `*` pattern as an expression for the whole value.
    package static func expression(forPattern pattern: String) -> String {
        pattern.split(separator: "*", omittingEmptySubsequences: false).map { escaped(String($0)) }
            .joined(separator: ".*")
    }
}
