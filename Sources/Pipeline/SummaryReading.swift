import DataSources
import Journeys

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

    /// How many spans are to come: a low guess from the sizes of files, for few spans take more than a kilobyte.
    package static func expectedSpans(in paths: [String], files: any FileReading = SystemFiles()) -> Int {
        paths.reduce(0) { total, path in
            guard path != "-", let info = try? files.info(path), info.kind == .regular else { return total }
            return total + info.size / 1024
        }
    }
}
