extension BudgetReport {
    private static let heads = [
        "Journey", "Environment", "Objective", "Promise", "Window", "Total", "Bad", "Attainment", "Budget left",
        "Burn 1h", "Empty in", "State",
    ]

    /// The report as a Markdown table (GitHub's form), with its moment above and what promises nothing below.
    package var markdown: String {
        var lines = ["# Error budgets", "", "Judged at \(BudgetText.instant(now)).", ""]
        if rows.isEmpty {
            lines.append("No journey promises anything.")
        } else {
            lines.append("| " + BudgetReport.heads.joined(separator: " | ") + " |")
            lines.append("|---|---|---|---|---|--:|--:|--:|--:|--:|--:|---|")
            lines += rows.map { row in
                "| " + row.cells.map(MarkdownText.cell).joined(separator: " | ") + " |"
            }
        }
        if !unpromised.isEmpty {
            lines += ["", "Without a promise: " + unpromised.map(MarkdownText.cell).joined(separator: ", ") + "."]
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The report as comma-separated values (RFC 4180) with a line of names; numbers are plain, shares between 0 and 1.
    package var csv: String {
        let heads = [
            "judged_at", "journey", "title", "owner", "environment", "objective", "target", "under_ns", "window",
            "total",
            "good", "bad", "attainment", "attainment_low", "attainment_high", "budget_left", "burn_1h", "empty_in_ns",
            "state",
        ]
        return ([heads] + rows.map { $0.fields(now) }).map { $0.joined(separator: ",") + "\r\n" }.joined()
    }
}

extension BudgetReport.Row {
    fileprivate var cells: [String] {
        [
            journey, environment ?? BudgetText.missing, verdict.objective.name, verdict.objective.promise, window,
            String(verdict.total), String(verdict.bad), BudgetText.attainment(verdict),
            BudgetText.percent(verdict.budgetLeft), BudgetText.burn(burnOfHour), BudgetText.time(verdict.emptyIn),
            state.word,
        ]
    }

    fileprivate func fields(_ now: UInt64) -> [String] {
        let range = verdict.attainmentRange
        return [
            BudgetText.instant(now), CSVText.field(journey), CSVText.field(title ?? ""), CSVText.field(owner ?? ""),
            CSVText.field(environment ?? ""), CSVText.field(verdict.objective.name),
            DecimalText.text(verdict.objective.target.partsPerBillion, decimals: 9),
            verdict.objective.under.map(String.init) ?? "", CSVText.field(window), String(verdict.total),
            String(verdict.good), String(verdict.bad), CSVText.number(verdict.attainment),
            CSVText.number(range?.lowerBound ?? verdict.attainment),
            CSVText.number(range?.upperBound ?? verdict.attainment), CSVText.number(verdict.budgetLeft),
            CSVText.number(burnOfHour), verdict.emptyIn.map(String.init) ?? "", state.word,
        ]
    }
}

/// Texts inside a Markdown table.
enum MarkdownText {
    /// A text that stays within its cell and means nothing but itself.
    static func cell(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\", "|", "`", "*", "_", "[", "]", "~", "#", "!", "$", "@":
                result += "\\\(scalar)"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\n", "\r", "\t": result += " "
            default: SafeText.append(scalar, to: &result)
            }
        }
    }
}

/// Fields of comma-separated values.
enum CSVText {
    /// A text as one field. Where a spreadsheet would take it for a formula an apostrophe stands before it.
    static func field(_ text: String) -> String {
        var clean = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\r" || scalar == "\t" {
                clean += " "
            } else {
                SafeText.append(scalar, to: &clean)
            }
        }
        if let first = clean.unicodeScalars.first(where: { $0 != " " }), "=+-@".unicodeScalars.contains(first) {
            clean = "'" + clean
        }
        guard clean.contains(where: { $0 == "," || $0 == "\"" || $0 == " " || $0 == "'" }) else { return clean }
        return "\"" + clean.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// A number that a program reads back as the same one; nothing for none.
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "" }
        return String(describing: value)
    }
}

/// Texts from outside in reports.
enum SafeText {
    /// Adds a scalar; what cannot be seen or turns the direction of text round is spelled out.
    static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            text += "(U+" + String(scalar.value, radix: 16, uppercase: true) + ")"
        default: text.unicodeScalars.append(scalar)
        }
    }
}
