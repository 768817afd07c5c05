import CZlib
import CZstd
import DataSources
import Telemetry
import TestSupport
import Testing

@Suite struct DecompressionTests {
    // MARK: Packing, with the libraries themselves

    private func deflated(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var input = bytes
        return [UInt8](unsafeUninitializedCapacity: bytes.count + 1024) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                deflate(&stream, Z_FINISH)
            }
            count = Int(stream.total_out)
        }
    }

    private func packed(_ bytes: [UInt8], _ compression: Compression) -> [UInt8] {
        switch compression {
        case .none: return bytes
        case .gzip: return deflated(bytes, windowBits: 15 + 16)
        case .zlib: return deflated(bytes, windowBits: 15)
        case .zstd:
            return [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { output, count in
                count = bytes.withUnsafeBytes {
                    ZSTD_compress(output.baseAddress, output.count, $0.baseAddress, $0.count, 3)
                }
            }
        }
    }

    /// Unpacks in pieces; the input and the output are that small at a time.
    private func unpacked(
        _ bytes: [UInt8], _ compression: Compression, input: Int, output: Int, maximum: Int = .max
    ) throws -> (bytes: [UInt8], isWhole: Bool) {
        guard let decompressor = try compression.makeDecompressor(maximumOutput: maximum) else { return (bytes, true) }
        var out: [UInt8] = []
        var room = [UInt8](repeating: 0, count: output)
        var position = 0
        while true {
            let piece = Array(bytes[position..<min(bytes.count, position + input)])
            let step = try piece.withUnsafeBytes { source in
                try room.withUnsafeMutableBytes { target in
                    try decompressor.step(source, into: target)
                }
            }
            position += step.consumed
            out += room.prefix(step.produced)
            if step.consumed == 0, step.produced == 0 { return (out, decompressor.isAtBoundary) }
        }
    }

    private var sample: [UInt8] { Array(TraceText.lines(0..<200).utf8) }

    @Test(arguments: [Compression.gzip, .zlib, .zstd], [1, 100, 1 << 20])
    func whatWasPacked_ComesOut_InPiecesOfAnySize(compression: Compression, size: Int) throws {
        let bytes = packed(sample, compression)
        #expect(Compression(prefix: bytes) == compression)
        for output in [13, 1 << 20] {
            let result = try unpacked(bytes, compression, input: size, output: output)
            #expect(result.bytes == sample)
            #expect(result.isWhole)
        }
    }

    @Test(arguments: [Compression.gzip, .zstd])
    func membersThatFollowEachOther_AreOneStream(compression: Compression) throws {
        let bytes = packed(sample, compression) + packed([], compression) + packed(sample, compression)
        let result = try unpacked(bytes, compression, input: 77, output: 500)
        #expect(result.bytes == sample + sample)
        #expect(result.isWhole)
    }

    @Test func zerosAfterTheLastMember_ArePadding() throws {
        let result = try unpacked(packed(sample, .gzip) + [0, 0, 0, 0], .gzip, input: 50, output: 500)
        #expect(result.bytes == sample)
        #expect(throws: DecompressionError.self) {
            try unpacked(packed(sample, .gzip) + [0, 0, 5], .gzip, input: 50, output: 500)
        }
    }

    @Test(arguments: [Compression.gzip, .zlib, .zstd])
    func everyCut_IsNotWhole_AndEveryFlipIsHarmless(compression: Compression) throws {
        let bytes = packed(Array(TraceText.lines(0..<3).utf8), compression)
        for count in 1..<bytes.count {
            let result = try unpacked(Array(bytes.prefix(count)), compression, input: 64, output: 64)
            #expect(!result.isWhole, "\(count)")
        }
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= 0x55
            _ = try? unpacked(flipped, compression, input: 64, output: 64)
        }
    }

    @Test(arguments: [Compression.gzip, .zstd])
    func aBomb_EndsAtTheLimit(compression: Compression) throws {
        let bomb = packed([UInt8](repeating: 0x20, count: 5_000_000), compression)
        let error = #expect(throws: DecompressionError.self) {
            try unpacked(bomb, compression, input: 4096, output: 4096, maximum: 10_000)
        }
        #expect(error?.reason == "unpacks to more than the 10000 bytes allowed")
        let exact = try unpacked(bomb, compression, input: 4096, output: 4096, maximum: 5_000_000)
        #expect(exact.bytes.count == 5_000_000)
    }

    @Test func packings_AreToldFromTheirFirstBytes() {
        #expect(Compression(prefix: Array("{\"re".utf8)) == .none)
        #expect(Compression(prefix: [0x0A, 0x1F, 0x8B, 0]) == .none)
        #expect(Compression(prefix: [0x1F]) == .none)
        #expect(Compression(prefix: [0x50, 0x2A, 0x4D, 0x18]) == .zstd)
        // A frame of 120 bytes that begins with field 1.
        #expect(Compression(prefix: [0x78, 0x0A, 0x70, 0x0A]) == .none)
    }

    // MARK: Through the source

    private func read(_ bytes: [UInt8]) async throws -> (RecordingSink, FilesReport) {
        let files = MemoryFiles(pieceBytes: 1000)
        files.put("t.whatever", bytes)
        let source = FileSource(paths: ["t.whatever"], files: files, clock: ScriptedClock(), now: { 7 })
        let sink = RecordingSink()
        try await source.run(SourceRequest(), into: sink)
        return (sink, source.report)
    }

    @Test(arguments: [Compression.gzip, .zlib, .zstd])
    func packedFiles_AreRead_WhateverTheirName(compression: Compression) async throws {
        let (sink, report) = try await read(packed(sample, compression))
        #expect(Set(sink.accepted) == TraceText.keys(0..<200))
        #expect(report.files[0].compression == compression)
        #expect(report.problemCount == 0)
        #expect(report.fraction == 1)
    }

    @Test(arguments: [Compression.gzip, .zstd])
    func aCutPackedFile_GivesWhatCameBefore(compression: Compression) async throws {
        let bytes = packed(sample, compression) + packed(Array(TraceText.lines(200..<400).utf8), compression)
        let (sink, report) = try await read(Array(bytes.dropLast(20)))
        #expect(Set(sink.accepted).isSuperset(of: TraceText.keys(0..<200)))
        #expect(Set(sink.accepted).isSubset(of: TraceText.keys(0..<400)))
        #expect(report.problems.map(\.kind) == [.unreadable])
        #expect(report.problems[0].reason.contains("cut short"))
    }

    @Test func aDamagedPackedFile_IsSaidWithTheByte() async throws {
        var bytes = packed(sample, .gzip) + packed(sample, .gzip)
        let middle = packed(sample, .gzip).count + 40
        for index in middle..<middle + 8 { bytes[index] ^= 0xFF }
        let (sink, report) = try await read(bytes)
        #expect(Set(sink.accepted) == TraceText.keys(0..<200))
        #expect(report.problems.map(\.kind) == [.unreadable])
        #expect(report.problems[0].reason.contains("gzip, byte"))
    }
}
