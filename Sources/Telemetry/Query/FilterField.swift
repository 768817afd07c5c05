/// Where an attribute is looked for.
package enum FilterScope: String, Sendable, Hashable, CaseIterable {
    /// Span, then resource, then scope, events and links: TraceQL's `.key`.
    case any = ""
    case span
    case resource
    case event
    case link
    /// The instrumentation scope (TraceQL calls it `instrumentation`).
    case scope
    /// A log record's own attributes.
    case log
}

/// The left side of a comparison.
package enum FilterField: Sendable, Hashable {
    /// A field every span, trace or record has.
    case intrinsic(FilterIntrinsic)
    /// An attribute by key. In the event scope the key `name` is the event's name; in the instrumentation
    /// scope `name` and `version` are those of the scope.
    case attribute(FilterScope, String)

    /// What the field is compared with; nil for attributes, whose type is known only from the data.
    package var valueType: FilterIntrinsic.ValueType? {
        switch self {
        case .intrinsic(let intrinsic): intrinsic.valueType
        case .attribute: nil
        }
    }
}
