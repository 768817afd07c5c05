/// What a cell means; a theme turns it into a colour (SCREENS section 14).
///
/// Drawing code names roles, never colours.
package enum Role: UInt8, CaseIterable, Sendable {
    // Base.
    case bg, text, textDim, label, border, borderFocus, title, key, sel, selRange, input, match, link, code
    // Status.
    case statusOK, statusWarn, statusPage, statusOut, statusNoData, statusFew, statusStale, statusMuted
    case dataSuspect, sloLine, sloOver, budgetLeft
    // State of the whole screen.
    case stateLive, statePaused, stateReplay, stateDrill, recording
    // Charts.
    case chartP50, chartP95, chartP99, chartBase, chartCount
    case heat1, heat2, heat3, heat4, heat5
    case markDeploy, markOnset, markAlert, markAck, markMitigation, markEvent
    // Traces and logs.
    case svc1, svc2, svc3, svc4, svc5, svc6, svc7, svc8, svc9, svc10, svc11, svc12
    case spanCritical, logError, logWarn, logInfo, logDebug, deltaWorse, deltaBetter, deltaNew

    /// The spelling in theme files, such as `text.dim`.
    package var name: String { Role.names[Int(rawValue)] }

    /// The role with this spelling in theme files.
    package init?(name: String) {
        guard let index = Role.names.firstIndex(of: name) else { return nil }
        self = Role.allCases[index]
    }

    /// The colour of a service: the same name has the same colour on every machine and in every run.
    package static func service(_ name: String) -> Role {
        services[Int(stableHash(name) % UInt32(services.count))]
    }

    /// Heat steps from cold to hot.
    package static let heat: [Role] = [.heat1, .heat2, .heat3, .heat4, .heat5]

    /// The twelve service colours.
    package static let services: [Role] = [
        .svc1, .svc2, .svc3, .svc4, .svc5, .svc6, .svc7, .svc8, .svc9, .svc10, .svc11, .svc12,
    ]

    /// FNV-1a over the UTF-8 bytes: fixed for ever, unlike Swift's seeded hash.
    private static func stableHash(_ text: String) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in text.utf8 {
            hash = (hash ^ UInt32(byte)) &* 16_777_619
        }
        return hash ^ (hash >> 16)
    }

    private static let names = [
        "bg", "text", "text.dim", "label", "border", "border.focus", "title", "key", "sel", "sel.range", "input",
        "match", "link", "code", "status.ok", "status.warn", "status.page", "status.out", "status.nodata",
        "status.few", "status.stale", "status.muted", "data.suspect", "slo.line", "slo.over", "budget.left",
        "state.live", "state.paused", "state.replay", "state.drill", "recording", "chart.p50", "chart.p95",
        "chart.p99", "chart.base", "chart.count", "heat.1", "heat.2", "heat.3", "heat.4", "heat.5", "mark.deploy",
        "mark.onset", "mark.alert", "mark.ack", "mark.mitigation", "mark.event", "svc.1", "svc.2", "svc.3", "svc.4",
        "svc.5", "svc.6", "svc.7", "svc.8", "svc.9", "svc.10", "svc.11", "svc.12", "span.critical", "log.error",
        "log.warn", "log.info", "log.debug", "delta.worse", "delta.better", "delta.new",
    ]
}
