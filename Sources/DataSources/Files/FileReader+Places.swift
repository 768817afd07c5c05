import TelemetryCodecs

/// Parts of a plain file are read by the tasks that decode them: each reads little at a time into memory that it uses
/// again and again, so that the bytes are still in its processor's cache when it decodes them.
extension FileReader {
    /// Cuts off the next part of a file that has places; nil when there is none, or it is to be read in turn.
    func nextPlacedSegment(_ wanted: Int, _ decoder: RecordDecoder) -> FileSegment? {
        if asksForPlaces {
            asksForPlaces = false
            placedEnd = findPlacedEnd()
        }
        let start = buffer.offset
        guard let placedEnd, start < placedEnd else { return nil }
        let limit = min(placedEnd, start + wanted)
        guard let end = try? decoder.wholeRecords(of: file, from: start, to: limit) else {
            // Where this part cannot be read, or its records are small and many, reading in turn does better.
            self.placedEnd = nil
            return nil
        }
        guard end > start else { return nil }
        buffer.jump(to: end)
        cutRaw = end
        triedTail = 0
        let memory = spares.popLast() ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
        return FileSegment(
            file, start..<end, windowBytes: options.windowBytes, memory: memory, decoder: decoder.restarted)
    }

    /// Lets reading in turn go on behind what was cut off or read; a failure is kept.
    func goOnInTurn() {
        guard !asksForPlaces, stream.packing == Compression.none, file.hasPlaces else { return }
        let place = buffer.offset + buffer.count
        guard stream.plainPosition != place else { return }
        do {
            try stream.move(to: place)
        } catch {
            failure = failure ?? error
        }
    }

    private func findPlacedEnd() -> Int? {
        guard stream.packing == Compression.none, file.hasPlaces, let info = try? file.info() else { return nil }
        return info.kind == .regular ? info.size : nil
    }
}

extension RecordDecoder {
    /// How much is read at a time to find where a line ends, or how long a message is, in bytes.
    private static let lookedBytes = 64 << 10
    private static let headBytes = 4 << 10

    /// Where the last whole record ends that ends at or before `end`, of those from `start` on, where one begins; `start`
    /// when there is none, and nil when the records are too small for being looked for one by one.
    func wholeRecords(of file: any OpenedFile, from start: Int, to end: Int) throws(FileAccessError) -> Int? {
        var found: Result<Int?, FileAccessError> = .success(nil)
        let count = layout == .jsonLines ? Self.lookedBytes : Self.headBytes
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { memory in
            do throws(FileAccessError) {
                found = .success(
                    layout == .jsonLines
                        ? try lastLineEnd(of: file, from: start, to: end, memory)
                        : try lastFrameEnd(of: file, from: start, to: end, memory))
            } catch {
                found = .failure(error)
            }
        }
        return try found.get()
    }

    /// Looks backwards from the end.
    private func lastLineEnd(
        of file: any OpenedFile, from start: Int, to end: Int, _ memory: UnsafeMutableRawBufferPointer
    ) throws(FileAccessError) -> Int {
        var high = end
        while high > start {
            let low = max(start, high - memory.count)
            var count = 0
            while count < high - low {
                let room = UnsafeMutableRawBufferPointer(rebasing: memory[count..<high - low])
                let more = try file.read(at: low + count, into: room)
                // The file is shorter than it was: reading in turn finds out.
                guard more > 0 else { return start }
                count += more
            }
            let found = UnsafeRawBufferPointer(rebasing: memory[..<count]).lastLineEnd
            if found > 0 { return low + found }
            high = low
        }
        return start
    }

    /// Goes from head to head.
    private func lastFrameEnd(
        of file: any OpenedFile, from start: Int, to end: Int, _ memory: UnsafeMutableRawBufferPointer
    ) throws(FileAccessError) -> Int? {
        let kind: ProtobufFrames.Kind =
            switch layout {
            case .bigEndianFrames: .bigEndian32
            case .bareMessage: .single
            default: .varintDelimited
            }
        var place = start
        while place < end {
            let count = try file.read(at: place, into: memory)
            guard count == memory.count else { return place }
            var frames = ProtobufFrames(UnsafeRawBufferPointer(memory), kind: kind)
            // A message that ends within its head is too small; a damaged length is for reading in turn.
            guard let whole = try? frames.next() == nil, whole else { return nil }
            let next = place + memory.count + frames.missing
            guard next <= end else { return place }
            place = next
        }
        return place
    }
}

extension UnsafeRawBufferPointer {
    /// The place behind the last newline; zero when there is none.
    var lastLineEnd: Int {
        var end = count
        while end >= 8 {
            // Eight bytes before `end` are there.
            let word = loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
            // Not zero exactly where a byte of the word is.
            if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0 { break }
            end &-= 8
        }
        while end > 0, self[end &- 1] != 0x0A { end &-= 1 }
        return end
    }
}
