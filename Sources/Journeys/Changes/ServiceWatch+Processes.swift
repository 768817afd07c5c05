import Telemetry

extension ServiceWatch {
    /// What is not looked at.
    func unwatched(_ reason: String) -> UnwatchedService {
        UnwatchedService(environment: environmentName.text, service: service.text, reason: reason)
    }

    /// A process seen for the first time.
    mutating func profile(of reading: ResourceReading, key: UInt64, _ rules: ChangeRules, tally: Int) -> ProfileWatch {
        let version = versionNumber(reading.version, rules)
        var pairs: [ProfileWatch.Pair] = []
        for setting in reading.settings {
            guard let attribute = attribute(Setting(key: setting.key, about: ""), rules),
                let value = valueNumber(setting.value.cut(to: rules.mostValueBytes), of: attribute, rules)
            else { continue }
            pairs.append(ProfileWatch.Pair(attribute: attribute, value: value))
        }
        let instance = reading.instance.flatMap { instanceNumber($0, version: version, rules) }
        return ProfileWatch(key: key, version: version, instance: instance, values: pairs, tally: tally)
    }

    /// The number of a version; when there are too many at once, the further ones count as unnamed.
    private mutating func versionNumber(_ version: Symbol, _ rules: ChangeRules) -> Int {
        if let known = versions.firstIndex(where: { $0.version == version }) { return known }
        guard versions.count < rules.mostVersions else {
            if let unnamed = versions.firstIndex(where: { $0.version == .empty }) { return unnamed }
            versions.append(VersionWatch(version: .empty))
            return versions.count - 1
        }
        versions.append(VersionWatch(version: version))
        return versions.count - 1
    }

    private mutating func instanceNumber(_ key: UInt64, version: Int, _ rules: ChangeRules) -> Int? {
        if let known = instanceNumbers[key] { return known }
        guard !leavesOutInstances, instances.count < rules.mostInstances else {
            leavesOutInstances = true
            return nil
        }
        instances.append(InstanceWatch(key: key, version: version))
        instanceNumbers[key] = instances.count - 1
        return instances.count - 1
    }

    /// The number of a configuration attribute; nil for one that varies too much or is one too many.
    mutating func attribute(_ setting: Setting, _ rules: ChangeRules) -> Int? {
        var about = setting.about.cut(to: rules.mostValueBytes)
        let key = about.withUTF8 { hashed(UnsafeRawBufferPointer($0), seed: UInt64(setting.key.code)) }
        if let known = attributeNumbers[key] { return attributes[known].isVarying ? nil : known }
        guard attributes.count < rules.mostAttributes else { return nil }
        attributes.append(AttributeWatch(key: setting.key, about: about))
        attributeNumbers[key] = attributes.count - 1
        return attributes.count - 1
    }

    /// Whether one more value fits; else the attribute is no configuration.
    mutating func mayWatchValue(of attribute: Int, _ rules: ChangeRules) -> Bool {
        if attributes[attribute].values.count >= rules.mostValues { attributes[attribute].isVarying = true }
        return !attributes[attribute].isVarying
    }

    private mutating func valueNumber(_ text: String, of attribute: Int, _ rules: ChangeRules) -> Int? {
        if let known = attributes[attribute].values.firstIndex(where: { $0.text == text }) { return known }
        guard mayWatchValue(of: attribute, rules) else { return nil }
        attributes[attribute].values.append(ValueWatch(text: text, tally: nil))
        return attributes[attribute].values.count - 1
    }

    /// Whether so much has gathered that what is gone should be forgotten, and something is gone.
    func isCrowded(_ rules: ChangeRules) -> Bool {
        let isFull =
            profiles.count > rules.mostInstances / 2 || versions.count > rules.mostVersions / 2
            || attributes.contains { !$0.isVarying && $0.values.count + 2 >= rules.mostValues }
        guard isFull else { return false }
        return versions.contains { isPast($0.watch) } || instances.contains { isPast($0.watch) }
            || attributes.contains { $0.values.contains { isPast($0.watch) } }
    }

    /// Whether something has been gone for an hour, or was not seen for a week although nothing was concluded from that.
    ///
    /// What is merely silent stays: after a quiet night it must not look new.
    private func isPast(_ watch: Watch) -> Bool {
        let last = watch.sighting.last
        guard !watch.sighting.isEmpty, watermark > last else { return false }
        let isGone = watch.state == .gone || watch.state == .unsteady
        return watermark - last > (isGone ? 3_600 : 604_800) * ChangeRules.second
    }

    /// Forgets versions, values and instances that are gone, and the processes that had them.
    mutating func forgetPast() {
        let keptVersions = versions.indices.filter { !isPast(versions[$0].watch) }
        let keptInstances = instances.indices.filter { !isPast(instances[$0].watch) }
        let keptValues = attributes.map { attribute in
            attribute.values.indices.filter { !isPast(attribute.values[$0].watch) }
        }
        let versionNumbers = numbered(keptVersions)
        let instanceNumbers = numbered(keptInstances)
        let valueNumbers = keptValues.map(numbered)
        profiles = profiles.compactMap { profile in
            guard let version = versionNumbers[profile.version] else { return nil }
            let instance = profile.instance.flatMap { instanceNumbers[$0] }
            let pairs = profile.values.compactMap { pair in
                valueNumbers[pair.attribute][pair.value].map {
                    ProfileWatch.Pair(attribute: pair.attribute, value: $0)
                }
            }
            guard (instance == nil) == (profile.instance == nil), pairs.count == profile.values.count else {
                return nil
            }
            return ProfileWatch(
                key: profile.key, version: version, instance: instance, values: pairs, tally: profile.tally)
        }
        instances = keptInstances.map { number in
            var instance = instances[number]
            // One whose version is gone says its version again with its next span.
            instance.version = versionNumbers[instance.version] ?? 0
            return instance
        }
        for (number, kept) in keptValues.enumerated() {
            attributes[number].values = kept.map { attributes[number].values[$0] }
        }
        versions = keptVersions.map { versions[$0] }
        self.instanceNumbers = [:]
        for (number, instance) in instances.enumerated() { self.instanceNumbers[instance.key] = number }
        leavesOutInstances = false
    }

    /// New numbers by old ones.
    private func numbered(_ kept: [Int]) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
    }
}
