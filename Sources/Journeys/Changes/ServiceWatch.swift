import Telemetry

/// A version of a service, watched.
struct VersionWatch: Sendable {
    let version: Symbol
    var watch = Watch()
    /// What was last said about it.
    var announced: TimelineEvent?
    /// The service's watermark when that was said.
    var announcedAt: UInt64 = 0
}

/// An instance of a service, watched.
struct InstanceWatch: Sendable {
    let key: UInt64
    var watch = Watch()
    /// The number of the version it was last seen with.
    var version: Int
    var versionTime: UInt64 = 0
}

/// A value of a configuration attribute, watched.
struct ValueWatch: Sendable {
    let text: String
    var watch = Watch()
    /// The number of its tally; nil for a resource's value, which is counted with the resource.
    let tally: Int?
}

/// A configuration attribute of a service, watched.
struct AttributeWatch: Sendable {
    let key: Symbol
    /// What the setting is about, such as the name of a pool; empty for the service as a whole.
    let about: String
    var values: [ValueWatch] = []
    /// Whether it turned out to have too many values to be configuration.
    var isVarying = false
}

/// A span name of a service, watched.
struct NameWatch: Sendable {
    let name: Symbol
    let tally: Int
    var watch = Watch()
}

/// A process as its resource describes it: everything that is the same for all of its spans.
struct ProfileWatch: Sendable {
    let key: UInt64
    let version: Int
    /// The instance's number; nil when it has none, or when too many have come.
    let instance: Int?
    /// Attributes and values by number.
    let values: [Pair]
    let tally: Int

    struct Pair: Sendable {
        let attribute: Int
        let value: Int
    }
}

/// A changed setting that was told of.
struct SaidSetting: Hashable, Sendable {
    let key: Symbol
    let before: String?
    let after: String?
}

/// Comings and goings of instances that are gathered into one event.
struct InstanceChange: Sendable {
    var time: UInt64
    var came = 0
    var gone = 0
    let begun: UInt64
}

/// Everything that is watched of one service in one environment.
struct ServiceWatch: Sendable {
    let environment: Int
    let environmentName: Symbol
    let service: Symbol
    /// How it comes among the spans of its environment.
    var own = Watch()
    var ownTally = Tally()
    /// Its first event time.
    var origin: UInt64
    /// Its latest event time.
    var watermark: UInt64
    /// How many of its spans the environment has been told of.
    var toldClock: UInt64 = 0
    /// Times that leap, and how many agree.
    var leap: UInt64 = 0
    var leaping = 0

    var versions: [VersionWatch] = []
    var instances: [InstanceWatch] = []
    var instanceNumbers: [UInt64: Int] = [:]
    var attributes: [AttributeWatch] = []
    var attributeNumbers: [UInt64: Int] = [:]
    var names: [NameWatch] = []
    var profiles: [ProfileWatch] = []
    var leavesOutNames = false
    var leavesOutInstances = false

    private var judgedAt: UInt64 = 0
    private var judgedClock: UInt64 = 0
    private var absencesAt: UInt64 = 0
    /// Whether this time absences are looked for: that is dearer than looking at what came, and never urgent.
    private var looksForAbsences = false
    private var newNames = 0
    private var newNamesSince: UInt64 = 0
    private var change: InstanceChange?
    /// Changed settings by what was said of them, and when.
    private var saidSettings: [SaidSetting: UInt64] = [:]

    init(environment: Int, environmentName: Symbol, service: Symbol, time: UInt64) {
        self.environment = environment
        self.environmentName = environmentName
        self.service = service
        origin = time
        watermark = time
    }

    /// An event about this service.
    func event(_ kind: TimelineEvent.Kind, at time: UInt64) -> TimelineEvent {
        var event = TimelineEvent(time: time, kind: kind, environment: environmentName.text)
        event.service = service.text
        return event
    }

    /// Counts a span name that came for the first time; false when names keep being new, so that none is watched.
    mutating func mayWatchName(_ rules: ChangeRules, at time: UInt64) -> Bool {
        if time >= origin &+ rules.learning {
            if time > newNamesSince &+ rules.patience {
                newNamesSince = time
                newNames = 0
            }
            newNames += 1
        }
        if names.count >= rules.mostNames || newNames > rules.mostNewNames {
            leavesOutNames = true
            names = []
        }
        return !leavesOutNames
    }

