import Telemetry

/// What the observer does not look at, because it keeps being new or there is too much of it.
package struct UnwatchedService: Sendable, Hashable {
    /// The environment.
    package let environment: String
    /// The service.
    package let service: String
    /// What is not looked at and why, in words.
    package let reason: String
}

/// Sees in the spans themselves what changed: versions, configuration, span names, services and instances.
///
/// One writer owns it. Counting a span costs two look-ups by number; what the
/// counts mean is decided once every two seconds of a service's own event time, so that a file that is read in seconds
/// shows the same changes as the hours it tells of. Memory is bounded by ``ChangeRules``.
///
/// Nothing is a change while a service is being learned, and nothing that was rare before is new: ``ChangeRules`` says
/// when something is certain. Times of events are event times of the first (or last) span, not of the decision.
package struct ChangeObserver: Sendable {
    private struct EnvironmentWatch: Sendable {
        let name: Symbol
        var origin: UInt64
        var clock: UInt64 = 0
        var judgedAt: UInt64 = 0
    }

    /// A process by its number: whose spans it counts and where.
    private struct Profile: Sendable {
        let service: Int32
        let tally: Int32
    }

    private let rules: ChangeRules
    private var services: [ServiceWatch] = []
    private var serviceNumbers: [UInt64: Int] = [:]
    private var environments: [EnvironmentWatch] = []
    private var environmentNumbers: [UInt32: Int] = [:]
    private var profiles: [Profile] = []
    private var profileNumbers = SightingIndex()
    private var nameTallies = SightingIndex()
    /// The first is what nobody looks at.
    private var tallies = [Tally()]
    private var freeTallies: [Int] = []
    /// By service: how many spans it has sent.
    private var clocks: [UInt64] = []
    /// By service: the first event time, and how far after it the next decision is due.
    private var lows: [UInt64] = []
    private var reaches: [UInt64] = []
    private var memo = ChangeMemo()
    private var events: [TimelineEvent] = []
    private var leavesOutServices = false
    /// When the last spans arrived, in Unix nanoseconds; zero for files.
    private var arrival: UInt64 = 0

    /// Makes an observer that has seen nothing.
    package init(rules: ChangeRules = ChangeRules()) { self.rules = rules }

    /// Counts rows that the store accepted.
    package mutating func observe(_ accepted: AcceptedRows) {
        observe(
            accepted.chunk.table, rows: accepted.rows, chunk: accepted.chunk.sequence, arrival: accepted.arrival)
    }

    /// Counts rows of a table.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - rows: The rows, free of duplicates.
    ///   - chunk: The number of the chunk, which only grows; what is known of its resources is then kept between calls.
    ///   - arrival: When they arrived, in Unix nanoseconds; zero for files. No event is later than that.
    package mutating func observe(_ table: SpanTable, rows: Range<Int>, chunk: UInt64? = nil, arrival: UInt64) {
        self.arrival = max(self.arrival, arrival)
        memo.begin(chunk, resources: table.resources.count, shapes: table.shapes.count)
        RunColumns.with(table) { observe($0, rows.clamped(to: 0..<table.count), arrival) }
    }

    private mutating func observe(_ columns: RunColumns, _ rows: Range<Int>, _ arrival: UInt64) {
        for row in rows {
            let resource = Int(columns.resourceOf[row])
            let start = columns.starts[row]
            let time = arrival > 0 && start > arrival ? arrival : start
            var number = memo.profiles[resource]
            if number == ChangeMemo.unknown {
                number = Int32(truncatingIfNeeded: resolve(resource, columns.table, at: time) ?? -1)
                memo.profiles[resource] = number
            }
            guard number >= 0 else { continue }
            let profile = profiles[Int(number)]
            let service = Int(profile.service)
            if time &- lows[service] >= reaches[service] {
                guard advance(service, to: time, isLive: arrival > 0) else { continue }
            }
            clocks[service] &+= 1
            let clock = clocks[service]
            tallies[Int(profile.tally)].see(time, clock: clock)
            let name = columns.names[row]
            let tally = nameTallies.number(of: UInt64(service) << 32 | UInt64(name)) ?? watch(name, service, time)
            tallies[tally].see(time, clock: clock)
            let shape = Int(columns.attributeShapes[row])
            if memo.shapes[shape] == ChangeMemo.unknown { memo.learn(shape, columns.table) }
            if memo.shapes[shape] >= 0 { observeSettings(row, columns.table, service, time, clock) }
        }
    }

    /// The changes that have become certain since the last call, by time.
    ///
    /// A change with the same ``TimelineEvent/identity`` as an earlier one takes its place: more instances run the version.
    ///
    /// - Parameter now: The time in Unix nanoseconds, or the latest end of a span for files; nothing happens after it.
    package mutating func settle(now: UInt64) -> [TimelineEvent] {
        for number in services.indices where services[number].hasNews(clock: clocks[number]) {
            judge(number, absences: !isBehind(services[number].watermark))
        }
        for number in environments.indices { judgeEnvironment(number) }
        tidy()
        let due = events.sorted { $0.time < $1.time }
        events = []
        return due.map { event in
            var event = event
            event.time = min(event.time, now)
            return event
        }
    }

    /// What is not looked at, in the order of service and environment.
    package var unwatched: [UnwatchedService] {
        var list: [UnwatchedService] = []
        for service in services where service.leavesOutNames || service.leavesOutInstances {
            if service.leavesOutNames {
                list.append(service.unwatched("its span names keep being new: appearing and vanishing is not judged"))
            }
            if service.leavesOutInstances {
                list.append(service.unwatched("it has more than \(rules.mostInstances) instances: they are not judged"))
            }
        }
        list.sort { ($0.service, $0.environment) < ($1.service, $1.environment) }
        if leavesOutServices {
            let reason = "more than \(rules.mostServices) services at once: the later ones are not judged"
            list.append(UnwatchedService(environment: "", service: "", reason: reason))
        }
        return list
    }
}

