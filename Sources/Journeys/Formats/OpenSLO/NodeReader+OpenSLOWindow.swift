import Telemetry

extension NodeReader {
    /// Reads one element of `timeWindow`.
    ///
    /// - Parameters:
    ///   - parts: Its entries.
    ///   - exact: The annotation with the exact length of a rolling window.
    mutating func window(_ parts: OpenSLOEntries, exact: MappingEntry?) -> JourneyDefinition.Window? {
        guard let entry = parts["duration"],
            let duration = value(entry, expected: OpenSLODuration.form, { OpenSLODuration($0) })
        else { return nil }
        var isRolling = parts["calendar"] == nil
        if let flag = parts["isRolling"] {
            guard let value = scalar(flag, JourneyReader.flag) else { return nil }
            isRolling = value
        }
        switch (parts["calendar"], isRolling) {
        case (nil, true): return rolling(duration, entry, exact: exact)
        case (nil, false):
            report(
                at: entry.keyPlace, "a time window that neither rolls nor has a \"calendar\"",
                expected: "isRolling: true, or calendar: {startTime: 2024-01-01 00:00:00, timeZone: Europe/Berlin}")
        case (let calendar?, true):
            report(
                at: calendar.keyPlace, "a time window that rolls and has a \"calendar\"",
                expected: "one of isRolling: true and calendar")
        case (let calendar?, false):
            guard let exact else { return self.calendar(duration, entry, calendar) }
            report(
                at: exact.keyPlace, "\"\(OpenSLO.prefix)window\" beside a calendar",
                expected: "that annotation only with a rolling window")
        }
        return nil
    }

    private mutating func rolling(
        _ duration: OpenSLODuration, _ entry: MappingEntry, exact: MappingEntry?
    ) -> JourneyDefinition.Window? {
        guard let nanoseconds = length(duration, entry) else { return nil }
        if duration.isCalendar {
            report(
                .note, at: entry.place,
                "a rolling window of \(duration.count)\(duration.unit) is read as \(DurationText.text(nanoseconds))")
        }
        return self.exact(exact, or: nanoseconds).map { .rolling(nanoseconds: $0) }
    }

    /// The exact length that an annotation gives, when it fits what the document says in whole minutes.
    mutating func exact(_ annotation: MappingEntry?, or nanoseconds: UInt64) -> UInt64? {
        guard let annotation else { return nanoseconds }
        guard let exact = scalar(annotation, JourneyReader.positiveDuration) else { return nil }
        guard OpenSLODuration(OpenSLODuration.covering(exact).text)?.nanoseconds == nanoseconds else {
            let said = DurationText.text(nanoseconds)
            report(
                at: annotation.place,
                "\(DurationText.text(exact)) in \"\(OpenSLO.prefix)\(annotation.name)\" beside \(said)",
                expected: "a duration that rounded up to whole minutes is \(said)")
            return nil
        }
        return exact
    }

    /// The length of a duration that is more than nothing and at most ten years, in nanoseconds.
    mutating func length(_ duration: OpenSLODuration, _ entry: MappingEntry) -> UInt64? {
        guard let nanoseconds = duration.nanoseconds, nanoseconds > 0, nanoseconds <= 3_650 * 86_400_000_000_000 else {
            report(
                at: entry.place, "\"\(duration.count)\(duration.unit)\" for \"\(entry.name)\"",
                expected: "more than nothing and at most ten years")
            return nil
        }
        return nanoseconds
    }

    private mutating func calendar(
        _ duration: OpenSLODuration, _ entry: MappingEntry, _ calendar: MappingEntry
    ) -> JourneyDefinition.Window? {
        guard let parts = filled(calendar.value, of: .openSLOCalendar) else { return nil }
        let zone = parts.first { $0.name == "timeZone" }.flatMap { scalar($0, JourneyReader.timeZone) }
        let startEntry = parts.first { $0.name == "startTime" }
        let start = startEntry.flatMap { value($0, expected: OpenSLOStart.form) { OpenSLOStart($0) } }
        guard let unit = NodeReader.calendarUnit(duration) else {
            report(
                at: entry.place, "a calendar window of \"\(duration.count)\(duration.unit)\"",
                expected: "1w, 1M or 1Q: the weeks, months and quarters of the calendar",
                suggestion: duration.unit == "m" && duration.count == 1 ? "1M" : nil)
            return nil
        }
        guard let zone, let start, let startEntry else { return nil }
        if !start.begins(unit) {
            report(
                .warning, at: startEntry.place,
                "no \(unit) of the calendar begins at \(startEntry.value.scalar?.string ?? ""); it is judged from "
                    + NodeReader.beginning(unit) + " on")
        }
        return .calendar(unit: unit, timeZone: zone)
    }

    private static func calendarUnit(_ duration: OpenSLODuration) -> String? {
        switch (duration.count, duration.unit) {
        case (1, "w"), (7, "d"): "week"
        case (1, "M"): "month"
        case (1, "Q"), (3, "M"): "quarter"
        default: nil
        }
    }

    private static func beginning(_ unit: String) -> String {
        switch unit {
        case "week": "Monday 00:00"
        case "month": "the first of the month 00:00"
        default: "the first of January, April, July or October 00:00"
        }
    }
}
