import Foundation

/// What the command line asks for.
struct BenchmarkOptions {
    static let usage = """
        usage: Benchmarks [options]
          --only NAME         measure rows whose name has this in it; may be given again
          --list              tell the options and the rows, and end
          --spans N           how many spans to measure with (default 1000000)
          --scales A,B,…      measure with so many million spans each, and tell how the times grow
          --runs N            how often, rows taking turns; medians are told (default 5)
          --seconds N         how long rows of a running program take (default 10)
          --small             a form that takes less than a minute: 50000 spans, 3 runs, 1 second
          --data FOLDER       keep spans-N.jsonl and spans-N.otlp there, and use those that are there already
          --generator FILE    make_traces.py (default ../shared/tools/make_traces.py, else the built-in shop is used)
          --waymark FILE      the program for rows that need it running (default: beside this one, if it is there)
          --instructions      count instructions with valgrind as well
          --json FILE         write the result there
          --markdown          tell the rows once more, as the README's table

        """

    /// Parts of names of rows; empty for all.
    var only: [String] = []
    var isListing = false
    /// How many spans, smallest first.
    var scales = [1_000_000]
    var runs = 5
    var seconds = 10.0
    var isSmall = false
    var dataFolder: String?
    var generator: String?
    var program: String?
    var countsInstructions = false
    var json: String?
    var tellsMarkdown = false
    /// Work that is done again and again under an instruction counter, in a process of its own.
    var work: FixedWork?

    /// Reads arguments.
    ///
    /// - Throws: ``BenchmarkError`` that says what was expected.
    init(_ arguments: [String]) throws {
        var arguments = arguments[...]
        func value(_ option: String) throws -> String {
            guard let text = arguments.popFirst() else { throw BenchmarkError(reason: "\(option): expected a value") }
            return text
        }
        func number(_ option: String) throws -> Double {
            let text = try value(option)
            guard let number = Double(text), number > 0, number < 1e12 else {
                throw BenchmarkError(reason: "\(option) \(text): expected a number above 0")
            }
            return number
        }
        while let option = arguments.popFirst() {
            switch option {
            case "--only": only.append(try value(option))
            case "--list": isListing = true
            case "--spans": scales = [Int(try number(option))]
            case "--scales":
                let text = try value(option)
                scales = try text.split(separator: ",").map { part in
                    guard let millions = Double(part), millions > 0, millions < 1000 else {
                        throw BenchmarkError(reason: "--scales \(text): expected millions of spans such as 0.1,1,10")
                    }
                    return max(1, Int(millions * 1e6))
                }.sorted()
            case "--runs": runs = max(1, Int(try number(option)))
            case "--seconds": seconds = try number(option)
            case "--small":
                isSmall = true
                scales = [50_000]
                runs = 3
                seconds = 1
            case "--data": dataFolder = try value(option)
            case "--generator": generator = try value(option)
            case "--waymark": program = try value(option)
            case "--instructions": countsInstructions = true
            case "--markdown": tellsMarkdown = true
            case "--json": json = try value(option)
            case "--work":
                let name = try value(option)
                let passes = Int(try number(option))
                work = FixedWork(name: name, passes: passes, path: try value(option))
            default: throw BenchmarkError(reason: "\(option): no such option\n\(Self.usage)")
            }
        }
    }

    /// Whether a row is wanted.
    func wants(_ name: String) -> Bool { only.isEmpty || only.contains { name.contains($0) } }
}

/// Why something cannot be measured.
struct BenchmarkError: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
