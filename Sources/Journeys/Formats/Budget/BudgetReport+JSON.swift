import Foundation

extension BudgetReport {
    /// The report as JSON, version 1; its keys are documented with `waymark export budget --help`.
    ///
    /// - Throws: An error of the encoder, which no report should make happen.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(BudgetDocument(self)), as: UTF8.self) + "\n"
    }
}

/// A budget report as JSON, version 1.
private struct BudgetDocument: Encodable {
    struct Budget: Encodable {
        let journey: String
        let title: String?
        let owner: String?
        let environment: String?
        let objective: String
        let target: String
        let underNs: UInt64?
        let sliceNs: UInt64?
        let sliceTarget: String?
        let window: String
        let windowFromNs: UInt64
        let windowToNs: UInt64
        let windowLengthNs: UInt64
        let coveredNs: UInt64
        let total: UInt64
        let good: UInt64
        let bad: UInt64
        let attainment: Double?
        let attainmentLow: Double?
        let attainmentHigh: Double?
        let allowedBad: Double?
        let budgetLeft: Double?
        let burns: [Burn]
        let emptyInNs: UInt64?
        let alerts: [Alert]
        let state: String
    }

    struct Burn: Encodable {
        let windowNs: UInt64
        let total: UInt64
        let bad: UInt64
        let burn: Double?
    }

    struct Alert: Encodable {
        let severity: String
        let factor: Double
        let longNs: UInt64
        let shortNs: UInt64
        let firing: Bool
        let firedAtNs: UInt64?
    }

    let version = 1
    let judgedAtNs: UInt64
    let budgets: [Budget]
    let withoutPromise: [String]

    init(_ report: BudgetReport) {
        judgedAtNs = report.now
        withoutPromise = report.unpromised
        budgets = report.rows.map { row in
            let verdict = row.verdict
            let range = verdict.attainmentRange
            return Budget(
                journey: row.journey, title: row.title, owner: row.owner, environment: row.environment,
                objective: verdict.objective.name, target: verdict.objective.target.description,
                underNs: verdict.objective.under, sliceNs: verdict.objective.slices,
                sliceTarget: verdict.objective.sliceTarget?.description, window: row.window,
                windowFromNs: verdict.window.from, windowToNs: verdict.window.to, windowLengthNs: verdict.fullLength,
                coveredNs: verdict.covered, total: verdict.total, good: verdict.good, bad: verdict.bad,
                attainment: finite(verdict.attainment), attainmentLow: finite(range?.lowerBound ?? verdict.attainment),
                attainmentHigh: finite(range?.upperBound ?? verdict.attainment),
                allowedBad: finite(verdict.allowedBad), budgetLeft: finite(verdict.budgetLeft),
                burns: verdict.burns.map {
                    Burn(windowNs: $0.window, total: $0.total, bad: $0.bad, burn: finite($0.burn))
                },
                emptyInNs: verdict.emptyIn,
                alerts: verdict.alerts.map {
                    Alert(
                        severity: $0.alert.severity.rawValue, factor: $0.alert.factor.value, longNs: $0.alert.long,
                        shortNs: $0.alert.short, firing: $0.isFiring, firedAtNs: $0.firedAt)
                },
                state: row.state.word)
        }
    }
}

/// A number that JSON can hold.
private func finite(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite ? $0 : nil }
}
