/// How far two spellings are apart, for suggestions in error messages.
package enum EditDistance {
    private static let longestWord = 64

    /// The number of letters to insert, delete, change or swap with a neighbour (optimal string alignment).
    package static func between(_ left: String, _ right: String) -> Int {
        let a = Array(left.unicodeScalars)
        let b = Array(right.unicodeScalars)
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [Int](repeating: i, count: b.count + 1)
            for j in 1...b.count {
                let change = a[i - 1] == b[j - 1] ? 0 : 1
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + change)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }

    /// The nearest of the known words, the first of equals; nil when none is near enough to be meant.
    ///
    /// Near enough is one edit per three letters, and at least one; letter case counts nothing.
    package static func nearest(to word: String, among known: some Sequence<String>) -> String? {
        let folded = word.lowercased()
        let length = folded.unicodeScalars.count
        guard length > 1, length <= longestWord else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in known where candidate.unicodeScalars.count <= longestWord {
            let distance = between(folded, candidate.lowercased())
            if distance <= max(1, length / 3), distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.word
    }
}