// MARK: - Time

extension ChangeObserver {
    /// The year 2000 and the year 2200: no clock shows what is outside.
    private static let credible: Range<UInt64> = 946_684_800_000_000_000..<7_258_118_400_000_000_000

    /// Moves a service's time on, or back to an earlier beginning; false for a time that nobody else believes.
    private mutating func advance(_ number: Int, to time: UInt64, isLive: Bool) -> Bool {
        guard ChangeObserver.credible.contains(time) else { return false }
        let watermark = services[number].watermark
        let origin = services[number].origin
        if time < origin {
            guard origin - time <= rules.leap || agrees(number, on: time) else { return false }
            services[number].origin = time
            environments[services[number].environment].origin = min(
                environments[services[number].environment].origin, time)
        } else if time > watermark {
            guard isLive || time - watermark <= rules.leap || agrees(number, on: time) else { return false }
            // Decided before this span counts, so that a decision does not depend on how rows are batched.
            // What is missing half-way through a delivery may be in its other half: a Collector that sends what lay in
            // its queue sends one process after the other.
            if !services[number].isSparse(clock: clocks[number]) { judge(number, absences: !isLive) }
            services[number].watermark = time
            let environment = services[number].environment
            if !isLive, time >= environments[environment].judgedAt &+ 10 * ChangeRules.second {
                judgeEnvironment(environment)
            }
        }
        lows[number] = services[number].origin
        reaches[number] = services[number].watermark &+ 2 * ChangeRules.second &- lows[number]
        return true
    }

    /// Whether enough spans say that a service's time is near this one.
    private mutating func agrees(_ number: Int, on time: UInt64) -> Bool {
        let leap = services[number].leap
        let isNear = leap <= time ? time - leap <= rules.leap : leap - time <= rules.leap
        services[number].leaping = isNear ? services[number].leaping + 1 : 1
        services[number].leap = time
        return services[number].leaping >= rules.agreeing
    }

    /// Whether what arrives tells of a time so far back that it comes from a queue: what is missing may still come.
    private func isBehind(_ watermark: UInt64) -> Bool {
        arrival > watermark && arrival - watermark > rules.leastAbsence
    }

