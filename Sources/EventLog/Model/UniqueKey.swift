/// What makes a unique record the same as another: its project, its type and its id.
///
/// The type belongs to it so that whoever chooses the ids of one kind of record (SDKs, for events)
/// cannot keep a record of another kind out of the log.
package struct UniqueKey: Hashable, Sendable {
    package var project: UInt32
    package var type: RecordType
    package var id: RecordID

    package init(project: UInt32, type: RecordType, id: RecordID) {
        self.project = project
        self.type = type
        self.id = id
    }
}

extension NewRecord {
    /// The key by which a second one of the record is known.
    package var uniqueKey: UniqueKey { UniqueKey(project: project, type: type, id: id) }
}

extension LogBlock {
    /// The key of the record at `index`.
    package func uniqueKey(at index: Int) -> UniqueKey {
        UniqueKey(project: project(at: index), type: type(at: index), id: id(at: index))
    }
}
