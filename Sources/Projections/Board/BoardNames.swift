/// Numbers for texts that many issues have in common.
struct BoardNames {
    private(set) var names: [String] = []
    private var numbers: [String: Int64] = [:]

    var count: Int { names.count }

    mutating func number(_ name: String) -> Int64 {
        if let number = numbers[name] { return number }
        let number = Int64(names.count)
        numbers[name] = number
        names.append(name)
        return number
    }

    func known(_ name: String) -> Int64? { numbers[name] }
}
