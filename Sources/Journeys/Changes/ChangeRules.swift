/// When something seen in the data is certain enough to be called a change.
///
/// Two clocks are asked, and both must agree: time, and the spans of the service itself. A burst of other work does not
/// make a name look absent, because no more time has passed; a quiet night does not, because the whole service is quiet.
package struct ChangeRules: Sendable {
    /// For so long after a service was first seen nothing about it is a change, in nanoseconds.
    package var learning: UInt64 = 180 * ChangeRules.second
    /// So many spans of a service must have come before anything about it can be new.
    package var leastSpansBefore: UInt64 = 10
    /// What is new must be so regular that it would have come this often before, had it been there: an event so expected
    /// does not happen with a probability of e to the minus this, if it comes at random.
    package var expectedBefore = 8.0
    /// The same for span names and services, of which there are more and rarer ones.
    package var expectedNamesBefore = 12.0
    /// In so many different seconds a new version, value or instance must have come.
    package var leastEpisodes: UInt64 = 3
    /// The same for a span name or a service.
    package var leastNameEpisodes: UInt64 = 5
    /// What has not become certain so long after it was first seen was there all along, only rare; in nanoseconds.
    package var patience: UInt64 = 1800 * ChangeRules.second

    /// In so many different seconds a name must have come before its absence says anything.
    package var regularEpisodes: UInt64 = 20
    /// For so long it must have been coming, in nanoseconds.
    package var regularLife: UInt64 = 600 * ChangeRules.second
    /// It must be absent at least so long, in nanoseconds.
    package var leastAbsence: UInt64 = 120 * ChangeRules.second
    /// It must be absent at least so many of its mean gaps.
    package var absentGaps = 15.0
    /// It must be absent at least so many times the longest gap it ever had.
    package var absentLongestGaps = 3.0
    /// So often it should have come meanwhile, by its share of the spans.
    package var expectedMeanwhile = 12.0
    /// A name that vanished and came back this often comes and goes, and is not spoken of any more.
    package var mostReturns = 2

    /// An instance counts as running while it is absent for at most so many of its mean gaps, or ``liveAtLeast``.
    package var liveGaps = 8.0
    /// The mean gap of an instance that came once only, in nanoseconds.
    package var unknownGap = 15e9
    /// For so long an instance counts as running in any case, in nanoseconds.
    package var liveAtLeast: UInt64 = 20 * ChangeRules.second
    /// Comings and goings of instances are gathered for so long, so that a restart is one event; in nanoseconds.
    package var gathering: UInt64 = 120 * ChangeRules.second
    /// For so long after a version came its instances are counted, in nanoseconds.
    package var rollout: UInt64 = 3600 * ChangeRules.second

    /// A time so far from a service's others, in nanoseconds, is believed only when ``agreeing`` spans say so.
    package var leap: UInt64 = 600 * ChangeRules.second
    /// How many spans must agree on a leap.
    package var agreeing = 3

    /// How many services are watched, over all environments.
    package var mostServices = 1_024
    /// How many span names of one service are watched; a service with more is left out.
    package var mostNames = 512
    /// How many span names a service may be the first to show within ``patience``; one with more is left out.
    package var mostNewNames = 128
    /// How many instances of one service are watched; a service with more is left out.
    package var mostInstances = 2_048
    /// How many versions of one service are watched.
    package var mostVersions = 64
    /// How many configuration attributes of one service are watched.
    package var mostAttributes = 128
    /// An attribute with more values than this is not configuration.
    package var mostValues = 8
    /// How much of a value is kept, in bytes.
    package var mostValueBytes = 200
    /// How many events about span names of one service stand for themselves at once; the rest are one event.
    package var mostNameEvents = 3

    /// A second in nanoseconds.
    static let second: UInt64 = 1_000_000_000

    /// The rules as they are used.
    package init() {}
}