    private mutating func judge(_ number: Int, absences: Bool) {
        // Taken out while it is written, so that it has one owner.
        var service = ServiceWatch(environment: 0, environmentName: .empty, service: .empty, time: 0)
        swap(&service, &services[number])
        let clock = clocks[number]
        if clock > service.toldClock {
            environments[service.environment].clock &+= clock - service.toldClock
            service.toldClock = clock
            service.ownTally.see(service.watermark, clock: environments[service.environment].clock)
        }
        service.judge(rules, clock: clock, absences: absences, tallies: &tallies, into: &events)
        swap(&service, &services[number])
    }

    /// Decides which services came and went, by the time that a quarter of the environment's services have reached, so
    /// that one with a fast clock does not make all others look gone.
    private mutating func judgeEnvironment(_ number: Int) {
        let members = services.indices.filter { services[$0].environment == number && clocks[$0] > 0 }
        let times = members.map { services[$0].watermark }.sorted(by: >)
        guard times.count > 1 else { return }
        let watermark = times[times.count / 4]
        guard !isBehind(watermark) else { return }
        environments[number].judgedAt = max(watermark, environments[number].judgedAt)
        let origin = environments[number].origin
        let clock = environments[number].clock
        for member in members {
            services[member].own.take(services[member].ownTally)
            services[member].ownTally.clear()
            let isNew = services[member].own.isCertain(
                rules, origin: origin, clock: clock, watermark: max(watermark, services[member].watermark),
                episodes: rules.leastNameEpisodes, expected: rules.expectedNamesBefore)
            if isNew {
                var event = services[member].event(.serviceAppeared, at: services[member].own.sighting.first)
                if services[member].own.isReturn { event.text = "again" }
                events.append(event)
            }
            let isLost = services[member].own.isLost(
                rules, clock: clock, watermark: watermark, episodes: rules.regularEpisodes, life: rules.regularLife)
            if isLost {
                events.append(services[member].event(.serviceVanished, at: services[member].own.sighting.last))
            }
        }
    }
}

// MARK: - Getting to know

extension ChangeObserver {
    /// The number of the process of a resource; nil for one that is not watched.
    private mutating func resolve(_ resource: Int, _ table: SpanTable, at time: UInt64) -> Int? {
        let row = table.resources[resource]
        guard ChangeObserver.credible.contains(time), row.service != .overflow,
            let service = serviceNumber(row, at: time)
        else { return nil }
        let reading = ResourceReading(row, table, &memo)
        let key = reading.key
        if let known = profileNumbers.number(of: key) { return known }
        let profile = services[service].profile(of: reading, key: key, rules, tally: takeTally())
        services[service].profiles.append(profile)
        profiles.append(
            Profile(
                service: Int32(truncatingIfNeeded: service), tally: Int32(truncatingIfNeeded: profile.tally)))
        profileNumbers.insert(key, number: profiles.count - 1)
        return profiles.count - 1
    }

    private mutating func serviceNumber(_ row: ResourceRow, at time: UInt64) -> Int? {
        let key = UInt64(row.environment.code) << 32 | UInt64(row.service.code)
        if let known = serviceNumbers[key] { return known }
        guard services.count < rules.mostServices || makeRoom(at: time) else {
            leavesOutServices = true
            return nil
        }
        let environment = environmentNumber(row.environment, at: time)
        let watch = ServiceWatch(
            environment: environment, environmentName: row.environment, service: row.service, time: time)
        let number = services.count
        services.append(watch)
        clocks.append(0)
        lows.append(time)
        reaches.append(2 * ChangeRules.second)
        serviceNumbers[key] = number
        return number
    }

    private mutating func environmentNumber(_ name: Symbol, at time: UInt64) -> Int {
        if let known = environmentNumbers[name.code] {
            environments[known].origin = min(environments[known].origin, time)
            return known
        }
        environments.append(EnvironmentWatch(name: name, origin: time))
        environmentNumbers[name.code] = environments.count - 1
        return environments.count - 1
    }

    private mutating func takeTally() -> Int {
        if let free = freeTallies.popLast() {
            tallies[free] = Tally()
            return free
        }
        tallies.append(Tally())
        return tallies.count - 1
    }

