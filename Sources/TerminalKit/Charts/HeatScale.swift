import Foundation

/// Which shade a count gets: five steps on a logarithmic scale, printed in the chart's frame.
package struct HeatScale: Hashable, Sendable {
    /// The least count of each step; the first is always 1, so a single event is never invisible.
    package let steps: [Int]

    /// A scale up to this count.
    package init(maximum: Int) {
        let most = Double(max(1, maximum))
        var steps: [Int] = []
        for step in 0..<5 {
            // A hair less, so that a whole power is not rounded up to the next count.
            let least = (pow(most, Double(step) / 5) * (1 - 1e-12)).rounded(.up)
            steps.append(max(Int(min(least, 9e18)), (steps.last ?? 0) + 1))
        }
        self.steps = steps
    }

    /// 0 for none, 1 to 5 from cold to hot.
    package func level(of count: Int) -> Int { steps.count { count >= $0 } }

    /// The shade of a level.
    package static func glyph(_ level: Int) -> Unicode.Scalar { glyphs[min(max(level, 0), 5)] }

    /// The colours of a level: the ramp behind, the next step in front, so the glyph stays visible.
    package static func style(_ level: Int) -> Style {
        guard level > 0 else { return .text }
        return Style(Role.heat[min(level, 4)], on: Role.heat[min(level, 5) - 1])
    }

    /// The legend for the frame: `· ≥1 ░ ≥7 ▒ ≥42 ▓ ≥168 █ ≥539`.
    package var legend: [StyledText] {
        steps.indices.flatMap { step in
            [
                StyledText(String(Character(HeatScale.glyph(step + 1))), HeatScale.style(step + 1)),
                StyledText(" ≥" + NumberFormat.count(steps[step]) + (step < 4 ? " " : ""), .dim),
            ]
        }
    }

    private static let glyphs: [Unicode.Scalar] = [" ", "·", "░", "▒", "▓", "█"]
}
