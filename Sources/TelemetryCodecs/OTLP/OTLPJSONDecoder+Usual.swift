import Telemetry

extension OTLPJSONDecoder {
    /// Reads a KeyValue that is written as nearly all are: the key first, no white space, a string without escapes, a
    /// short integer or a truth value. False, with nothing consumed or added, for any other.
    @inline(__always) mutating func decodeUsualAttribute(_ batch: inout SpanBatch) -> Bool {
        guard reader.holds("{\"key\":\"", at: reader.position) else { return false }
        var place = reader.position &+ 8
        let key: Symbol
        if let expected = batch.expectedKey(reader.rest(place)) {
            key = expected.key
            place &+= expected.count
        } else {
            guard let end = reader.plainEnd(from: place) else { return false }
            key = batch.key(reader.slice(place, end &- place), isPlain: true)
            place = end
        }
        guard reader.holds("\",\"value\":{\"", at: place) else { return false }
        place &+= 12
        if reader.holds("stringValue\":\"", at: place) { return addUsualString(key, at: place &+ 14, &batch) }
        if reader.holds("intValue\":\"", at: place) { return addUsualInteger(key, at: place &+ 11, &batch) }
        guard reader.holds("boolValue\":", at: place) else { return false }
        let isTrue = reader.holds("true}}", at: place &+ 11)
        guard isTrue || reader.holds("false}}", at: place &+ 11) else { return false }
        batch.addAttribute(key, bool: isTrue)
        reader.position = place &+ (isTrue ? 17 : 18)
        return true
    }

    @inline(__always) private mutating func addUsualString(
        _ key: Symbol,
        at place: Int,
        _ batch: inout SpanBatch
    ) -> Bool {
        if let (code, length) = batch.expectedString(reader.rest(place)), reader.holds("\"}}", at: place &+ length) {
            batch.addAttribute(key, code: code)
            reader.position = place &+ length &+ 3
            return true
        }
        guard let end = reader.plainEnd(from: place), reader.holds("\"}}", at: end) else { return false }
        batch.addAttribute(key, string: reader.slice(place, end &- place), isPlain: true)
        reader.position = end &+ 3
        return true
    }

    @inline(__always) private mutating func addUsualInteger(
        _ key: Symbol,
        at place: Int,
        _ batch: inout SpanBatch
    ) -> Bool {
        guard let (value, end) = reader.digits(from: place), let number = Int64(exactly: value),
            reader.holds("\"}}", at: end)
        else { return false }
        batch.addAttribute(key, int: number)
        reader.position = end &+ 3
        return true
    }
}
