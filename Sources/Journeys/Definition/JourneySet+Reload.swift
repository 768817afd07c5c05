extension JourneySet {
    /// This set, completed by the last good version of journeys that a new edit has broken.
    ///
    /// A journey of the earlier set stays when it is not in this one and an error names it, or an error that names no
    /// journey stands in the file it came from. A journey that was simply taken out is gone. Every journey that stays is
    /// said in a warning, so that the screen can show it.
    package func keepingLastGood(of earlier: JourneySet) -> JourneySet {
        var kept = self
        for journey in earlier.journeys where self[journey.name] == nil {
            let cause = diagnostics.first { diagnostic in
                guard diagnostic.severity == .error else { return false }
                return diagnostic.journey.map { $0 == journey.name } ?? (diagnostic.place.file == journey.place.file)
            }
            guard let cause else { continue }
            kept.keep(journey, because: cause)
        }
        return kept
    }
}
