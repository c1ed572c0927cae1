/// A file that came beside an event; its content is a blob.
package struct AttachmentKept: ItemRecord, Hashable {
    package static let kind = RecordKind.attachmentKept

    /// The event that it belongs to.
    package var event: EventID?
    /// The key of the event's user, where both came together; else 0.
    package var user: UInt64
    /// Nil once the person is erased, or the project keeps it no longer.
    package var blob: BlobReference?
    package var fileName: String?
    package var contentType: String?
    /// What it is to the SDK, `event.attachment` or `event.minidump` for example.
    package var role: String?
    package var redaction: RedactedEvent.Reason?

    package init(
        event: EventID?, user: UInt64, blob: BlobReference?, fileName: String?,
        contentType: String?, role: String?
    ) {
        self.event = event
        self.user = user
        self.blob = blob
        self.fileName = BoundedText.cut(orNil: fileName, ItemLimits.fileName)
        self.contentType = BoundedText.cut(orNil: contentType, ItemLimits.contentType)
        self.role = BoundedText.cut(orNil: role, ItemLimits.contentType)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            event: try reader.optionalID("event"), user: try reader.optionalKey("user"),
            blob: try BlobReference(reader), fileName: data["fileName"]?.string,
            contentType: data["contentType"]?.string, role: data["role"]?.string)
        redaction = try reader.redaction()
        guard blob != nil || isRedacted else { throw reader.fail("blob") }
    }

    package var data: JSONValue {
        .present(
            [
                redactedMember, ("event", event.map { .string($0.text) }), ("user", .key(user)),
            ] + (blob?.members ?? []) + [
                ("fileName", fileName.map(JSONValue.string)),
                ("contentType", contentType.map(JSONValue.string)),
                ("role", role.map(JSONValue.string)),
            ])
    }

    package var keys: IntakeKeys {
        IntakeKeys(
            user: user, trace: event.map(EventKeys.about) ?? 0, session: blob?.hash.key ?? 0)
    }

    package func erased(standIn: UInt64) -> AttachmentKept { emptied(.erased, user: standIn) }

    package var expired: AttachmentKept? { emptied(.expired, user: user) }

    private func emptied(_ reason: RedactedEvent.Reason, user: UInt64) -> AttachmentKept {
        var record = AttachmentKept(
            event: event, user: user, blob: nil, fileName: nil, contentType: nil, role: role)
        record.redaction = reason
        return record
    }
}
