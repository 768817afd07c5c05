import Synchronization

/// A word known to the whole process: a service, a span name, an attribute key, a scope or a version.
///
/// Equal words have equal symbols, so comparing two is comparing two numbers. Zero is the empty word.
package struct Symbol: Hashable, Sendable, BitwiseCopyable {
    /// The number of the word in ``Words``.
    package let code: UInt32

    /// Makes the symbol with this number.
    @inlinable @inline(__always) package init(code: UInt32) { self.code = code }

    /// The empty word, which also stands for "missing".
    @inlinable package static var empty: Symbol { Symbol(code: 0) }

    /// What every word past the cap becomes.
    package static let overflow = Symbol(code: 1)

    /// Finds or adds a word.
    package init(_ text: String) {
        var text = text
        self = text.withUTF8 { Words.intern(UnsafeRawBufferPointer($0)) }
    }

    /// The word itself.
    package var text: String { Words.text(of: self) }
}

/// The process-wide table of words.
///
/// Only words that few programs have many of live here; values of attributes live and die with their chunk. The
/// table is capped in words and bytes, so that a service which puts ids into span names cannot fill memory: past the
/// cap new words are all ``Symbol/overflow`` and are counted.
package enum Words {
    /// How many words the table takes.
    package static let maximumCount = 1 << 20
    /// How many bytes of text the table takes.
    package static let maximumBytes = 64 << 20
    /// The longest word kept whole, in bytes; a longer one is cut at a character's boundary.
    package static let maximumWordBytes = 4096

    private struct Table {
        var texts: [String] = ["", "(other)"]
        var codes: [String: UInt32] = ["": 0]
        var bytes = 0
        var refused = 0
    }

    private static let table = Mutex(Table())

    /// Finds or adds the word with these UTF-8 bytes; invalid sequences become U+FFFD.
    package static func intern(_ bytes: UnsafeRawBufferPointer) -> Symbol {
        guard !bytes.isEmpty else { return .empty }
        var text = String(decoding: bytes.prefix(maximumWordBytes), as: UTF8.self)
        if bytes.count > maximumWordBytes, text.unicodeScalars.last == "\u{FFFD}" { text.unicodeScalars.removeLast() }
        return table.withLock { table in
            if let code = table.codes[text] { return Symbol(code: code) }
            guard table.texts.count < maximumCount, table.bytes + text.utf8.count <= maximumBytes else {
                table.refused += 1
                return .overflow
            }
            let code = UInt32(table.texts.count)
            table.texts.append(text)
            table.codes[text] = code
            table.bytes += text.utf8.count
            return Symbol(code: code)
        }
    }

    /// The text of a symbol; empty for one that was never handed out.
    package static func text(of symbol: Symbol) -> String {
        table.withLock { $0.texts.indices.contains(Int(symbol.code)) ? $0.texts[Int(symbol.code)] : "" }
    }

    /// The symbol of a word already known, without adding it.
    package static func existing(_ text: String) -> Symbol? {
        table.withLock { table in table.codes[text].map(Symbol.init(code:)) }
    }

    /// How many words are known now; symbols are numbered below this.
    package static var count: Int { table.withLock { $0.texts.count } }

    /// How often a new word was refused because the table was full.
    package static var refused: Int { table.withLock { $0.refused } }
}
