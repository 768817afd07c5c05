/// Lays out the rows of a trace, with a stack of its own.
struct TraceLayoutWalk {
    private let picture: TracePicture
    private let folds: TraceFolds
    private var stack: [(content: TraceRow.Content, depth: Int32)] = []
    private(set) var rows: [TraceRow] = []
    /// The row of each span, or of what hides it.
    private(set) var rowOf: [Int32]
    /// The row of each group and each missing parent; -1 while hidden.
    private var rowOfGroup: [Int32]
    private var rowOfMissing: [Int32]

    init(picture: TracePicture, folds: TraceFolds) {
        self.picture = picture
        self.folds = folds
        rowOf = Array(repeating: -1, count: picture.trace.spans.count)
        rowOfGroup = Array(repeating: -1, count: picture.groups.count)
        rowOfMissing = Array(repeating: -1, count: picture.missing.count)
    }

    mutating func run() {
        pushRoots()
        while let (content, depth) = stack.popLast() {
            switch content {
            case .span(let number): layOut(span: number, depth)
            case .group(let number): layOut(group: number, depth)
            case .missing(let number): layOut(missing: number, depth)
            }
        }
        fillHidden()
    }

    private mutating func pushRoots() {
        for root in picture.trace.roots.reversed() {
            if let number = picture.missingOf[root] {
                guard picture.missing[number].orphans.first == root else { continue }
                stack.append((.missing(Int32(number)), 0))
            } else {
                stack.append((.span(Int32(root)), 0))
            }
        }
    }

    private mutating func layOut(span number: Int32, _ depth: Int32) {
        let children = picture.trace.spans[Int(number)].children
        let isFolded = !children.isEmpty && folds.isFolded(picture.rowID(of: Int(number)))
        rowOf[Int(number)] = Int32(rows.count)
        add(.span(number), depth, hidden: isFolded ? picture.sizes[Int(number)] - 1 : 0, !children.isEmpty, isFolded)
        if !isFolded { push(children, depth + 1) }
    }

    private mutating func layOut(group number: Int32, _ depth: Int32) {
        let group = picture.groups[Int(number)]
        let isFolded = folds.isFolded(group.id)
        rowOfGroup[Int(number)] = Int32(rows.count)
        add(.group(number), depth, hidden: isFolded ? size(group.members) : 0, true, isFolded)
        guard !isFolded else { return }
        for member in group.members.reversed() { stack.append((.span(Int32(member)), depth + 1)) }
    }

    private mutating func layOut(missing number: Int32, _ depth: Int32) {
        let parent = picture.missing[Int(number)]
        let isFolded = folds.isFolded(.missing(parent.id))
        rowOfMissing[Int(number)] = Int32(rows.count)
        add(.missing(number), depth, hidden: isFolded ? size(parent.orphans) : 0, true, isFolded)
        if !isFolded { push(parent.orphans, depth + 1) }
    }

    private func size(_ spans: [Int]) -> Int32 { spans.reduce(0) { $0 + picture.sizes[$1] } }

    private mutating func add(
        _ content: TraceRow.Content, _ depth: Int32, hidden: Int32, _ isFoldable: Bool, _ isFolded: Bool
    ) {
        rows.append(
            TraceRow(content: content, depth: depth, hidden: hidden, isFoldable: isFoldable, isFolded: isFolded))
    }

    /// Puts siblings on the stack, a group where its first member is.
    private mutating func push(_ siblings: [Int], _ depth: Int32) {
        for sibling in siblings.reversed() {
            let group = picture.groupOf[sibling]
            if group < 0 {
                stack.append((.span(Int32(sibling)), depth))
            } else if picture.groups[Int(group)].members.first == sibling {
                stack.append((.group(group), depth))
            }
        }
    }

    /// Gives hidden spans the row of what hides them; parents come first.
    private mutating func fillHidden() {
        for number in picture.preorder where rowOf[number] < 0 {
            let group = picture.groupOf[number]
            if group >= 0, rowOfGroup[Int(group)] >= 0 {
                rowOf[number] = rowOfGroup[Int(group)]
            } else if let parent = picture.trace.spans[number].parent {
                rowOf[number] = rowOf[parent]
            } else if let missing = picture.missingOf[number] {
                rowOf[number] = rowOfMissing[missing]
            }
        }
    }
}