    /// The tally of a span name that is not known yet.
    private mutating func watch(_ name: UInt32, _ service: Int, _ time: UInt64) -> Int {
        if services[service].leavesOutNames || name == Symbol.overflow.code { return 0 }
        guard services[service].mayWatchName(rules, at: time) else { return 0 }
        let tally = takeTally()
        services[service].names.append(NameWatch(name: Symbol(code: name), tally: tally))
        nameTallies.insert(UInt64(service) << 32 | UInt64(name), number: tally)
        return tally
    }

    /// Counts the settings that a span tells.
    private mutating func observeSettings(
        _ row: Int, _ table: SpanTable, _ service: Int, _ time: UInt64, _ clock: UInt64
    ) {
        let list = table.attributes(row)
        for setting in memo.settings[Int(memo.shapes[Int(list.shape)])] {
            let code = table.valueCode(list, setting.position)
            let about = setting.subject.map { table.valueCode(list, $0).bits } ?? table.names[row]
            let place = mixed(UInt64(service) << 32 | UInt64(setting.key.code)) &+ UInt64(about)
            let key = mixed(place) &+ UInt64(code.bits)
            if let known = memo.values.number(of: key) {
                tallies[known].see(time, clock: clock)
                continue
            }
            let subject = setting.subject.map { table.values.text(table.valueCode(list, $0)) }
            let found = setting.isAbout(subject, of: table.name(row))
            let tally = watch(found, value: table.values.text(code), service)
            if memo.values.count < ChangeMemo.mostValues { memo.values.insert(key, number: tally) }
            tallies[tally].see(time, clock: clock)
        }
    }

    /// The tally of a value of a setting.
    private mutating func watch(_ setting: Setting, value: String, _ service: Int) -> Int {
        guard let attribute = services[service].attribute(setting, rules) else { return 0 }
        let text = value.cut(to: rules.mostValueBytes)
        if let known = services[service].attributes[attribute].values.first(where: { $0.text == text }) {
            return known.tally ?? 0
        }
        guard services[service].mayWatchValue(of: attribute, rules) else { return 0 }
        let tally = takeTally()
        services[service].attributes[attribute].values.append(ValueWatch(text: text, tally: tally))
        return tally
    }
}

// MARK: - Bounds

extension ChangeObserver {
    /// Forgets what is long gone where it takes the place of what is new.
    private mutating func tidy() {
        let crowded = services.indices.filter { services[$0].isCrowded(rules) }
        guard !crowded.isEmpty else { return }
        for number in crowded { services[number].forgetPast() }
        reindex()
    }

    /// Forgets the service that has been silent longest, if that is more than an hour.
    private mutating func makeRoom(at time: UInt64) -> Bool {
        guard let oldest = services.indices.min(by: { services[$0].watermark < services[$1].watermark }),
            time > services[oldest].watermark,
            time - services[oldest].watermark > 3600 * ChangeRules.second
        else { return false }
        services.remove(at: oldest)
        clocks.remove(at: oldest)
        lows.remove(at: oldest)
        reaches.remove(at: oldest)
        reindex()
        return true
    }

    /// Numbers everything anew after something was forgotten.
    private mutating func reindex() {
        memo = ChangeMemo(like: memo)
        serviceNumbers = [:]
        profiles = []
        profileNumbers.removeAll()
        nameTallies.removeAll()
        var isUsed = [Bool](repeating: false, count: tallies.count)
        isUsed[0] = true
        for (number, service) in services.enumerated() {
            serviceNumbers[UInt64(service.environmentName.code) << 32 | UInt64(service.service.code)] = number
            for profile in service.profiles {
                profiles.append(
                    Profile(
                        service: Int32(truncatingIfNeeded: number), tally: Int32(truncatingIfNeeded: profile.tally)))
                profileNumbers.insert(profile.key, number: profiles.count - 1)
                isUsed[profile.tally] = true
            }
            for name in service.names {
                nameTallies.insert(UInt64(number) << 32 | UInt64(name.name.code), number: name.tally)
                isUsed[name.tally] = true
            }
            for value in service.attributes.flatMap(\.values) { if let tally = value.tally { isUsed[tally] = true } }
        }
        freeTallies = isUsed.indices.filter { !isUsed[$0] }
    }
}
