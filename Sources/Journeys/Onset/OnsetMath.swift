import Foundation

/// The statistics that onsets are found with.
enum OnsetMath {
    /// Kullback and Leibler's divergence of a Bernoulli variable with mean `share` from one with mean `other`, in nats.
    ///
    /// By Chernoff's bound the mean of `n` runs from the latter reaches `share` with a probability of at most
    /// `exp(−n × divergence)`.
    static func divergence(_ share: Double, from other: Double) -> Double {
        let base = min(max(other, 1e-9), 1 - 1e-9)
        var sum = 0.0
        if share > 0 { sum += share * log(share / base) }
        if share < 1 { sum += (1 - share) * log((1 - share) / (1 - base)) }
        return max(0, sum)
    }

    /// `count × log(count ÷ total)`, a term of the likelihood of a multinomial at its maximum.
    static func likelihood(_ count: Double, of total: Double) -> Double {
        count > 0 && total > 0 ? count * log(count / total) : 0
    }
}

/// How many runs of so many have a property, as whole runs or in estimates.
struct OnsetShare: Sendable, Hashable {
    var hits = 0.0
    var runs = 0.0

    /// The share; zero without runs.
    var share: Double { runs > 0 ? min(1, hits / runs) : 0 }

    /// The share, drawn away from zero and one by half a run.
    var smoothed: Double { (hits + 0.5) / (runs + 1) }

    /// How sure it is that more than `limit` of all runs have the property: nats, zero when fewer do.
    func evidence(over limit: Double) -> Double { share > limit ? runs * OnsetMath.divergence(share, from: limit) : 0 }

    static func + (one: OnsetShare, other: OnsetShare) -> OnsetShare {
        OnsetShare(hits: one.hits + other.hits, runs: one.runs + other.runs)
    }
}
