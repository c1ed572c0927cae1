import ErrorModel

/// A tree as a search that reads back as the same tree.
extension SearchNode {
    package var text: String {
        switch self {
        case .term(let term): term.test.text
        case .not(let node): "!" + node.inner
        case .all(let nodes): nodes.map(\.inner).joined(separator: " ")
        case .any(let nodes): nodes.map(\.inner).joined(separator: " OR ")
        }
    }

    /// In parentheses where it has parts.
    private var inner: String {
        switch self {
        case .term, .not: text
        case .all, .any: "(\(text))"
        }
    }
}

extension SearchTest {
    var text: String {
        switch self {
        case .text(let pattern): pattern.text
        case .state(let state): "is:\(state.rawValue)"
        case .has(let member): "has:\(member.rawValue)"
        case .project(let name): "project:\(quoted(name))"
        case .level(let range): "level:\(range.text(\.name))"
        case .action(let action): "action:\(action.name)"
        case .name(let name, let pattern): "\(name.rawValue):\(pattern.text)"
        case .count(let count, let range): "\(count.rawValue):\(range.text { String($0) })"
        case .time(let moment, let range): "\(moment.rawValue):\(range.text(\.text))"
        case .release(let release, let range): "\(release.rawValue):\(range.text(quoted))"
        case .person(.user(let name)): "user:\(quoted(name))"
        case .person(.account(let name)): "account:\(quoted(name))"
        case .tag(let name, let pattern): "\(SearchKey.tagPrefix)\(keyed(name)):\(pattern.text)"
        }
    }
}

extension SearchPattern {
    var text: String { "\"\(pieces.map(escaped).joined(separator: "*"))\"" }
}

extension SearchRange {
    func text(_ text: (Bound) -> String) -> String {
        switch self {
        case .equal(let bound): text(bound)
        case .below(let bound): "<" + text(bound)
        case .atMost(let bound): "<=" + text(bound)
        case .above(let bound): ">" + text(bound)
        case .atLeast(let bound): ">=" + text(bound)
        case .between(let low, let high): "\(text(low))..\(text(high))"
        }
    }
}

extension SearchTime {
    var text: String {
        switch self {
        case .ago(let amount, let unit): "-\(amount)\(unit.rawValue)"
        // The date alone.
        case .day(let start): String(start.text.prefix { $0 != "T" })
        case .moment(let moment): moment.text
        }
    }
}

/// The name of a tag, in quotes where it would not be read as a whole.
private func keyed(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy {
        !SearchParser.isDelimiter($0) && $0 != UInt8(ascii: ":")
    }
    return isPlain ? name : quoted(name)
}

private func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

/// As it stands within quotes.
private func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" || scalar == "*" { escaped += "\\" }
        escaped.unicodeScalars.append(scalar)
    }
    return escaped
}
