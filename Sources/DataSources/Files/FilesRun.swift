import Telemetry

/// One run over a list of paths: which file is read when, what happens at ends, what is looked at again.
struct FilesRun {
    /// A file that was opened, and what is known about its path.
    private struct Entry {
        var path: String
        var reader: FileReader
        /// The place of the file's report in ``FilesRun/report``.
        var slot: Int
        /// What was last said to be wrong while the file was followed.
        var complaint: FileAccessError?
    }

    private let files: any FileReading
    private let options: FileSource.Options
    private let writer: SinkWriter
    private let isFollowing: Bool
    private let publish: (FilesReport) -> Void
    /// The files that are open: the one that is read now, or all that are followed.
    private var entries: [Entry] = []
    private var report = FilesReport()
    private var waiting: [(path: String, slot: Int)] = []
    private var folders: [String] = []
    private var requests = 0
    private var known: Set<String> = []
    private var rowLimit: Int
    private var hasDelivered = false
    private var isStopped = false

    init(
        files: any FileReading, options: FileSource.Options, writer: SinkWriter, isFollowing: Bool,
        publish: @escaping (FilesReport) -> Void
    ) {
        self.files = files
        self.options = options
        self.writer = writer
        self.isFollowing = isFollowing
        self.publish = publish
        rowLimit = min(options.firstBatchRows, options.batchRows)
    }

    /// Reads all paths, and follows them when asked to, until the end, a stop of the sink, or cancellation.
    mutating func read(_ paths: [String]) async throws {
        try gather(paths)
        publish(report)
        writer.status.update { $0.state = .listening }
        await readWaiting()
        if isFollowing {
            await follow()
        } else {
            try refuseIfNothingWasReadable()
        }
    }

    private var isOver: Bool { isStopped || Task.isCancelled }

    // MARK: Paths

    /// Lists what is to be read; a path that is not there ends the run before anything is read.
    private mutating func gather(_ paths: [String]) throws(FileSourceError) {
        for path in paths {
            if path == "-" {
                add(path)
                continue
            }
            do throws(FileAccessError) {
                switch try files.info(path).kind {
                case .folder:
                    folders.append(path)
                    try gather(folder: path)
                case .regular: add(path, size: try files.info(path).size)
                case .stream: add(path)
                case .other:
                    throw FileAccessError(kind: .failed, path: path, reason: "is neither a file nor a folder")
                }
            } catch {
                throw .unreachable(error)
            }
        }
        if waiting.isEmpty, !isFollowing { throw .noFiles(paths) }
    }

