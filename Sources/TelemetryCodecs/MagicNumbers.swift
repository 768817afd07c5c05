/// Names of common kinds of files that are not trace files, for a useful refusal.
enum MagicNumbers {
    private static let known: [(magic: [UInt8], name: String)] = [
        ([0x1F, 0x8B], "a gzip file within another compression"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file within another compression"),
        ([0x42, 0x5A, 0x68], "a bzip2 file; only gzip and zstd are read"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz file; only gzip and zstd are read"),
        ([0x04, 0x22, 0x4D, 0x18], "an lz4 file; only gzip and zstd are read"),
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive; unpack it first"),
        ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive; unpack it first"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG image"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image"),
        ([0x47, 0x49, 0x46, 0x38], "a GIF image"),
        ([0x25, 0x50, 0x44, 0x46], "a PDF document"),
        ([0x7F, 0x45, 0x4C, 0x46], "a program"),
        ([0x53, 0x51, 0x4C, 0x69, 0x74, 0x65, 0x20, 0x66], "an SQLite database"),
        ([0x50, 0x41, 0x52, 0x31], "a Parquet file"),
        ([0xFF, 0xFE], "text in UTF-16; only UTF-8 is read"),
        ([0xFE, 0xFF], "text in UTF-16; only UTF-8 is read"),
    ]

    /// What kind of file the first bytes tell of.
    static func name(of prefix: UnsafeRawBufferPointer) -> String? {
        if let found = known.first(where: { prefix.starts(with: $0.magic) }) { return found.name }
        if prefix.count > 262, prefix[257..<262].elementsEqual("ustar".utf8) { return "a tar archive; unpack it first" }
        return nil
    }

    /// What kind of text the first line tells of; `nil` when the bytes are no text.
    static func textName(of prefix: UnsafeRawBufferPointer) -> String? {
        let head = prefix.prefix(1024)
        guard head.allSatisfy({ $0 >= 0x20 || ($0 >= 0x09 && $0 <= 0x0D) }) else { return nil }
        let text = String(decoding: head, as: UTF8.self)
        let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(64).lowercased()
        if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") { return "it looks like an HTML page" }
        if start.hasPrefix("<") { return "it looks like XML" }
        if start.hasPrefix("#!") { return "it looks like a script" }
        let line = text.prefix { !$0.isNewline }
        if line.count(where: { $0 == "," }) >= 2 { return "it looks like a CSV table" }
        if start.hasPrefix("---") || line.hasSuffix(":") { return "it looks like YAML" }
        return "it looks like plain text"
    }
}
