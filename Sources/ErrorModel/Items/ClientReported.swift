/// What an SDK says that it has lost or thrown away, of one envelope.
package struct ClientReported: ItemRecord, Hashable {
    package static let kind = RecordKind.clientReported

    /// So many things of one category, for one reason; both are words of the SDK.
    package struct Loss: Hashable, Sendable {
        package var reason: String
        package var category: String
        package var quantity: UInt64

        package init(reason: String, category: String, quantity: UInt64) {
            (self.reason, self.category, self.quantity) = (reason, category, quantity)
        }
    }

    package var losses: [Loss]

    package init(losses: [Loss]) { self.losses = losses }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        guard let list = data["discarded"]?.array else { throw reader.fail("discarded") }
        losses = try list.map { entry in
            let reader = MemberReader(data: entry, kind: Self.kind)
            return Loss(
                reason: try reader.string("reason"), category: try reader.string("category"),
                quantity: try reader.unsigned("quantity"))
        }
    }

    package var data: JSONValue {
        [
            "discarded": .array(
                losses.map { loss in
                    [
                        "reason": .string(loss.reason), "category": .string(loss.category),
                        "quantity": .integer(loss.quantity),
                    ]
                })
        ]
    }

    package var keys: IntakeKeys { IntakeKeys() }
    package var redaction: RedactedEvent.Reason? { nil }
    /// Nobody is named in it.
    package func erased(standIn: UInt64) -> ClientReported { self }

    package var expired: ClientReported? { nil }
}
