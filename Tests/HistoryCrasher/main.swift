// Counts and commits without a pause until it is killed, and says after every commit how many runs are in it.
//
//     HistoryCrasher FOLDER SEED

import Foundation
import History
import HistoryMaking
import Journeys

let folder = HistoryFolder(path: CommandLine.arguments[1])
var numbers = SeededNumbers(seed: UInt64(CommandLine.arguments[2]) ?? 0)
var now = TestRun.midnight
let history = History.open(folder: folder, now: now)
var engine = JourneyEngine.make()
engine.restore(history.restore(journeys: engine.journeys, now: now))
history.begin(from: engine.picture())
var counted = engine.picture().countedRuns
FileHandle.standardOutput.write(Data("\(counted)\n".utf8))
while history.status.mode == .writing {
    let next = counted + UInt64.random(in: 1...TestRun.largestCrashBatch, using: &numbers)
    engine.take((counted..<next).map { .numbered($0) })
    counted = next
    now = TestRun.numbered(next).end
    var event = TimelineEvent(time: now, kind: .note)
    event.count = Int(counted)
    history.commit(engine.picture(), events: [event], now: now)
    FileHandle.standardOutput.write(Data("\(counted)\n".utf8))
}
FileHandle.standardError.write(Data("\(history.status)\n".utf8))
exit(1)
