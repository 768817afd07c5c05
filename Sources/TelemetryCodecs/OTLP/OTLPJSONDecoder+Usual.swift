import Telemetry

extension OTLPJSONDecoder {
    /// Reads KeyValues that are written as nearly all are: the key first, no white space, a string without escapes, a
    /// short integer or a truth value. Stops before the first other one, of which nothing is consumed or added.
    mutating func decodeUsualAttributes(_ batch: inout SpanBatch) -> ReadPlace {
        guard let base = reader.bytes.baseAddress else { return .beforeNext }
        while true {
            // At least 64 bytes are there from what stands before the key on, and again from its end on.
            guard reader.count &- reader.position >= 64, holds(base + reader.position, "{\"key\":\"") else {
                return .beforeNext
            }
            var place = reader.position &+ 8
            let key: Symbol
            if let expected = batch.expectedKey(reader.rest(place)) {
                key = expected.key
                place &+= expected.count
            } else {
                guard let end = reader.plainEnd(from: place) else { return .beforeNext }
                key = batch.key(reader.slice(place, end &- place), isPlain: true)
                place = end
            }
            guard reader.count &- place >= 64, holds(base + place, "\",\"value\":{\"") else { return .beforeNext }
            let value = base + place + 12
            let end: Int?
            if holds(value, "stringValue\":\"") {
                end = addUsualString(key, at: place &+ 26, &batch)
            } else if holds(value, "intValue\":\"") {
                end = addUsualInteger(key, at: place &+ 23, &batch)
            } else if holds(value, "boolValue\":true}}") {
                batch.addAttribute(key, bool: true)
                end = place &+ 29
            } else if holds(value, "boolValue\":false}}") {
                batch.addAttribute(key, bool: false)
                end = place &+ 30
            } else {
                end = nil
            }
            guard let end else { return .beforeNext }
            reader.position = end
            guard end < reader.count else { return .afterOne }
            let next = reader.bytes[end]
            guard next == UInt8(ascii: ",") || next == UInt8(ascii: "]") else { return .afterOne }
            reader.position = end &+ 1
            if next == UInt8(ascii: "]") { return .atEnd }
        }
    }

    // MARK: Values, each with the place after the attribute; nil when it is written otherwise

    @inline(__always) private mutating func addUsualString(
        _ key: Symbol, at place: Int, _ batch: inout SpanBatch
    ) -> Int? {
        if let (code, length) = batch.expectedString(reader.rest(place)), reader.holds("\"}}", at: place &+ length) {
            batch.addAttribute(key, code: code)
            return place &+ length &+ 3
        }
        guard let end = reader.plainEnd(from: place), reader.holds("\"}}", at: end) else { return nil }
        batch.addAttribute(key, string: reader.slice(place, end &- place), isPlain: true)
        return end &+ 3
    }

    @inline(__always) private mutating func addUsualInteger(
        _ key: Symbol, at place: Int, _ batch: inout SpanBatch
    ) -> Int? {
        guard let (value, end) = reader.digits(from: place), let number = Int64(exactly: value),
            reader.holds("\"}}", at: end)
        else { return nil }
        batch.addAttribute(key, int: number)
        return end &+ 3
    }
}