    /// Whether something came since the last time.
    func hasNews(clock: UInt64) -> Bool { clock != judgedClock || watermark != judgedAt }

    /// Whether so little came since the last time that looking at everything would cost more than it tells.
    func isSparse(clock: UInt64) -> Bool {
        let work = UInt64(names.count + profiles.count)
        return (clock &- judgedClock) &* 4 < work && watermark < judgedAt &+ 30 * ChangeRules.second
    }
}

extension ServiceWatch {
    /// Takes what was counted and decides what it is; with `absences` also what is missing.
    mutating func judge(
        _ rules: ChangeRules, clock: UInt64, absences: Bool, tallies: inout [Tally],
        into events: inout [TimelineEvent]
    ) {
        judgedAt = watermark
        judgedClock = clock
        looksForAbsences = absences && watermark >= absencesAt &+ 10 * ChangeRules.second
        if looksForAbsences { absencesAt = watermark }
        gather(&tallies)
        judgeVersions(rules, clock, &events)
        judgeInstances(rules, clock, &events)
        judgeAttributes(rules, clock, &events)
        judgeNames(rules, clock, &tallies, &events)
    }

    private mutating func gather(_ tallies: inout [Tally]) {
        for profile in profiles {
            let tally = tallies[profile.tally]
            guard tally.count > 0 else { continue }
            tallies[profile.tally].clear()
            versions[profile.version].watch.take(tally)
            for pair in profile.values { attributes[pair.attribute].values[pair.value].watch.take(tally) }
            guard let instance = profile.instance else { continue }
            instances[instance].watch.take(tally)
            guard tally.last >= instances[instance].versionTime else { continue }
            instances[instance].version = profile.version
            instances[instance].versionTime = tally.last
        }
        for number in attributes.indices {
            for value in attributes[number].values.indices {
                guard let tally = attributes[number].values[value].tally, tallies[tally].count > 0 else { continue }
                attributes[number].values[value].watch.take(tallies[tally])
                tallies[tally].clear()
            }
        }
    }

    // MARK: Versions

    private mutating func judgeVersions(_ rules: ChangeRules, _ clock: UInt64, _ events: inout [TimelineEvent]) {
        for number in versions.indices where versions[number].version != .empty {
            let isNew = versions[number].watch.isCertain(
                rules, origin: origin, clock: clock, watermark: watermark, episodes: rules.leastEpisodes,
                expected: rules.expectedBefore)
            if isNew {
                announce(number, rules, &events)
                continue
            }
            update(number, rules, &events)
            guard looksForAbsences else { continue }
            let isLost = versions[number].watch.isLost(
                rules, clock: clock, watermark: watermark, episodes: rules.leastEpisodes * 3, life: 0)
            if isLost { rollBack(number, rules, &events) }
        }
    }

    private mutating func announce(_ number: Int, _ rules: ChangeRules, _ events: inout [TimelineEvent]) {
        let first = versions[number].watch.sighting.first
        var event = event(.version, at: first)
        event.after = versions[number].version.text
        event.before = versionBefore(number, at: first).map { versions[$0].version.text }
        (event.count, event.total) = running(number, rules)
        say(event, number, &events)
    }

    /// Says again how many instances run a version, when that has changed.
    private mutating func update(_ number: Int, _ rules: ChangeRules, _ events: inout [TimelineEvent]) {
        guard var event = versions[number].announced, versions[number].watch.state == .known,
            watermark >= versions[number].announcedAt &+ 2 * ChangeRules.second,
            watermark < event.time &+ rules.rollout
        else { return }
        let (count, total) = running(number, rules)
        guard let count, count > 0, count >= event.count ?? 0 else { return }
        // A version that recedes stays as far as it came; one that stands still is counted until the old ones are gone.
        let isSettling = watermark < event.time &+ 600 * ChangeRules.second
        guard count > event.count ?? 0 || (isSettling && total != event.total) else { return }
        event.count = count
        event.total = total
        say(event, number, &events)
    }

    private mutating func say(_ event: TimelineEvent, _ number: Int, _ events: inout [TimelineEvent]) {
        versions[number].announced = event
        versions[number].announcedAt = watermark
        events.append(event)
    }

