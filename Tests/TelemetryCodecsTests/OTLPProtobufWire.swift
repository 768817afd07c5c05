/// Builds wire bytes by hand, right or wrong.
struct Wire: ExpressibleByArrayLiteral {
    var bytes: [UInt8]

    init(arrayLiteral parts: Wire...) { bytes = parts.flatMap(\.bytes) }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func varint(_ value: UInt64) -> Wire {
        var out: [UInt8] = []
        var value = value
        while value >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return Wire(out + [UInt8(value)])
    }

    static func tag(_ field: UInt64, _ type: UInt64) -> Wire { varint(field << 3 | type) }

    static func number(_ field: UInt64, _ value: UInt64) -> Wire { [tag(field, 0), varint(value)] }

    static func fixed(_ field: UInt64, _ value: UInt64) -> Wire {
        [tag(field, 1), Wire((0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) })]
    }

    static func counted(_ field: UInt64, _ contents: Wire) -> Wire {
        [tag(field, 2), varint(UInt64(contents.bytes.count)), contents]
    }

    static func text(_ field: UInt64, _ text: String) -> Wire { counted(field, Wire(Array(text.utf8))) }

    static func raw(_ bytes: UInt8...) -> Wire { Wire(bytes) }

    // MARK: OTLP

    /// A pair of a key and the fields of its value.
    static func pair(_ field: UInt64, _ key: String, _ value: Wire) -> Wire {
        counted(field, [text(1, key), counted(2, value)])
    }

    /// A span with good ids and these further fields.
    static func span(_ number: UInt8 = 1, _ more: Wire = []) -> Wire {
        let ids: Wire = [
            counted(1, Wire([UInt8](repeating: 7, count: 16))),
            counted(2, Wire([UInt8](repeating: 0, count: 7) + [number])),
        ]
        return [ids, text(5, "span \(number)"), fixed(7, 1000), fixed(8, 3000), more]
    }

    /// A request of one resource and one scope with these spans.
    static func request(_ spans: Wire..., service: String = "shop") -> [UInt8] {
        let resource = counted(1, pair(1, "service.name", text(1, service)))
        let scope = counted(1, [text(1, "library"), text(2, "1.0")])
        let items = spans.map { counted(2, $0).bytes }.flatMap { $0 }
        return counted(1, [resource, counted(2, [scope, Wire(items)])]).bytes
    }
}
