import Foundation
import Telemetry

/// Sizes and times as people write them on a command line.
enum Quantities {
    /// Bytes: `512MiB`, `2GiB`, `300000000`; K, M and G alone are binary. `nil` for anything else.
    static func bytes(_ text: String) -> Int? {
        let units: [(String, Double)] = [
            ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9),
            ("K", 1024), ("M", 1_048_576), ("G", 1_073_741_824), ("B", 1),
        ]
        let unit = units.first { text.uppercased().hasSuffix($0.0.uppercased()) }
        let digits = text.dropLast(unit?.0.count ?? 0)
        guard let number = Double(digits), number > 0, number.isFinite else { return nil }
        let bytes = number * (unit?.1 ?? 1)
        return bytes < 1e15 ? Int(bytes) : nil
    }

    /// A size as `W`x`H`: `120x36`. `nil` for anything else.
    static func cells(_ text: String) -> (width: Int, height: Int)? {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]) else { return nil }
        guard (1...1000).contains(width), (1...1000).contains(height) else { return nil }
        return (width, height)
    }

    /// A duration in nanoseconds: `250ms`, `90s`, `1h`. `nil` for anything else.
    static func duration(_ text: String) -> UInt64? {
        let units: [(String, Double)] = [
            ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12), ("d", 8.64e13),
        ]
        guard let unit = units.filter({ text.hasSuffix($0.0) }).max(by: { $0.0.count < $1.0.count }) else { return nil }
        guard let number = Double(text.dropLast(unit.0.count)), number >= 0, number.isFinite else { return nil }
        let nanoseconds = number * unit.1
        return nanoseconds < 1e18 ? UInt64(nanoseconds) : nil
    }

    /// A moment in Unix nanoseconds: RFC 3339, `HH:MM:SS` on the last day of the data (UTC), Unix nanoseconds, `now`,
    /// `now-1h`. `nil` for anything else.
    static func time(_ text: String, now: UInt64) -> UInt64? {
        let day: UInt64 = 86_400_000_000_000
        if text == "now" { return now }
        if text.hasPrefix("now-") {
            return duration(String(text.dropFirst(4))).flatMap { $0 <= now ? now - $0 : nil }
        }
        if let number = UInt64(text), text.utf8.count >= 10 { return number }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if (2...3).contains(parts.count), parts.allSatisfy({ $0.utf8.count == 2 && Int($0) != nil }) {
            let numbers = parts.compactMap { UInt64($0) } + (parts.count == 2 ? [0] : [])
            guard numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else { return nil }
            return now / day * day + (numbers[0] * 3600 + numbers[1] * 60 + numbers[2]) * 1_000_000_000
        }
        return RFC3339.nanoseconds(text)
    }

    /// The machine's memory in bytes.
    static var machineMemory: UInt64 { ProcessInfo.processInfo.physicalMemory }
}