    /// A new version that went while an older one stayed has been taken back.
    private mutating func rollBack(_ number: Int, _ rules: ChangeRules, _ events: inout [TimelineEvent]) {
        guard let announced = versions[number].announced else { return }
        versions[number].announced = nil
        let last = versions[number].watch.sighting.last
        guard let stayed = versionBefore(number, at: last), versions[stayed].announced == nil,
            versions[stayed].watch.sighting.first < announced.time,
            versions[stayed].watch.sighting.isLive(rules, watermark: watermark)
        else { return }
        var event = event(.version, at: last)
        event.before = versions[number].version.text
        event.after = versions[stayed].version.text
        event.text = "rolled back"
        (event.count, event.total) = running(stayed, rules)
        events.append(event)
    }

    /// The version that most spans were of at a time; else the one seen last before.
    private func versionBefore(_ number: Int, at time: UInt64) -> Int? {
        let others = versions.indices.filter {
            $0 != number && versions[$0].version != .empty && !versions[$0].watch.sighting.isEmpty
                && versions[$0].watch.sighting.first < time
        }
        let near = time - min(time, 60 * ChangeRules.second)
        let running = others.filter { versions[$0].watch.sighting.last >= near }
        if let most = running.max(by: { versions[$0].watch.sighting.count < versions[$1].watch.sighting.count }) {
            return most
        }
        return others.max { versions[$0].watch.sighting.last < versions[$1].watch.sighting.last }
    }

    /// On how many of how many instances a version runs; nil where instances have no names.
    private func running(_ version: Int, _ rules: ChangeRules) -> (count: Int?, total: Int?) {
        guard !leavesOutInstances, !instances.isEmpty else { return (nil, nil) }
        var count = 0
        var total = 0
        for instance in instances where isRunning(instance, rules) {
            total += 1
            if instance.version == version { count += 1 }
        }
        return total > 0 ? (count, total) : (nil, nil)
    }

    private func isRunning(_ instance: InstanceWatch, _ rules: ChangeRules) -> Bool {
        guard !instance.watch.sighting.isEmpty, instance.watch.state != .gone else { return false }
        return instance.watch.sighting.isLive(rules, watermark: watermark)
    }

    // MARK: Instances

    private mutating func judgeInstances(_ rules: ChangeRules, _ clock: UInt64, _ events: inout [TimelineEvent]) {
        guard !leavesOutInstances else { return }
        for number in instances.indices {
            let isNew = instances[number].watch.isCertain(
                rules, origin: origin, clock: clock, watermark: watermark, episodes: rules.leastEpisodes,
                expected: rules.expectedBefore)
            if isNew { come(number, rules) }
            guard looksForAbsences else { continue }
            let isLost = instances[number].watch.isLost(
                rules, clock: clock, watermark: watermark, episodes: rules.leastEpisodes * 3, life: 0)
            if isLost, !isReplaced(instances[number], rules) {
                note(instances[number].watch.sighting.last) { $0.gone += 1 }
            }
        }
        sayInstances(rules, &events)
    }

    /// An instance that came with a new version is told of with the version.
    private mutating func come(_ number: Int, _ rules: ChangeRules) {
        let first = instances[number].watch.sighting.first
        if let announced = versions[instances[number].version].announced,
            first &+ 10 * ChangeRules.second >= announced.time, watermark < announced.time &+ rules.rollout
        {
            return
        }
        note(first) { $0.came += 1 }
    }

    /// Whether an instance went because its version did, or to make room for a new version.
    private func isReplaced(_ instance: InstanceWatch, _ rules: ChangeRules) -> Bool {
        if versions[instance.version].watch.state == .gone { return true }
        return versions.indices.contains { number in
            guard number != instance.version, let announced = versions[number].announced else { return false }
            return watermark < announced.time &+ rules.rollout
                && instance.watch.sighting.last &+ rules.leap >= announced.time
        }
    }

    private mutating func note(_ time: UInt64, _ body: (inout InstanceChange) -> Void) {
        var gathered = change ?? InstanceChange(time: time, begun: watermark)
        gathered.time = min(gathered.time, time)
        body(&gathered)
        change = gathered
    }

