import Synchronization
import Telemetry

/// Trace files, folders of them, or standard input.
///
/// Every file is read once from its beginning, in big blocks, and handed over in batches: small ones first, so that
/// there is something to draw at once, then full ones. Format and packing are found from the content. What cannot be
/// read is noted with file, line and reason in ``report``, and everything else is read.
///
/// With `follow`, files are looked at again and again: for growth, for a beginning anew (cut to nothing and written
/// again), for another file under the same name, and folders for new files. A file that is cut and has grown beyond the
/// old place between two looks cannot be told from one that only grew.
package final class FileSource: DataSource {
    /// What can be set.
    package struct Options: Sendable {
        /// How often followed files are looked at.
        package var pollInterval = Duration.milliseconds(250)
        /// How long a quiet pipe is left alone.
        package var pipeInterval = Duration.milliseconds(20)
        /// The size of the first block that is read, in bytes.
        package var firstBlockBytes = 1 << 20
        /// The size of later blocks, in bytes.
        package var blockBytes = 8 << 20
        /// How many bytes a format is told from.
        package var detectionBytes = 64 << 10
        /// From how many rows on the first batch is handed over.
        package var firstBatchRows = 2_000
        /// From how many rows on later batches are handed over.
        package var batchRows = 65_536
        /// The longest record that is read, in bytes.
        package var maximumRecordBytes = 1 << 30

        /// How much of spans is kept.
        package var detail = SpanDetail.whole
        /// How many tasks decode blocks of one file side by side; with one, everything happens in turn. At most so many
        /// blocks and one more are in memory at a time.
        package var decodeWorkers = min(4, SystemFiles.processorCount)
        /// The size of the largest block that is handed to such a task, in bytes.
        package var segmentBytes = 32 << 20
        /// How much of its block a task has in memory at a time where it reads the file itself, in bytes, unless one
        /// record is longer: little enough for a processor's cache, much enough to hold a few records.
        package var windowBytes = 256 << 10

        /// Where the time of reading and decoding is added up, when somebody asks.
        package var times: StageTimes?

        /// The usual settings.
        package init() {}
    }

    /// How the source is doing, for the source line of a screen.
    package let status: SourceStatusHolder

    private let paths: [String]
    private let files: any FileReading
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> UInt64
    private let options: Options
    private let shared = Mutex(FilesReport())

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - paths: Files, folders, or `-` for standard input.
    ///   - files: The file system.
    ///   - clock: What waiting is measured with.
    ///   - now: The time on the wall in Unix nanoseconds, for the status only.
    package init(
        paths: [String], files: any FileReading = SystemFiles(), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> UInt64, options: Options = Options()
    ) {
        self.paths = paths
        self.files = files
        self.clock = clock
        self.now = now
        self.options = options
        status = SourceStatusHolder(SourceStatus(name: "files", places: paths))
    }

    /// What became of the files so far, consistent within itself.
    package var report: FilesReport { shared.withLock { $0 } }

    package func capabilities() async throws -> SourceCapabilities {
        paths.contains("-") ? [.replay] : [.replay, .progress]
    }

    /// Reads everything; with `follow` goes on until cancelled.
    ///
    /// Throws ``FileSourceError`` when a named path is not there, before anything is read, and when none of the files
    /// holds telemetry.
    package func run(_ request: SourceRequest, into sink: any BatchSink) async throws {
        let writer = SinkWriter(sink: sink, status: status, clock: clock, now: now)
        var run = FilesRun(files: files, options: options, writer: writer, isFollowing: request.follow) { report in
            self.shared.withLock { $0 = report }
        }
        do {
            try await run.read(paths)
        } catch {
            status.update {
                $0.state = .failed
                $0.message = "\(error)"
            }
            throw error
        }
        status.update { $0.state = .done }
    }
}
