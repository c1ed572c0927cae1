import ArgumentParser
import ErrorModel

/// How data is written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table
    case json
    case ndjson
    case csv
}

struct FormatOptions: ParsableArguments {
    @Option(
        help: "table, json, ndjson or csv (default: a table on a terminal, else ndjson).")
    var format: OutputFormat?

    var chosen: OutputFormat { format ?? (Terminal.outputIsTerminal ? .table : .ndjson) }
}

/// One column of a table or of CSV.
struct Column {
    var title: String
    /// The member of the JSON object that it shows.
    var member: String
    var isNumber = false
    /// Given up first where the terminal is narrow, down to a few characters.
    var isFlexible = false
}

/// Writes lists of objects and single objects in the format asked for.
struct Output {
    let format: OutputFormat

    func list(_ items: [JSONValue], columns: [Column]) {
        switch format {
        case .json: Terminal.write(line: JSONValue.array(items).compactText)
        case .ndjson: for item in items { Terminal.write(line: item.compactText) }
        case .csv: csv(items, columns)
        case .table: Table(columns: columns, items: items).write(width: Terminal.width)
        }
    }

    /// - Parameter text: what people see instead of a table of one row; nil: one line a member.
    func object(_ item: JSONValue, columns: [Column], text: (() -> String)? = nil) {
        switch format {
        case .json, .ndjson: Terminal.write(line: item.compactText)
        case .csv: csv([item], columns)
        case .table:
            if let text {
                Terminal.write(Array(text().utf8))
            } else {
                members(item, columns)
            }
        }
    }

    private func members(_ item: JSONValue, _ columns: [Column]) {
        let width = columns.map(\.title.count).max() ?? 0
        for column in columns {
            let title = column.title.padded(to: width)
            Terminal.write(line: "\(title)  \(Cell.text(item[column.member]))")
        }
    }

    /// RFC 4180, with a header line.
    private func csv(_ items: [JSONValue], _ columns: [Column]) {
        Terminal.write(line: columns.map { CSVRow.quote($0.member) }.joined(separator: ","))
        for item in items { CSVRow(record: item, columns: columns).write() }
    }
}

/// One line of CSV.
struct CSVRow {
    let record: JSONValue
    let columns: [Column]

    func write() {
        let cells = columns.map { Self.quote(Cell.text(record[$0.member])) }
        Terminal.write(line: cells.joined(separator: ","))
    }

    static func quote(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\""
            + text.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}

/// A JSON value as the text of a cell.
enum Cell {
    static func text(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null?: ""
        case .bool(let bool)?: bool ? "true" : "false"
        case .number(let text)?, .string(let text)?: text
        case .array(let items)?: items.map { text($0) }.joined(separator: " ")
        case .object?: value?.compactText ?? ""
        }
    }
}

extension String {
    func padded(to width: Int) -> String {
        let missing = width - count
        return missing > 0 ? self + String(repeating: " ", count: missing) : self
    }

    func paddedLeft(to width: Int) -> String {
        let missing = width - count
        return missing > 0 ? String(repeating: " ", count: missing) + self : self
    }

    func cut(to width: Int) -> String {
        count <= width ? self : String(prefix(max(0, width - 1))) + "…"
    }
}
