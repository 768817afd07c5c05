/// How much a batch holds, which is a good guess at what the next one will.
package struct BatchRoom: Sendable, Equatable {
    /// How many spans.
    package var rows = 0
    /// How many values of attributes, in all lists.
    package var attributeValues = 0
    /// How many distinct values.
    package var entries = 0
    /// How many bytes those have.
    package var bytes = 0

    /// Room for nothing.
    package init() {}

    init(rows: Int, attributeValues: Int, entries: Int, bytes: Int) {
        self.rows = rows
        self.attributeValues = attributeValues
        self.entries = entries
        self.bytes = bytes
    }

    /// The number and some more, so that a batch that comes to a little more need not move.
    static func ample(_ count: Int) -> Int { count + count / 16 }
}
