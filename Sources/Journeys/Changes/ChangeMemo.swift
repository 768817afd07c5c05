import Telemetry

/// Where a span's setting stands in a shape.
struct SettingPlace: Sendable {
    let key: Symbol
    let position: Int
    /// Where the attribute stands that says what the setting is about.
    let subject: Int?

    /// The setting of a span: about what its attribute says, else about spans of this name.
    func isAbout(_ subject: String?, of name: Symbol) -> Setting { Setting(key: key, about: subject ?? name.text) }
}

/// A configuration attribute, and what it is about.
struct Setting: Hashable, Sendable {
    let key: Symbol
    let about: String
}

/// What is known of the resources and shapes of the chunk that is being written, so that it is worked out once.
struct ChangeMemo: Sendable {
    /// Not looked at yet.
    static let unknown: Int32 = -2
    /// Nothing to look at.
    static let nothing: Int32 = -1
    /// How many values of settings are remembered by their codes.
    static let mostValues = 16_384

    /// What is known of one chunk.
    private struct Known: Sendable {
        var profiles: [Int32] = []
        var shapes: [Int32] = []
        var settings: [[SettingPlace]] = []
        var values = SightingIndex()
    }

    private(set) var chunk: UInt64?
    private var known = Known()
    private var shelf = ChunkShelf<Known>()
    private var resourceKeys: [UInt32: Bool] = [:]
    private var spanKeys: [UInt32: Bool] = [:]

    init() {}

    /// Forgets numbers, not verdicts about keys.
    init(like other: ChangeMemo) {
        chunk = other.chunk
        profiles = Array(repeating: ChangeMemo.unknown, count: other.profiles.count)
        known.shapes = Array(repeating: ChangeMemo.unknown, count: other.shapes.count)
        resourceKeys = other.resourceKeys
        spanKeys = other.spanKeys
    }

    /// By resource: the number of its process.
    var profiles: [Int32] {
        @inline(__always) get { known.profiles }
        @inline(__always) _modify { yield &known.profiles }
    }
    /// By shape: the number of its settings.
    var shapes: [Int32] { known.shapes }
    /// What may change in the spans of a shape, by the number of its settings.
    var settings: [[SettingPlace]] { known.settings }
    /// Tallies by service, setting and the code of its value.
    var values: SightingIndex {
        get { known.values }
        _modify { yield &known.values }
    }

    /// Makes ready for rows of a chunk, which may be one that was looked at before, with more rows.
    mutating func begin(_ chunk: UInt64?, resources: Int, shapes count: Int) {
        if chunk != self.chunk { known = shelf.exchange(known, of: self.chunk, for: chunk) ?? Known() }
        if chunk == nil || resources < profiles.count || count < shapes.count {
            known.profiles.removeAll(keepingCapacity: true)
            known.shapes.removeAll(keepingCapacity: true)
            known.settings.removeAll(keepingCapacity: true)
            if values.count > 0 { known.values = SightingIndex() }
        }
        self.chunk = chunk
        while profiles.count < resources { known.profiles.append(ChangeMemo.unknown) }
        while shapes.count < count { known.shapes.append(ChangeMemo.unknown) }
    }

    /// Finds the settings in a shape.
    mutating func learn(_ shape: Int, _ table: SpanTable) {
        let list = AttributeList(shape: UInt32(truncatingIfNeeded: shape), offset: 0)
        var found: [SettingPlace] = []
        for position in 0..<table.count(list) {
            let key = table.key(list, position)
            guard isSpanSetting(key) else { continue }
            let subjects = ConfigurationKeys.subjects(of: key.text).lazy.compactMap { Words.existing($0) }
            let subject = subjects.compactMap { table.position(of: $0, inShape: list.shape) }.first
            found.append(SettingPlace(key: key, position: position, subject: subject))
        }
        if !found.isEmpty { known.settings.append(found) }
        known.shapes[shape] = found.isEmpty ? ChangeMemo.nothing : Int32(truncatingIfNeeded: settings.count - 1)
    }

    private mutating func isSpanSetting(_ key: Symbol) -> Bool {
        if let known = spanKeys[key.code] { return known }
        if spanKeys.count >= ChangeMemo.mostValues { spanKeys = [:] }
        let verdict = key != .overflow && ConfigurationKeys.isConfiguration(span: key.text)
        spanKeys[key.code] = verdict
        return verdict
    }

    /// Whether a resource's attribute is configuration.
    mutating func isResourceSetting(_ key: Symbol) -> Bool {
        if let known = resourceKeys[key.code] { return known }
        if resourceKeys.count >= ChangeMemo.mostValues { resourceKeys = [:] }
        let verdict = key != .overflow && ConfigurationKeys.isConfiguration(resource: key.text)
        resourceKeys[key.code] = verdict
        return verdict
    }
}

/// A resource as far as changes can be seen in it.
struct ResourceReading: Sendable {
    let version: Symbol
    /// A hash of what tells the instance from others; nil when nothing does.
    let instance: UInt64?
    /// The configuration.
    let settings: [(key: Symbol, value: String)]
    /// A hash of all of it, service and environment included.
    let key: UInt64

    /// Where an instance's name is looked for when the resource has no `service.instance.id`.
    private static let instanceKeys = ["k8s.pod.name", "k8s.pod.uid", "container.id", "host.name"].map { Symbol($0) }

    init(_ row: ResourceRow, _ table: SpanTable, _ memo: inout ChangeMemo) {
        version = row.version == .overflow ? .empty : row.version
        var hash = mixed(UInt64(row.environment.code) << 32 | UInt64(row.service.code)) &+ UInt64(version.code)
        var instance = row.instance == .empty ? nil : row.instance
        for key in ResourceReading.instanceKeys where instance == nil {
            instance = table.valueCode(row.attributes, key: key).flatMap { $0 == .empty ? nil : $0 }
        }
        self.instance = instance.map { code in
            var text = table.values.text(code)
            return text.withUTF8 { hashed(UnsafeRawBufferPointer($0), seed: 0x1257) }
        }
        if let instance = self.instance { hash = mixed(hash ^ instance) }
        var settings: [(key: Symbol, value: String)] = []
        for position in 0..<table.count(row.attributes) {
            let key = table.key(row.attributes, position)
            guard memo.isResourceSetting(key) else { continue }
            var text = table.values.text(table.valueCode(row.attributes, position))
            let value = text.withUTF8 { hashed(UnsafeRawBufferPointer($0), seed: UInt64(key.code)) }
            hash = mixed(hash &+ value)
            settings.append((key, text))
        }
        self.settings = settings
        key = hash
    }
}

extension String {
    /// The text cut at a character so that it takes at most so many bytes, with an ellipsis when something is missing.
    func cut(to bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var kept = ""
        var size = 3
        for scalar in unicodeScalars {
            size += UTF8.width(scalar)
            if size > bytes { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + "…"
    }
}
