#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What libFuzzer calls with every input; the environment's `FUZZ_TARGET` names the target.
///
/// One of the slower checks is made an input, all with `FUZZ_ALL`.
///
/// Nothing but libFuzzer's own `main` calls this; without it the function is not linked into any program.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do throws(FuzzFinding) {
        // libFuzzer gives as many bytes as it says, valid during the call.
        let bytes = UnsafeRawBufferPointer(start: start, count: count)
        try chosenTarget.run(bytes, checksAll ? .all : .chosen(by: bytes))
    } catch {
        fatalError("\(chosenTarget.rawValue): \(error)")
    }
    return 0
}

/// Whether every check is made on every input, which is slow.
private let checksAll = getenv("FUZZ_ALL") != nil

private let chosenTarget: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        fatalError("FUZZ_TARGET is \"\(name)\"; expected one of \(known)")
    }
    return target
}()
