extension SpanTable {
    /// How many events a row has, without reading them.
    package func eventCount(_ row: Int) -> Int {
        let end = row + 1 < count ? Int(eventOffsets[row + 1]) : events.count
        return max(0, end - Int(eventOffsets[row]))
    }

    /// How many links a row has, without reading them.
    package func linkCount(_ row: Int) -> Int {
        let end = row + 1 < count ? Int(linkOffsets[row + 1]) : links.count
        return max(0, end - Int(linkOffsets[row]))
    }
}
