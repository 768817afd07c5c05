import DataSources
import Journeys
import TelemetryCodecs

/// How files are read for a summary, which lets rows go as soon as they are counted.
package enum SummaryReading {
    /// The settings of the source.
    package static func options(for journeys: [JourneyDefinition]) -> FileSource.Options {
        var options = FileSource.Options()
        options.detail = journeys.allSatisfy(\.needsOnlyOutlines) ? .outline : .whole
        // What is read fits into the processor's cache until it is decoded, and batches need not be large.
        options.segmentBytes = 4 << 20
        return options
    }

    /// How many spans are to come: a low guess from the sizes of files and what they begin with.
    package static func expectedSpans(in paths: [String], files: any FileReading = SystemFiles()) -> Int {
        paths.reduce(0) { total, path in
            guard path != "-", let info = try? files.info(path), info.kind == .regular,
                let file = try? files.open(path), file.hasPlaces
            else { return total }
            return total + info.size / spanBytes(in: file)
        }
    }

    /// How many bytes few spans of a file take more of.
    private static func spanBytes(in file: any OpenedFile) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { memory in
            let count = (try? file.read(at: 0, into: memory)) ?? 0
            let format = FormatDetection.detect(UnsafeRawBufferPointer(rebasing: memory[..<count]))
            return format == .otlpProtobuf ? 512 : 1_024
        }
    }
}
