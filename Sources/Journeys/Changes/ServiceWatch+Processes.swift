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

    /// The number of a version; when there are too many, one that is gone makes room, else the first stands for it.
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

    /// Forgets the processes without a span for so long (nanoseconds), and the instances that only they had.
    mutating func forgetProcesses(idle: UInt64) {
        let limit = watermark - min(watermark, idle)
        var kept: [InstanceWatch] = []
        var numbers: [Int: Int] = [:]
        for (number, instance) in instances.enumerated()
        where instance.watch.sighting.isEmpty || instance.watch.sighting.last >= limit {
            numbers[number] = kept.count
            kept.append(instance)
        }
        profiles = profiles.compactMap { profile in
            guard profile.last == 0 || profile.last >= limit else { return nil }
            return ProfileWatch(
                key: profile.key, version: profile.version, instance: profile.instance.flatMap { numbers[$0] },
                values: profile.values, tally: profile.tally, last: profile.last)
        }
        instances = kept
        instanceNumbers = [:]
        for (number, instance) in kept.enumerated() { instanceNumbers[instance.key] = number }
        leavesOutInstances = false
    }
}
