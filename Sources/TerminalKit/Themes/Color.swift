import Foundation

/// A colour as red, green and blue, each 0 to 255 (sRGB).
package struct Color: Hashable, Sendable {
    package let red: UInt8
    package let green: UInt8
    package let blue: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour such as 0x11151A.
    package init(hex: UInt32) {
        self.init(red: UInt8(hex >> 16 & 0xFF), green: UInt8(hex >> 8 & 0xFF), blue: UInt8(hex & 0xFF))
    }

    /// A colour written `11151a` or `#11151a`; nil for anything else.
    package init?(_ text: String) {
        let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
        guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let hex = UInt32(digits, radix: 16) else {
            return nil
        }
        self.init(hex: hex)
    }

    /// Six lower-case hexadecimal digits.
    package var hex: String {
        [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Relative luminance, 0 to 1 (WCAG 2).
    package var luminance: Double {
        0.2126 * Color.linear(red) + 0.7152 * Color.linear(green) + 0.0722 * Color.linear(blue)
    }

    /// Contrast between two colours, 1 to 21 (WCAG 2).
    package func contrast(with other: Color) -> Double {
        let (high, low) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (high + 0.05) / (low + 0.05)
    }

    /// How different two colours look: ΔE of CIE 1976, the distance in Lab.
    package func difference(from other: Color) -> Double {
        let (one, two) = (lab, other.lab)
        return
            ((one.l - two.l) * (one.l - two.l) + (one.a - two.a) * (one.a - two.a)
            + (one.b - two.b) * (one.b - two.b)).squareRoot()
    }

    /// CIE L*a*b* under D65.
    var lab: (l: Double, a: Double, b: Double) {
        let (r, g, b) = (Color.linear(red), Color.linear(green), Color.linear(blue))
        let x = Color.labCurve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
        let y = Color.labCurve(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
        let z = Color.labCurve((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
        return (116 * y - 16, 500 * (x - y), 200 * (y - z))
    }

    private static func labCurve(_ value: Double) -> Double {
        value > 216.0 / 24_389.0 ? cbrt(value) : (24_389.0 / 27.0 * value + 16) / 116
    }

    /// sRGB channel to linear light.
    private static func linear(_ channel: UInt8) -> Double {
        let value = Double(channel) / 255
        return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
}

/// How many colours a terminal shows.
package enum ColorDepth: Int, Comparable, Sendable, CaseIterable {
    /// Attributes only.
    case none
    /// The terminal's own sixteen colours.
    case ansi16
    /// The fixed cube and greys, indices 16 to 255.
    case indexed256
    /// Red, green and blue.
    case trueColor

    package static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.rawValue < right.rawValue }
}

/// A colour as a terminal is told.
package enum TerminalColor: Hashable, Sendable {
    /// The terminal's own foreground or background.
    case standard
    /// One of 256 palette entries; the first 16 are the user's own.
    case indexed(UInt8)
    /// Red, green and blue.
    case rgb(Color)
}

/// The fixed part of the 256-colour palette: a 6×6×6 cube at 16 and 24 greys at 232.
package enum IndexedPalette {
    /// The palette entry that looks most alike (smallest ΔE); 16 to 255.
    package static func nearest(to color: Color) -> UInt8 {
        let wanted = color.lab
        var best = (index: UInt8(16), distance: Double.infinity)
        for (offset, lab) in labs.enumerated() {
            let (l, a, b) = (lab.l - wanted.l, lab.a - wanted.a, lab.b - wanted.b)
            let distance = l * l + a * a + b * b
            if distance < best.distance { best = (UInt8(16 + offset), distance) }
        }
        return best.index
    }

    /// The colour of an entry; nil for the first 16, which the user chooses.
    package static func color(_ index: UInt8) -> Color? {
        guard index >= 16 else { return nil }
        if index >= 232 {
            let grey = 8 + 10 * (index - 232)
            return Color(red: grey, green: grey, blue: grey)
        }
        let steps: [UInt8] = [0, 95, 135, 175, 215, 255]
        let cube = Int(index) - 16
        return Color(red: steps[cube / 36], green: steps[cube / 6 % 6], blue: steps[cube % 6])
    }

    private static let labs = (UInt8(16)...255).map { (color($0) ?? Color(hex: 0)).lab }
}
