import Telemetry

extension OpenSLOLibrary {
    /// Reads `alertPolicies`; nil stands for waymark's default alerts.
    mutating func alerts(
        _ spec: OpenSLOEntries, _ objectives: [JourneyDefinition.Objective]
    ) -> [JourneyDefinition.Alert]? {
        let slo = spec.object
        guard let entry = spec.list.first(where: { $0.name == "alertPolicies" }) else {
            read(slo) {
                $0.report(
                    .note, at: slo.spec.place,
                    "no \"alertPolicies\"; waymark's default alerts hold (write alertPolicies: [] for none)")
            }
            return nil
        }
        guard let nodes = read(slo, { $0.elements(entry) }) else { return nil }
        var alerts: [JourneyDefinition.Alert] = []
        for node in nodes {
            let holder = MappingEntry(
                key: entry.key, name: entry.name, keyPlace: entry.keyPlace, value: node,
                place: read(slo) { $0.place(node, fallback: entry.place) })
            guard let policy = item(holder, .alertPolicy, "alertPolicyRef", .openSLOPolicyItem, of: slo) else {
                continue
            }
            if let alert = alert(policy) { alerts.append(alert) }
        }
        return settle(alerts, spec, objectives, at: entry)
    }

    /// Decides between the policies and an annotation which says that they are waymark's own.
    private mutating func settle(
        _ alerts: [JourneyDefinition.Alert], _ spec: OpenSLOEntries, _ objectives: [JourneyDefinition.Objective],
        at entry: MappingEntry
    ) -> [JourneyDefinition.Alert]? {
        guard let annotation = spec.object.annotation("alerts") else { return alerts }
        guard read(spec.object, { $0.scalar(annotation, { $0 == "default" ? true : nil }) }) != nil else {
            return alerts
        }
        let usual = JourneyDefinition.defaultAlerts.filter { alert in
            objectives.contains { alert.factor.isReachable(for: $0.target) }
        }
        guard alerts != usual else { return nil }
        read(spec.object) {
            $0.report(
                .warning, at: annotation.place,
                "\"\(OpenSLO.prefix)alerts: default\" beside policies that are not waymark's own; the policies hold")
        }
        return alerts
    }

    /// An object that is referred to or written in place; nil after reporting what is wrong.
    private mutating func item(
        _ holder: MappingEntry, _ kind: OpenSLOKind, _ reference: String, _ table: JourneyKeyTable,
        of object: OpenSLOObject
    ) -> OpenSLOObject? {
        if holder.value.scalar != nil { return self.object(kind, holder, of: object) }
        guard let entries = read(object, { $0.filled(holder.value, of: table) }) else { return nil }
        let parts = OpenSLOEntries(object, entries)
        if let name = parts[reference] {
            guard parts["spec"] == nil else {
                read(object) {
                    $0.report(at: name.keyPlace, "\"\(reference)\" and a \"spec\" in one", expected: "one of them")
                }
                return nil
            }
            return self.object(kind, name, of: object)
        }
        guard parts["spec"] != nil else {
            read(object) {
                $0.report(
                    at: holder.place, "\(table.title) without \"\(reference)\" or \"spec\"",
                    expected: "\(reference): NAME, or \(kind.title) in place")
            }
            return nil
        }
        if let said = parts["kind"], said.value.scalar?.string != kind.rawValue {
            read(object) {
                $0.report(
                    at: said.place, "\"\(said.value.scalar?.string ?? "")\" where \(table.title) stands",
                    expected: kind.rawValue)
            }
            return nil
        }
        return read(object) { OpenSLOObject(holder.value, kind: kind, &$0) }
    }

    /// The alert of a policy; nil for one that does not alert when its condition holds, or after an error.
    private mutating func alert(_ policy: OpenSLOObject) -> JourneyDefinition.Alert? {
        let entries = read(policy) { $0.filled(policy.spec.value, of: .openSLOAlertPolicy) }
        guard let entries else { return nil }
        let parts = OpenSLOEntries(policy, entries)
        var breaches = true
        for key in ["alertWhenBreaching", "alertWhenResolved", "alertWhenNoData"] {
            guard let entry = parts[key] else { continue }
            let flag = read(policy) { $0.scalar(entry, JourneyReader.flag) }
            if key == "alertWhenBreaching" { breaches = flag ?? true }
        }
        readTargets(parts)
        guard let conditions = parts["conditions"], let nodes = read(policy, { $0.elements(conditions) }) else {
            return nil
        }
        guard nodes.count == 1, let node = nodes.first else {
            read(policy) {
                $0.report(
                    at: conditions.keyPlace, "\(nodes.count) conditions in one AlertPolicy", expected: "exactly one")
            }
            return nil
        }
        let holder = MappingEntry(
            key: conditions.key, name: "conditions", keyPlace: conditions.keyPlace, value: node,
            place: read(policy) { $0.place(node, fallback: conditions.place) })
        let condition = item(holder, .alertCondition, "conditionRef", .openSLOConditionItem, of: policy)
        guard let condition, let alert = alert(of: condition) else { return nil }
        guard breaches else {
            read(policy) {
                $0.report(
                    .note, at: parts["alertWhenBreaching"]?.place ?? policy.place,
                    "the AlertPolicy \"\(policy.name)\" does not alert when its condition holds; it is left out")
            }
            return nil
        }
        return alert
    }

