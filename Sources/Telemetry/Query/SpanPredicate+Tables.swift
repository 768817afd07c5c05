import Dispatch

extension SpanPredicate {
    /// The matching rows of several tables, by table and in order.
    ///
    /// Where there is enough work, several threads share it, a table each; the answer does not depend on how many.
    package func select(in tables: [SpanTable]) -> [[UInt32]] {
        map(tables) { $1 }
    }

    /// What something makes of the matching rows of several tables, by table.
    ///
    /// - Parameter body: is called with each table's number and its matching rows in order, by several threads at once
    ///   where there is enough work.
    package func map<Answer: Sendable>(
        _ tables: [SpanTable], _ body: @Sendable (_ table: Int, _ rows: [UInt32]) -> Answer
    ) -> [Answer] {
        @Sendable func work(_ number: Int) -> Answer {
            var rows: [UInt32] = []
            select(in: tables[number], rows: 0..<tables[number].count, into: &rows)
            return body(number, rows)
        }
        let count = tables.reduce(0) { $0 + $1.count }
        guard tables.count > 1, count >= rowsWorthThreads else { return tables.indices.map { work($0) } }
        return [Answer](unsafeUninitializedCapacity: tables.count) { answers, initialized in
            // Every table's place is written once, by the one thread that has its number; nobody reads before all are
            // done, when `concurrentPerform` returns.
            nonisolated(unsafe) let answers = answers
            DispatchQueue.concurrentPerform(iterations: tables.count) { number in
                answers.initializeElement(at: number, to: work(number))
            }
            initialized = tables.count
        }
    }

    /// Fewer rows are judged sooner than a second thread has woken up and got a processor.
    private var rowsWorthThreads: Int {
        steps.allSatisfy { $0.clause.source.isNumberOfSpan } ? 1 << 22 : 1 << 17
    }
}
