import TerminalKit

/// Reads one mouse report in the SGR form, `ESC [ < code ; column ; row M`, after its `<`.
package struct MouseDecoder {
    /// What a character did to the report.
    package enum Result: Equatable {
        case incomplete
        case event(MouseEvent)
        /// A complete report that says nothing to us, such as motion without a button.
        case ignored
        /// Not part of a report.
        case malformed
    }

    private var fields = [0]

    package init() {}

    /// Takes the next character of the report.
    package mutating func take(_ character: UInt32) -> Result {
        switch character {
        case 0x30...0x39:
            let last = fields.count - 1
            fields[last] = min(fields[last] * 10 + Int(character - 0x30), 65_536)
            return .incomplete
        case 0x3B where fields.count < 3:
            fields.append(0)
            return .incomplete
        case 0x4D where fields.count == 3: return result(isRelease: false)
        case 0x6D where fields.count == 3: return result(isRelease: true)
        default: return .malformed
        }
    }

    /// Bits of the code: 3 button, 4 shift, 8 alt, 16 control, 32 motion, 64 wheel. Places count from 1.
    private func result(isRelease: Bool) -> Result {
        let code = fields[0]
        let (x, y) = (fields[1] - 1, fields[2] - 1)
        guard x >= 0, y >= 0 else { return .ignored }
        let button: MouseEvent.Button = [.left, .middle, .right, .none][code & 3]
        if code & 64 != 0 {
            switch code & 3 {
            case 0: return .event(MouseEvent(.wheelUp, .none, x: x, y: y))
            case 1: return .event(MouseEvent(.wheelDown, .none, x: x, y: y))
            default: return .ignored
            }
        }
        guard button != .none else { return .ignored }
        let action: MouseEvent.Action = isRelease ? .release : code & 32 != 0 ? .drag : .press
        return .event(MouseEvent(action, button, x: x, y: y))
    }
}
