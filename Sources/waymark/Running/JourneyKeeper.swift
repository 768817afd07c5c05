import DataSources
import Foundation
import Journeys
import Pipeline
import Synchronization

/// Keeps the journeys of a running dashboard true to their files.
///
/// A broken edit keeps the last good version of that journey and is said on screen.
final class JourneyKeeper: Sendable {
    private struct State {
        var journeys: [JourneyDefinition] = []
        var stamp: [String] = []
    }

    private let path: String?
    private let state = Mutex(State())
    /// Hears what is wrong with the files each time that they were read.
    private let notices = Mutex<(@Sendable ([String]) -> Void)?>(nil)

    init(path: String?) { self.path = path }

    /// Says who hears what is wrong with the files.
    func onNotices(_ hear: @escaping @Sendable ([String]) -> Void) { notices.withLock { $0 = hear } }

    /// Reads the journeys for the first time; what is wrong is in the second part.
    func load() -> ([JourneyDefinition], [String]) {
        guard let path else { return ([], []) }
        let set = JourneySet.load(from: path, files: DiskJourneyFiles())
        state.withLock {
            $0.journeys = set.journeys
            $0.stamp = stamp()
        }
        return (set.journeys, errors(of: set))
    }

    /// Looks at the files every two seconds and takes over what changed.
    func watch(_ keeper: WatchKeeper) async {
        guard path != nil else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(2))
            let isChanged = state.withLock { $0.stamp != stamp() }
            if isChanged { _ = reload(keeper) }
        }
    }

    /// Reads the files again and says what became of it.
    func reload(_ keeper: WatchKeeper) -> String {
        guard let path else { return "there is no journeys folder here" }
        let set = JourneySet.load(from: path, files: DiskJourneyFiles())
        let problems = errors(of: set)
        let journeys = state.withLock { state -> [JourneyDefinition] in
            let broken = Set(set.diagnostics.filter { $0.severity == .error }.map(\.place.file))
            let names = Set(set.journeys.map(\.name))
            let kept = state.journeys.filter { !names.contains($0.name) && broken.contains($0.place.file) }
            state.journeys = set.journeys + kept
            state.stamp = stamp()
            return state.journeys
        }
        keeper.replace(journeys: journeys)
        notices.withLock { $0 }?(problems)
        return problems.first ?? "\(journeys.count) journeys read"
    }

    /// Writes a found journey into the folder and reads it.
    func write(_ id: JourneyView.ID, _ keeper: WatchKeeper) -> String {
        guard let view = keeper.journeys[id], let identity = view.identity, !view.isOthers else {
            return "only a found journey can be written to a file"
        }
        let folder = path ?? "journeys"
        let name = FoundJourney.journeyName(service: identity.service, name: identity.name)
        let file = "\(folder)/\(name).yaml"
        do {
            let definition = try FoundJourney.definition(service: identity.service, name: identity.name)
            guard !FileManager.default.fileExists(atPath: file) else { return "\(file) is there already" }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try definition.yaml.write(toFile: file, atomically: true, encoding: .utf8)
        } catch {
            return "cannot write \(file): \(error)"
        }
        guard path != nil else { return "wrote \(file); start waymark again to read it" }
        return "wrote \(file) · " + reload(keeper)
    }

    private func errors(of set: JourneySet) -> [String] {
        set.diagnostics.filter { $0.severity == .error }.map(\.description)
    }

    /// Names, sizes and times of the files: what changes when somebody edits.
    private func stamp() -> [String] {
        guard let path else { return [] }
        let manager = FileManager.default
        let names = (try? manager.contentsOfDirectory(atPath: path))?.sorted().map { path + "/" + $0 } ?? [path]
        return names.map { name in
            let attributes = try? manager.attributesOfItem(atPath: name)
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(name) \(attributes?[.size] ?? 0) \(time)"
        }
    }
}
