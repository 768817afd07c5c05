import Foundation
import Journeys
import Synchronization

/// What was counted, on disk: written once a second, read once at the start.
///
/// Counts in memory are the truth and the file follows them: whatever fails is tried again with everything that has
/// changed since the last commit that succeeded, so that no count is lost as long as the process lives. All calls may
/// come from any thread; they wait for one another and for the disk.
package final class History: Sendable {
    /// What can be set, for tests and measurements.
    package struct Options: Sendable {
        /// The process id to leave in the lock.
        package var pid: Int32 = getpid()
        /// The most pages of 4 KiB the file may have; nil for as many as the disk has.
        package var maximumPages: Int?
        /// SQLite's journal mode.
        package var journalMode = "WAL"
        /// SQLite's `synchronous`.
        package var synchronous = "NORMAL"
        /// Called before every commit; what it throws, the commit fails with.
        package var beforeCommit: (@Sendable () throws -> Void)?

        /// The options of the program.
        package init() {}

        var database: HistoryDatabase.Options {
            HistoryDatabase.Options(
                maximumPages: maximumPages, journalMode: journalMode, synchronous: synchronous,
                beforeCommit: beforeCommit)
        }
    }

    struct State: Sendable {
        var lock: HistoryLock?
        var database: HistoryDatabase?
        /// The last picture whose counts are all in the database.
        var committed: JourneysPicture?
        /// Events that are not in the database yet.
        var pending: [TimelineEvent] = []
        /// The last events that are, should the database have to be written anew.
        var recent: [TimelineEvent] = []
        /// The revision of the database that this process has read or written last; nil before that.
        var revision: Int64?
        /// Whether the database has counts that this process has not read.
        var isRestoreDue = false
        var isReader = false
        var isClosed = false
        /// Since when commits fail.
        var failingSince: UInt64?
        var lastTry: UInt64 = 0
        var pause: UInt64 = 0
        var lastCommit: UInt64 = 0
        var lastPrune: UInt64 = 0
        var lastSweep: UInt64 = 0
    }

    /// Where it is.
    package let folder: HistoryFolder
    let options: Options
    let state: Mutex<State>
    private let currentStatus: Mutex<HistoryStatus>

    /// How many events wait at most for a disk that takes nothing; past that the oldest are given up.
    static let maximumPending = 10_000
    /// How many events are remembered in case the file must be written anew.
    static let maximumRecent = 1_000
    /// A start this long after the last commit leaves a gap, in nanoseconds. The state is written every ten seconds.
    static let gap: UInt64 = 15_000_000_000
    static let heartbeat: UInt64 = 10_000_000_000

    private init(folder: HistoryFolder, options: Options, state: consuming sending State, status: HistoryStatus) {
        self.folder = folder
        self.options = options
        self.state = Mutex(state)
        currentStatus = Mutex(status)
    }

    /// Opens the history of a folder; what cannot be had shows in ``status``.
    ///
    /// - Parameters:
    ///   - folder: The folder; it is made where it is not there.
    ///   - now: Unix nanoseconds.
    ///   - options: For tests and measurements.
    package static func open(folder: HistoryFolder, now: UInt64, options: Options = Options()) -> History {
        let history = History(
            folder: folder, options: options, state: State(), status: HistoryStatus(mode: .writing))
        history.state.withLock { history.openFiles(&$0, now: now, isFirst: true) }
        return history
    }

    /// Whether what is counted reaches the disk.
    package var status: HistoryStatus { currentStatus.withLock { $0 } }

    func set(mode: HistoryStatus.Mode) {
        currentStatus.withLock { $0.mode = mode }
    }

    func set(notice: String) {
        currentStatus.withLock { $0.notice = notice }
    }

    /// Whether the file could be opened only after the start and has counts from before: then ``restore(journeys:now:)``
    /// must be called again and its answer added to the engine; until then nothing is committed.
    package var isRestoreDue: Bool { state.withLock { $0.isRestoreDue } }

    /// Reads the counts of journeys and the newest events.
    ///
    /// Journeys are found by name and ``JourneyDefinition/countingFingerprint``, in all their environments. The writer
    /// reads its own file, a reader a copy of it as the last commit left it, and may do so again and again.
    ///
    /// - Returns: What there is; nothing when nothing can be read, which ``status`` then says. When waymark did not run for
    ///   a while the last event is the gap, and is committed with the next commit.
    package func restore(journeys: [JourneyDefinition], now: UInt64) -> RestoredHistory {
        let wanted = Set(journeys.map { "\($0.name)\n\($0.countingFingerprint)" })
        return state.withLock { state in
            for _ in 0..<2 {
                do throws(HistoryError) {
                    let restored = try read(&state, wanted, now: now)
                    state.isRestoreDue = false
                    return restored
                } catch {
                    guard state.database != nil else {
                        set(notice: "history: \(error.message)")
                        return .empty
                    }
                    fail(error, &state, now: now)
                }
            }
            return .empty
        }
    }

    /// Says that a picture's counts are those that were just restored, so that only what comes after is written.
    ///
    /// - Parameter picture: The picture of the engine right after `restore`, if it had counted nothing before.
    package func begin(from picture: JourneysPicture) {
        state.withLock { $0.committed = $0.committed ?? picture }
    }

    /// Writes what changed since the last commit, and events, in one transaction.
    ///
    /// To be called about once a second, off the path that data takes in. It never throws: failures show in ``status``
    /// and everything is tried again with the next call.
    ///
    /// - Parameters:
    ///   - picture: The counts.
    ///   - events: What happened since the last call.
    ///   - now: Unix nanoseconds.
    /// - Returns: Events of the history's own: that something could not be written for a while.
    @discardableResult
    package func commit(_ picture: JourneysPicture, events: [TimelineEvent], now: UInt64) -> [TimelineEvent] {
        state.withLock { state in
            guard !state.isClosed, !state.isReader else { return [] }
            state.pending += events
            state.pending.removeFirst(max(0, state.pending.count - History.maximumPending))
            openAgainIfDue(&state, now: now)
            guard !state.isReader, !state.isRestoreDue, state.database != nil else { return [] }
            for _ in 0..<2 {
                do throws(HistoryError) {
                    return try write(picture, &state, now: now)
                } catch {
                    fail(error, &state, now: now)
                    guard state.database != nil, state.pause == 0 else { return [] }
                }
            }
            return []
        }
    }

    /// Ends it. What was not committed is not written; commit before.
    package func close() {
        state.withLock { state in
            state.database?.close()
            state.database = nil
            state.lock = nil
            state.isClosed = true
        }
        set(mode: .closed)
    }
}
