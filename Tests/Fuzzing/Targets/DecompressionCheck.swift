import DataSources

/// What must hold for packed bytes:
///
/// * unpacking in one go and in small pieces gives the same bytes, and the same verdict about whether they are whole;
/// * no more comes out than is allowed;
/// * gzip in memory and gzip as a stream agree, and what is packed is unpacked to the same.
enum DecompressionCheck {
    private static let limit = 64 << 10

    static func run(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        var random = FuzzRandom(bytes)
        let packing = Compression(prefix: bytes)
        if packing != .none {
            let whole = try unpacked(bytes, packing) { _ in (Int.max, limit + 1) }
            let pieces = try unpacked(bytes, packing) { _ in (1 + random.below(64), 1 + random.below(4096)) }
            try check(
                whole.isBroken == pieces.isBroken, "broken at once \(whole.isBroken), in pieces \(pieces.isBroken)")
            let count = min(whole.output.count, pieces.output.count)
            try check(whole.output.prefix(count) == pieces.output.prefix(count), "other bytes come out in pieces")
            if !whole.isBroken {
                try check(
                    whole.output.count == pieces.output.count && whole.isWhole == pieces.isWhole,
                    "\(whole.output.count) bytes at once, \(pieces.output.count) in pieces")
            }
            if packing == .gzip { try checkMemory(bytes, whole) }
        }
        if random.below(32) == 0 { try checkRoundTrip(bytes) }
    }

    private struct Unpacked {
        var output: [UInt8] = []
        var isBroken = false
        var isWhole = false
    }

    private static func unpacked(
        _ bytes: UnsafeRawBufferPointer, _ packing: Compression, _ sizes: (Int) -> (input: Int, output: Int)
    ) throws(FuzzFinding) -> Unpacked {
        var result = Unpacked()
        do {
            guard let stream = try packing.makeDecompressor(maximumOutput: limit) else { return result }
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: limit + 1, alignment: 16)
            defer { room.deallocate() }
            var position = 0
            var idle = 0
            while idle < 2 {
                let size = sizes(position)
                let end = position + min(size.input, bytes.count - position)
                let step = try stream.step(
                    UnsafeRawBufferPointer(rebasing: bytes[position..<end]),
                    into: UnsafeMutableRawBufferPointer(rebasing: room[..<min(size.output, room.count)]))
                position += step.consumed
                result.output += room[..<step.produced]
                idle = step.consumed == 0 && step.produced == 0 ? idle + 1 : 0
            }
            result.isWhole = stream.isAtBoundary && position == bytes.count
        } catch {
            result.isBroken = true
        }
        try check(result.output.count <= limit, "\(result.output.count) bytes came out")
        return result
    }

    private static func checkMemory(_ bytes: UnsafeRawBufferPointer, _ stream: Unpacked) throws(FuzzFinding) {
        let budget = ByteBudget(capacity: 4 * limit)
        let share = ByteShare(of: budget)
        guard let output = try? Gzip.inflate(bytes, limit: limit, share: share) else { return }
        try check(
            stream.isWhole && !stream.isBroken && stream.output == output,
            "\(output.count) bytes in memory, \(stream.output.count) as a stream")
        share.releaseAll()
        try check(budget.bytesInUse == 0, "\(budget.bytesInUse) bytes of the budget are left")
    }

    private static func checkRoundTrip(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        let share = ByteShare(of: ByteBudget(capacity: 1 << 20))
        let packed = Gzip.compress(Array(bytes)) ?? []
        let back = packed.withUnsafeBytes { packed in
            try? Gzip.inflate(packed, limit: bytes.count, share: share)
        }
        try check(back == Array(bytes), "packed bytes are unpacked to others")
    }
}
