/// The packed form of lists and maps in a ``ValueTable``: a tag byte and, by tag, a number or counted contents.
///
/// Written and read with explicit stacks, so that no nesting can overflow the program's own.
package enum PackedValue {
    private enum Tag: UInt8 {
        case empty, string, `false`, `true`, int, double, bytes, array, map
    }

    /// Packs a value.
    package static func encode(_ value: AttributeValue) -> [UInt8] {
        var out: [UInt8] = []
        var stack: [(key: String?, value: AttributeValue)] = [(nil, value)]
        while let (key, value) = stack.popLast() {
            if let key { append(Array(key.utf8), to: &out) }
            switch value {
            case .empty: out.append(Tag.empty.rawValue)
            case .string(let text):
                out.append(Tag.string.rawValue)
                append(Array(text.utf8), to: &out)
            case .bool(let flag): out.append((flag ? Tag.true : Tag.false).rawValue)
            case .int(let number):
                out.append(Tag.int.rawValue)
                append(UInt64(bitPattern: number), bytes: 8, to: &out)
            case .double(let number):
                out.append(Tag.double.rawValue)
                append(number.bitPattern, bytes: 8, to: &out)
            case .bytes(let bytes):
                out.append(Tag.bytes.rawValue)
                append(bytes, to: &out)
            case .array(let values):
                out.append(Tag.array.rawValue)
                append(UInt64(values.count), bytes: 4, to: &out)
                stack.append(contentsOf: values.reversed().map { (nil, $0) })
            case .map(let pairs):
                out.append(Tag.map.rawValue)
                append(UInt64(pairs.count), bytes: 4, to: &out)
                stack.append(contentsOf: pairs.reversed().map { ($0.key, $0.value) })
            }
        }
        return out
    }

    /// Unpacks a value; anything that ``encode(_:)`` did not write gives what could be read so far.
    package static func decode(_ bytes: UnsafeRawBufferPointer) -> AttributeValue {
        var reader = Reader(bytes: bytes)
        var open: [Open] = []
        while true {
            let key = open.last?.isMap == true ? reader.text() : nil
            guard let tag = reader.byte().flatMap(Tag.init(rawValue:)) else { return close(&open, with: nil) }
            if tag == .array || tag == .map {
                open.append(Open(key: key, isMap: tag == .map, left: Int(reader.number(bytes: 4) ?? 0)))
            } else {
                let value = reader.scalar(tag)
                guard !open.isEmpty else { return value }
                open[open.count - 1].add(key, value)
            }
            while let last = open.last, last.left <= 0 {
                open.removeLast()
                if open.isEmpty { return last.value }
                open[open.count - 1].add(last.key, last.value)
            }
        }
    }

    /// A list or map whose contents are being read.
    private struct Open {
        let key: String?
        let isMap: Bool
        var left: Int
        var values: [AttributeValue] = []
        var pairs: [Attribute] = []

        init(key: String?, isMap: Bool, left: Int) {
            self.key = key
            self.isMap = isMap
            self.left = left
        }

        var value: AttributeValue { isMap ? .map(pairs) : .array(values) }

        mutating func add(_ key: String?, _ value: AttributeValue) {
            left -= 1
            if isMap { pairs.append(Attribute(key ?? "", value)) } else { values.append(value) }
        }
    }

    private static func close(_ open: inout [Open], with last: AttributeValue?) -> AttributeValue {
        var value = last
        while var top = open.popLast() {
            if let inner = value { top.add(nil, inner) }
            value = top.value
        }
        return value ?? .empty
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var position = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func byte() -> UInt8? {
            guard position < bytes.count else { return nil }
            position += 1
            return bytes[position - 1]
        }

        mutating func number(bytes count: Int) -> UInt64? {
            guard position + count <= bytes.count else { return nil }
            var value: UInt64 = 0
            for i in 0..<count { value |= UInt64(bytes[position + i]) << UInt64(8 * i) }
            position += count
            return value
        }

        mutating func counted() -> UnsafeRawBufferPointer {
            guard let length = number(bytes: 4), Int(length) <= bytes.count - position else {
                position = bytes.count
                return UnsafeRawBufferPointer(start: nil, count: 0)
            }
            defer { position += Int(length) }
            return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(length)])
        }

        mutating func text() -> String { String(decoding: counted(), as: UTF8.self) }

        mutating func scalar(_ tag: Tag) -> AttributeValue {
            switch tag {
            case .string: .string(text())
            case .false: .bool(false)
            case .true: .bool(true)
            case .int: .int(Int64(bitPattern: number(bytes: 8) ?? 0))
            case .double: .double(Double(bitPattern: number(bytes: 8) ?? 0))
            case .bytes: .bytes(Array(counted()))
            case .empty, .array, .map: .empty
            }
        }
    }

    private static func append(_ value: UInt64, bytes: Int, to out: inout [UInt8]) {
        for i in 0..<bytes { out.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * i))) }
    }

    private static func append(_ text: [UInt8], to out: inout [UInt8]) {
        append(UInt64(text.count), bytes: 4, to: &out)
        out.append(contentsOf: text)
    }
}