    /// Checks who hears of it; waymark tells the receivers of its own settings.
    private mutating func readTargets(_ parts: OpenSLOEntries) {
        let policy = parts.object
        guard let entry = parts["notificationTargets"], let nodes = read(policy, { $0.elements(entry) }) else { return }
        for node in nodes {
            let holder = MappingEntry(
                key: entry.key, name: entry.name, keyPlace: entry.keyPlace, value: node,
                place: read(policy) { $0.place(node, fallback: entry.place) })
            guard let target = item(holder, .notificationTarget, "targetRef", .openSLOTargetItem, of: policy),
                let list = read(target, { $0.filled(target.spec.value, of: .openSLOTarget) }),
                let said = OpenSLOEntries(target, list)["target"], let text = read(target, { $0.text(said) }),
                text != OpenSLO.sourceType
            else { continue }
            read(policy) {
                $0.report(
                    .note, at: holder.place,
                    "the notification target \"\(target.name)\" (\(text)) is not carried over; who hears of alerts is "
                        + "said in waymark's own settings")
            }
        }
    }

    private mutating func alert(of condition: OpenSLOObject) -> JourneyDefinition.Alert? {
        read(condition) { reader in
            guard let entries = reader.filled(condition.spec.value, of: .openSLOAlertCondition) else { return nil }
            let parts = OpenSLOEntries(condition, entries)
            guard let said = parts["severity"], let severity = reader.severity(said), let entry = parts["condition"],
                let list = reader.filled(entry.value, of: .openSLOCondition)
            else { return nil }
            return reader.alert(severity, OpenSLOEntries(condition, list))
        }
    }
}

extension NodeReader {
    private static let pages: Set<String> = [
        "page", "critical", "urgent", "high", "emergency", "sev1", "sev2", "p1", "p2",
    ]
    private static let warns: Set<String> = [
        "warn", "warning", "ticket", "medium", "low", "info", "notify", "sev3", "sev4", "sev5", "p3", "p4", "p5",
    ]

    /// Whom a severity bothers; a word that nobody knows pages, which is the safer side.
    fileprivate mutating func severity(_ entry: MappingEntry) -> JourneyDefinition.Alert.Severity? {
        guard let text = text(entry) else { return nil }
        let word = text.lowercased()
        if NodeReader.pages.contains(word) { return .page }
        if NodeReader.warns.contains(word) { return .warn }
        report(
            .warning, at: entry.place, "the severity \"\(text)\" is read as page", expected: "page or warn")
        return .page
    }

    /// The burn-rate condition as an alert of two windows.
    fileprivate mutating func alert(
        _ severity: JourneyDefinition.Alert.Severity, _ parts: OpenSLOEntries
    ) -> JourneyDefinition.Alert? {
        let condition = parts.object
        if let kind = parts["kind"], scalar(kind, { $0 == "burnrate" ? $0 : nil }) == nil { return nil }
        if let op = parts["op"], scalar(op, { ["gt", "gte"].contains($0) ? $0 : nil }) == nil { return nil }
        let factor = parts["threshold"].flatMap { entry in
            scalar(entry) { text in (try? BurnFactor(text: text)).flatMap { $0.thousandths > 0 ? $0 : nil } }
        }
        guard let factor, let lookback = parts["lookbackWindow"],
            let duration = value(lookback, expected: OpenSLODuration.form, { OpenSLODuration($0) }),
            let minutes = length(duration, lookback),
            let long = exact(condition.annotation("long-window"), or: minutes),
            let short = shortWindow(parts, long: long)
        else { return nil }
        guard short < long else {
            report(
                at: (condition.annotation("short-window") ?? parts["alertAfter"] ?? lookback).place,
                "a short window of \(DurationText.text(short)), which is not shorter than the long one",
                expected: "less than \(DurationText.text(long))")
            return nil
        }
        return JourneyDefinition.Alert(severity: severity, factor: factor, long: long, short: short)
    }

    /// The short window: the annotation's, else the time for which the condition must hold, else a twelfth of the long
    /// window, which is the share of the usual multi-window alerts.
    private mutating func shortWindow(_ parts: OpenSLOEntries, long: UInt64) -> UInt64? {
        var after: UInt64 = 0
        if let entry = parts["alertAfter"] {
            guard let duration = value(entry, expected: OpenSLODuration.form, { OpenSLODuration($0) }) else {
                return nil
            }
            guard duration.count == 0 || length(duration, entry) != nil else { return nil }
            after = duration.nanoseconds ?? 0
        }
        if let annotation = parts.object.annotation("short-window") {
            return scalar(annotation, JourneyReader.positiveDuration)
        }
        let short = after > 0 ? after : max(1, long / 12)
        report(
            .note, at: (parts["alertAfter"] ?? parts["lookbackWindow"])?.place ?? parts.object.place,
            after > 0
                ? "alertAfter is read as the short window: the burn over the last \(DurationText.text(short)) counts too"
                : "a short window of \(DurationText.text(short)) is added, a twelfth of the long one")
        return short
    }
}
