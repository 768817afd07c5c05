import DataSources
import Telemetry
import TelemetryCodecs
import TerminalKit

/// What must hold for packed lists and maps: whatever is read from any bytes is written so that it is read back the same.
enum PackedValueCheck {
    static func run(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        let written = PackedValue.encode(PackedValue.decode(bytes))
        let value = written.withUnsafeBytes { PackedValue.decode($0) }
        try check(PackedValue.encode(value) == written, "a value of \(written.count) bytes is read back differently")
        _ = value.text
    }
}

/// What must hold for lines of a file of marks: a mark that is written is read back as the same mark.
enum MarkCheck {
    static func run(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        guard let mark = try? MarkLine.decode(bytes) else { return }
        let line = MarkLine.encode(mark)
        let back = Array(line.utf8).withUnsafeBytes { bytes in try? MarkLine.decode(bytes) }
        try check(back == mark, "\(mark) is written \(line) and read \(String(describing: back))")
    }
}

/// What must hold for text on a screen: no cell has a control, bidi or invisible character, whatever the text is; it
/// is as wide as it says and no wider than it may be; and what is seen looks the same when it is shown again.
enum DisplayCheck {
    static func run(_ bytes: UnsafeRawBufferPointer, _ share: FuzzShare) throws(FuzzFinding) {
        let text = String(decoding: bytes, as: UTF8.self)
        let cells = DisplayText.cells(of: text)
        try check(
            DisplayText.width(of: text) == cells.count, "\(cells.count) cells are not as many as the text's width")
        for cell in cells {
            try check(isHarmless(cell.base), "a cell holds U+\(cell.base.value)")
            for mark in cell.hasMarks ? cell.marks : [] { try check(isHarmless(mark), "a mark is U+\(mark.value)") }
        }
        guard share.has(0) || share.has(1) else { return }
        let limit = bytes.count / 4 % 80
        let cut = DisplayText.cells(of: text, limit: limit)
        try check(cut.count <= limit, "\(cut.count) cells where \(limit) are allowed")
        let seen = DisplayText.visible(text)
        try check(DisplayText.visible(seen) == seen, "what is seen looks different when it is shown again")
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        // The general category is slow to be had.
        if (0x20..<0x7F).contains(scalar.value) { return true }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: return false
        default: break
        }
        // Bidirectional controls, zero-width characters and tags.
        switch scalar.value {
        case 0x061C, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFEFF, 0xE0000...0xE0FFF: return false
        default: return true
        }
    }
}
