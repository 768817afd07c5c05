import Telemetry

/// Writes blocks of slots as bytes and reads them back.
///
/// A block begins with its format's number and ends with a hash of everything before it, so that a flipped bit is
/// found and never misread. Between them stand, for counts, a bit for every slot that has any and the numbers of those
/// slots, column by column; for distributions a bit for every slot that has entries, and the entries as differences to
/// the one before. All numbers are base-128 varints; a weight is written as the difference to the runs it stands for.
package enum BlockCodec {
    private static let countFormat: UInt8 = 1
    private static let histogramFormat: UInt8 = 2

    /// Writes the cells of a page of counts.
    package static func encode(counts cells: [UInt64], layout: CountLayout) -> [UInt8] {
        let width = layout.width
        guard width > 0 else { return [] }
        var writer = DurableWriter(format: countFormat)
        let slots = min(64, cells.count / width)
        let isUsed = (0..<slots).map { slot in cells[slot * width..<(slot + 1) * width].contains { $0 > 0 } }
        var bits: UInt64 = 0
        for slot in 0..<slots where isUsed[slot] { bits |= 1 << UInt64(slot) }
        writer.word(bits)
        for slot in 0..<slots where isUsed[slot] {
            let base = slot * width
            for column in 0..<width {
                let value = cells[base + column]
                let runs = layout.bases[column]
                if runs < 0 {
                    writer.number(value)
                } else {
                    writer.signed(value &- cells[base + runs] << UInt64(RunWeight.fractionBits))
                }
            }
        }
        return writer.finished()
    }

    /// Reads the cells of a page of counts; nil when the bytes are not what was written.
    package static func decode(counts bytes: UnsafeRawBufferPointer, layout: CountLayout) -> [UInt64]? {
        let width = layout.width
        guard width > 0, var reader = DurableReader(bytes, format: countFormat) else { return nil }
        let bits = reader.word()
        var cells = [UInt64](repeating: 0, count: width * Int(CountSeries.slotsPerPage))
        cells.withUnsafeMutableBufferPointer { cells in
            var rest = bits
            while rest != 0 {
                let base = rest.trailingZeroBitCount * width
                rest &= rest - 1
                for column in 0..<width {
                    let runs = layout.bases[column]
                    cells[base + column] =
                        runs < 0
                        ? reader.number()
                        : reader.signed() &+ cells[base + runs] << UInt64(RunWeight.fractionBits)
                }
            }
        }
        return reader.isComplete ? cells : nil
    }

    /// Writes the slots of a page of distributions.
    package static func encode(histogram slots: [[SparseEntry]]) -> [UInt8] {
        var writer = DurableWriter(format: histogramFormat)
        var bits: UInt64 = 0
        for slot in 0..<min(64, slots.count) where !slots[slot].isEmpty { bits |= 1 << UInt64(slot) }
        writer.number(bits)
        for entries in slots where !entries.isEmpty {
            writer.number(UInt64(entries.count))
            var key: Int64 = 0
            for entry in entries {
                writer.signed(UInt64(bitPattern: Int64(entry.key) - key))
                key = Int64(entry.key)
                writer.number(UInt64(entry.count))
                writer.signed(entry.weight &- UInt64(entry.count) << UInt64(RunWeight.fractionBits))
            }
        }
        return writer.finished()
    }

    /// Reads the slots of a page of distributions; nil when the bytes are not what was written.
    package static func decode(histogram bytes: UnsafeRawBufferPointer) -> [[SparseEntry]]? {
        guard var reader = DurableReader(bytes, format: histogramFormat) else { return nil }
        let bits = reader.number()
        let count = Int(SparseSeries.slotsPerPage)
        guard bits >> UInt64(count) == 0 else { return nil }
        var slots = [[SparseEntry]](repeating: [], count: count)
        for slot in 0..<count where bits & (1 << UInt64(slot)) != 0 {
            let size = reader.number()
            // Every entry takes three bytes at least.
            guard size <= UInt64(reader.left / 3) else { return nil }
            var key: Int64 = 0
            slots[slot] = [SparseEntry](unsafeUninitializedCapacity: Int(size)) { buffer, filled in
                for place in 0..<Int(size) {
                    key = key &+ Int64(bitPattern: reader.signed())
                    let runs = UInt32(truncatingIfNeeded: reader.number())
                    let weight = reader.signed() &+ UInt64(runs) << UInt64(RunWeight.fractionBits)
                    (buffer.baseAddress.map { $0 + place })?.initialize(
                        to: SparseEntry(key: Int32(truncatingIfNeeded: key), count: runs, weight: weight))
                }
                filled = Int(size)
            }
        }
        return reader.isComplete ? slots : nil
    }
}

/// Puts numbers into bytes.
struct DurableWriter {
    private(set) var bytes: [UInt8]

    init(format: UInt8) {
        bytes = [format]
        bytes.reserveCapacity(1_024)
    }

    mutating func word(_ value: UInt64) {
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
    }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A number near zero on either side.
    mutating func signed(_ value: UInt64) {
        let number = Int64(bitPattern: value)
        self.number(UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    consuming func finished() -> [UInt8] {
        let check = bytes.withUnsafeBytes { hashed($0) }
        word(check)
        return bytes
    }
}

/// Takes numbers out of bytes whose hash is right; past the end it reads zeros and remembers that.
struct DurableReader {
    private let bytes: UnsafeRawBufferPointer
    private var place = 1
    private var isShort = false

    /// How many bytes are left.
    var left: Int { bytes.count - place }

    /// Whether everything was read and nothing was missing.
    var isComplete: Bool { !isShort && place == bytes.count }

    init?(_ bytes: UnsafeRawBufferPointer, format: UInt8) {
        guard bytes.count > 8, bytes[0] == format else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 8)])
        let check = bytes.loadUnaligned(fromByteOffset: body.count, as: UInt64.self)
        guard hashed(body) == UInt64(littleEndian: check) else { return nil }
        self.bytes = body
    }

    mutating func word() -> UInt64 {
        guard left >= 8 else {
            isShort = true
            return 0
        }
        defer { place += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    @inline(__always)
    mutating func number() -> UInt64 {
        if place < bytes.count, bytes[place] < 0x80 {
            place += 1
            return UInt64(bytes[place - 1])
        }
        return longNumber()
    }

    private mutating func longNumber() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 64 {
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        isShort = true
        return 0
    }

    @inline(__always)
    mutating func signed() -> UInt64 {
        let value = number()
        return value >> 1 ^ (0 &- (value & 1))
    }
}