    private mutating func sayInstances(_ rules: ChangeRules, _ events: inout [TimelineEvent]) {
        guard let change, watermark >= change.begun &+ rules.gathering else { return }
        self.change = nil
        let now = instances.count { isRunning($0, rules) }
        var event = event(.instances, at: change.time)
        event.before = String(max(0, now - change.came + change.gone))
        event.after = String(now)
        event.count = change.came
        let parts = [(change.came, "came"), (change.gone, "went")].filter { $0.0 > 0 }
        event.text = parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        events.append(event)
    }

    // MARK: Configuration

    private mutating func judgeAttributes(_ rules: ChangeRules, _ clock: UInt64, _ events: inout [TimelineEvent]) {
        for number in attributes.indices where !attributes[number].isVarying {
            for value in attributes[number].values.indices {
                let isNew = attributes[number].values[value].watch.isCertain(
                    rules, origin: origin, clock: clock, watermark: watermark, episodes: rules.leastEpisodes,
                    expected: rules.expectedBefore)
                if isNew { sayValue(number, value, &events) }
                guard looksForAbsences else { continue }
                // A value that is gone is new when it comes again.
                _ = attributes[number].values[value].watch.isLost(
                    rules, clock: clock, watermark: watermark, episodes: rules.leastEpisodes * 3, life: 0)
            }
        }
    }

    private mutating func sayValue(_ number: Int, _ value: Int, _ events: inout [TimelineEvent]) {
        let attribute = attributes[number]
        let first = attribute.values[value].watch.sighting.first
        let others = attribute.values.indices.filter {
            $0 != value && !attribute.values[$0].watch.sighting.isEmpty
                && attribute.values[$0].watch.sighting.first < first
        }
        let near = first - min(first, 300 * ChangeRules.second)
        let running = others.filter { attribute.values[$0].watch.sighting.last >= near }
        let before =
            running.max { attribute.values[$0].watch.sighting.count < attribute.values[$1].watch.sighting.count }
            ?? others.max { attribute.values[$0].watch.sighting.last < attribute.values[$1].watch.sighting.last }
        // An attribute that had no value before was not changed: the instrumentation has learned to say it.
        guard let before else { return }
        var event = event(.config, at: first)
        event.subject = attribute.key.text
        event.before = attribute.values[before].text
        event.after = attribute.values[value].text
        if !attribute.about.isEmpty { event.text = attribute.about }
        // The same setting of several spans is told of once.
        let said = SaidSetting(key: attribute.key, before: event.before, after: event.after)
        if let time = saidSettings[said], watermark < time &+ 600 * ChangeRules.second { return }
        if saidSettings.count >= 256 { saidSettings = [:] }
        saidSettings[said] = watermark
        events.append(event)
    }

    // MARK: Span names

    private mutating func judgeNames(
        _ rules: ChangeRules, _ clock: UInt64, _ tallies: inout [Tally], _ events: inout [TimelineEvent]
    ) {
        var appeared: [Int] = []
        var vanished: [Int] = []
        for number in names.indices {
            let tally = names[number].tally
            if tallies[tally].count > 0 {
                names[number].watch.take(tallies[tally])
                tallies[tally].clear()
                let isNew = names[number].watch.isCertain(
                    rules, origin: origin, clock: clock, watermark: watermark, episodes: rules.leastNameEpisodes,
                    expected: rules.expectedNamesBefore)
                if isNew { appeared.append(number) }
            } else if looksForAbsences {
                let isLost = names[number].watch.isLost(
                    rules, clock: clock, watermark: watermark, episodes: rules.regularEpisodes,
                    life: rules.regularLife)
                if isLost { vanished.append(number) }
            }
        }
        sayNames(appeared, .spanAppeared, rules, &events)
        sayNames(vanished, .spanVanished, rules, &events)
    }

    private func sayNames(
        _ numbers: [Int], _ kind: TimelineEvent.Kind, _ rules: ChangeRules, _ events: inout [TimelineEvent]
    ) {
        for (place, number) in numbers.prefix(rules.mostNameEvents).enumerated() {
            let sighting = names[number].watch.sighting
            var event = event(kind, at: kind == .spanAppeared ? sighting.first : sighting.last)
            event.subject = names[number].name.text
            if names[number].watch.isReturn, kind == .spanAppeared { event.text = "again" }
            let others = numbers.count - rules.mostNameEvents
            if place == rules.mostNameEvents - 1, others > 0 {
                event.count = others + 1
                event.text = "and \(others) more span names"
            }
            events.append(event)
        }
    }
}
