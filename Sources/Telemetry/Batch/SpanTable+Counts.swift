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

    /// The memory held, in bytes.
    package var byteCount: Int {
        var total = traceHigh.byteCount + traceLow.byteCount + spanIDs.byteCount + parentIDs.byteCount
        total += starts.byteCount + ends.byteCount + names.byteCount + resourceOf.byteCount + scopeOf.byteCount
        total += kindAndStatus.byteCount + flags.byteCount + statusMessages.byteCount + traceStates.byteCount
        total += attributeShapes.byteCount + attributeOffsets.byteCount + eventOffsets.byteCount
        total += linkOffsets.byteCount + attributeValues.byteCount + shapeKeys.byteCount + shapes.byteCount
        total += resources.byteCount + scopes.byteCount + events.byteCount + links.byteCount + arrivals.byteCount
        return total + values.byteCount + (packed?.byteCount ?? 0)
    }

    /// The memory held by each part, in bytes; what the parts of a packed table share is left out.
    package var bytesByColumn: [(name: String, bytes: Int)] {
        let packedBytes = packed?.layout.bytesByPart ?? []
        return bytesByPlainColumn.map { part in
            (part.name, packedBytes.reduce(part.bytes) { $0 + ($1.name == part.name ? $1.bytes : 0) })
        }
    }

    private var bytesByPlainColumn: [(name: String, bytes: Int)] {
        [
            ("traces", traceHigh.byteCount + traceLow.byteCount), ("spans", spanIDs.byteCount),
            ("parents", parentIDs.byteCount), ("starts", starts.byteCount), ("ends", ends.byteCount),
            ("names", names.byteCount), ("resources", resourceOf.byteCount + resources.byteCount),
            ("scopes", scopeOf.byteCount + scopes.byteCount), ("kinds and status", kindAndStatus.byteCount),
            ("flags", flags.byteCount), ("status messages", statusMessages.byteCount),
            ("trace states", traceStates.byteCount), ("attribute shapes", attributeShapes.byteCount),
            ("attribute offsets", attributeOffsets.byteCount), ("attribute values", attributeValues.byteCount),
            ("shapes", shapes.byteCount + shapeKeys.byteCount), ("events", eventOffsets.byteCount + events.byteCount),
            ("links", linkOffsets.byteCount + links.byteCount), ("arrivals", arrivals.byteCount),
            ("distinct values", values.byteCount),
        ]
    }
}
