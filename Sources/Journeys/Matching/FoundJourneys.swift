import Telemetry

/// What a found journey is named after.
package struct FoundIdentity: Sendable, Hashable {
    /// The service of its entry spans; empty for the row of all others.
    package let service: String
    /// The name of its entry spans; empty for the row of all others.
    package let name: String
    /// The kind of its entry spans when all have the same.
    package let kind: SpanKind?

    /// Makes an identity.
    package init(service: String, name: String, kind: SpanKind?) {
        self.service = service
        self.name = name
        self.kind = kind
    }
}

/// Gives numbers to found journeys: at most so many at once, all the rest together.
///
/// Numbers are negative, so that they never meet those of journeys from files. A journey keeps its number as long as
/// it is not the one longest without a run when room is needed, and never loses it within three hours of its last run.
struct FoundJourneys: Sendable {
    private struct Key: Hashable {
        let service: Symbol
        let name: Symbol
    }

    private struct Record: Sendable {
        let number: Int
        var kind: SpanKind?
        var lastRun: UInt64
    }

    /// The number of the row of all others.
    static let others = -1
    /// A number that nobody has.
    static let nobody = Int.min
    /// How long a journey is without a run before it may make room, in nanoseconds.
    static let idle: UInt64 = 3 * 3_600_000_000_000
    /// How many names of others are counted; more show as this many.
    static let maximumOtherNames = 100_000

    private let limit: Int
    private var records: [Key: Record] = [:]
    private var keys: [Int: Key] = [:]
    private var otherKeys: Set<Key> = []
    private var lastNumber = FoundJourneys.others
    private var retired: Int?
    private var nextSweep: UInt64 = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// How many names share the row of all others.
    var otherNames: Int { otherKeys.count }

    /// The number of the found journey of an entry span.
    mutating func number(service: Symbol, name: Symbol, kind: SpanKind, at time: UInt64, watermark: UInt64) -> Int {
        let key = Key(service: service, name: name)
        if var record = records[key] {
            guard record.lastRun < time || record.kind != kind else { return record.number }
            record.lastRun = max(record.lastRun, time)
            if record.kind != kind { record.kind = nil }
            records[key] = record
            return record.number
        }
        if records.count >= limit { makeRoom(watermark) }
        guard records.count < limit else {
            if otherKeys.count < FoundJourneys.maximumOtherNames { otherKeys.insert(key) }
            return FoundJourneys.others
        }
        lastNumber -= 1
        records[key] = Record(number: lastNumber, kind: kind, lastRun: time)
        keys[lastNumber] = key
        otherKeys.remove(key)
        return lastNumber
    }

    /// The number that was given up to make room, once.
    mutating func takeRetired() -> Int? {
        defer { retired = nil }
        return retired
    }

    /// What a number stands for; nil for one that was given up.
    func identity(of number: Int) -> FoundIdentity? {
        if number == FoundJourneys.others { return FoundIdentity(service: "", name: "", kind: nil) }
        guard let key = keys[number], let record = records[key] else { return nil }
        return FoundIdentity(service: key.service.text, name: key.name.text, kind: record.kind)
    }

    /// Gives up the journey longest without a run, if that is long enough. Looked for at most once a minute.
    private mutating func makeRoom(_ watermark: UInt64) {
        guard watermark >= nextSweep else { return }
        let oldest = records.min { one, other in
            one.value.lastRun == other.value.lastRun
                ? one.value.number > other.value.number : one.value.lastRun < other.value.lastRun
        }
        guard let oldest, watermark > oldest.value.lastRun, watermark - oldest.value.lastRun > FoundJourneys.idle else {
            nextSweep = watermark + 60_000_000_000
            return
        }
        records[oldest.key] = nil
        keys[oldest.value.number] = nil
        retired = oldest.value.number
    }
}