    /// Adds a folder's files by name, one level deep; hidden ones are left out without a word.
    private mutating func gather(folder: String) throws(FileAccessError) {
        for name in try files.names(inFolder: folder).sorted() where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            guard !known.contains(path) else { continue }
            do throws(FileAccessError) {
                switch try files.info(path).kind {
                case .regular: add(path, size: try files.info(path).size)
                case .folder: skip(path, "is a folder inside a folder; name it to read it")
                case .stream, .other: skip(path, "is no regular file")
                }
            } catch {
                skip(path, error.reason)
            }
        }
    }

    private mutating func add(_ path: String, size: Int? = nil) {
        guard known.insert(path).inserted else { return }
        waiting.append((path, report.files.count))
        var file = FileReport(path: path == "-" ? "standard input" : path)
        file.bytesTotal = size
        report.files.append(file)
    }

    private mutating func skip(_ path: String, _ reason: String) {
        guard known.insert(path).inserted else { return }
        report.skipped.append(FileProblem(.notice, path: path, reason: reason))
    }

    // MARK: Reading

    private mutating func readWaiting() async {
        let fresh = waiting
        waiting = []
        for (path, slot) in fresh where !isOver {
            do throws(FileAccessError) {
                let file = path == "-" ? try files.openStandardInput() : try files.open(path)
                try await read(file, path: path, slot: slot)
            } catch {
                report.files[slot].note(FileProblem(.unreadable, path: report.files[slot].path, reason: error.reason))
                report.files[slot].isDone = true
                publish(report)
            }
        }
    }

    private mutating func read(_ file: any OpenedFile, path: String, slot: Int) async throws(FileAccessError) {
        let info = try file.info()
        let reader = FileReader(
            file, path: report.files[slot].path, size: info.kind == .regular ? info.size : nil, options: options)
        entries.append(Entry(path: path, reader: reader, slot: slot))
        await drain(entries.count - 1, isLast: !isFollowing)
        // Without following, nothing but the report of a file is needed any more.
        if !isFollowing { entries.removeLast() }
    }

    /// Reads one file until nothing more is there.
    private mutating func drain(_ index: Int, isLast: Bool) async {
        let reader = entries[index].reader
        while !isOver {
            // Followed files grow by little; and the first batch is to come early.
            if isLast, !isFollowing, hasDelivered, options.decodeWorkers > 1 {
                await drainSegments(index)
                if isOver { break }
            }
            let pause = reader.advance(isLast: isLast, rowLimit: rowLimit)
            if reader.pendingRows >= rowLimit || pause != .more { await deliver(index) }
            switch pause {
            case .more: continue
            case .finished: return
            case .idle(.notYet) where !isFollowing:
                guard await writer.sleep(options.pipeInterval) else { return }
            case .idle: return
            }
        }
        // What is decoded is either in the sink or said to be missing.
        if !isStopped { await deliver(index) }
    }

    /// Has segments of one file decoded side by side, and delivers what they give in the order of the file.
    private mutating func drainSegments(_ index: Int) async {
        let reader = entries[index].reader
        let (batchRows, detail, times) = (options.batchRows, options.detail, options.times)
        let limit = options.decodeWorkers + 1
        await withTaskGroup(of: (Int, DecodedSegment).self) { group in
            var cut = 0
            var taken = 0
            var done: [Int: DecodedSegment] = [:]
            var room = BatchRoom()
            while true {
                while cut - taken < limit, !isOver, let segment = reader.nextSegment() {
                    let number = cut
                    cut += 1
                    let wanted = room
                    group.addTask {
                        (number, await segment.decode(batchRows: batchRows, detail, room: wanted, times: times))
                    }
                }
                guard taken < cut else { break }
                while done[taken] == nil, let (number, decoded) = await group.next() { done[number] = decoded }
                // What a cancelled task left unfinished is not delivered, nor what comes after it.
                guard let decoded = done.removeValue(forKey: taken), decoded.isWhole else { break }
                taken += 1
                room = decoded.blocks.first?.batch.room ?? room
                for block in decoded.blocks where !isStopped {
                    reader.take(block, of: decoded.segment)
                    await deliver(index)
                }
                if isStopped { break }
                reader.finish(decoded)
                if decoded.blocks.last?.part.isBroken == true || decoded.stoppedAt != nil { break }
            }
            group.cancelAll()
        }
        reader.dropSpares()
    }

    private mutating func deliver(_ index: Int) async {
        let reader = entries[index].reader
        defer {
            requests += reader.report.records - report.files[entries[index].slot].records
            report.files[entries[index].slot] = reader.report
            let count = UInt64(max(0, requests))
            writer.status.update { $0.counters.requests = count }
            publish(report)
        }
        guard let delivery = reader.takeDelivery() else { return }
        let spans = delivery.spans?.count ?? 0
        let rejected = delivery.rejectedSpans
        switch await writer.write(delivery) {
        case .accepted:
            reader.delivered(spans: spans, rejected: rejected)
            hasDelivered = true
            rowLimit = min(rowLimit * 4, options.batchRows)
        case .stopped:
            isStopped = true
            reader.note(.unreadable, "was not read to its end: the store takes nothing any more")
        case .cancelled:
            isStopped = true
            reader.note(.notice, "was not read to its end: stopped while the store had no room")
        }
    }

    private func refuseIfNothingWasReadable() throws(FileSourceError) {
        let faults = report.files.filter { report in
            report.format == nil && report.problems.contains { $0.kind == .refused || $0.kind == .unreadable }
        }
        guard !isOver, !faults.isEmpty, faults.count == report.files.count else { return }
        throw .nothingReadable(faults.flatMap(\.problems))
    }

    // MARK: Following

    private mutating func follow() async {
        while !isOver {
            guard await writer.sleep(options.pollInterval) else { return }
            for folder in folders {
                // A folder that is gone for a moment is looked at again the next time.
                try? gather(folder: folder)
            }
            await readWaiting()
            for index in entries.indices where !isOver { await look(index) }
        }
    }

    /// Reads what a file has grown by, and finds out whether it is still the same file.
    private mutating func look(_ index: Int) async {
        let entry = entries[index]
        let reader = entry.reader
        guard entry.path != "-" else { return await drain(index, isLast: false) }
        do throws(FileAccessError) {
            let open = try reader.file.info()
            if open.kind == .regular, open.size < reader.position {
                return try await startOver(index, "was cut to \(open.size) bytes; it is read from its beginning")
            }
            await drain(index, isLast: false)
            let current = try files.info(entry.path)
            guard current.identity != open.identity else {
                entries[index].complaint = nil
                return
            }
            // What the old file got before it was moved away is read first, and its last line is final now.
            await drain(index, isLast: true)
            guard !isOver else { return }
            try await startOver(index, "was replaced by another file, which is read from its beginning")
        } catch {
            complain(error, index)
        }
    }

    /// Closes a file and reads what is at its path now.
    private mutating func startOver(_ index: Int, _ reason: String) async throws(FileAccessError) {
        let path = entries[index].path
        let file = try files.open(path)
        let info = try file.info()
        let size = info.kind == .regular ? info.size : nil
        let old = entries[index].reader
        old.note(.notice, reason)
        old.close()
        report.files[entries[index].slot] = old.report
        entries[index] = Entry(
            path: path, reader: FileReader(file, path: path, size: size, options: options), slot: report.files.count)
        report.files.append(entries[index].reader.report)
        await drain(index, isLast: false)
    }

    /// Between two files under one name there may be none: that is no fault. Others are told once.
    private mutating func complain(_ error: FileAccessError, _ index: Int) {
        guard error.kind != .missing, entries[index].complaint != error else { return }
        entries[index].complaint = error
        entries[index].reader.note(.notice, "\(error.reason); trying again")
        report.files[entries[index].slot] = entries[index].reader.report
        publish(report)
    }
}
