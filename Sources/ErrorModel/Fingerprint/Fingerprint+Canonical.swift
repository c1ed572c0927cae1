extension Fingerprint {
    /// A frame as the fingerprint sees it.
    package struct Frame: Equatable, Sendable {
        package var function: String?
        package var file: String?
        package var module: String?
        package var hasLine: Bool
        /// Marked as part of the engine.
        package var isNative: Bool
        /// Named by a source map.
        package var isResolved: Bool
        /// The whole path, where that is more than the file.
        package var path: String?
        /// What the SDK says of it; nil: the path decides.
        package var inApp: Bool?

        package init(
            function: String?, file: String?, module: String? = nil, hasLine: Bool = false,
            isNative: Bool = false, isResolved: Bool = false, path: String? = nil,
            inApp: Bool? = nil
        ) {
            self.function = function
            self.file = file
            self.module = module
            self.hasLine = hasLine
            self.isNative = isNative
            self.isResolved = isResolved
            self.path = path
            self.inApp = inApp
        }

        /// Of the application's own code.
        var isInApp: Bool {
            if isNative || withBytes(file, { FileName.isNative($0 ?? .empty, hasLine: hasLine) }) {
                return false
            }
            if let inApp { return inApp }
            return withBytes(file) { file in
                withBytes(path) { LibraryPath.isOwn(file: file ?? .empty, path: $0 ?? .empty) }
            }
        }
    }

    /// The text that is hashed.
    ///
    /// `type` is nil where the event has no exception at all, empty where the exception names no
    /// type; `frames` are nearest to the throw first; `template` is the SDK's message with its
    /// parameters unexpanded.
    package static func canonicalText(
        platform: String, type: String?, frames: [Frame], message: String? = nil,
        template: String? = nil, version: FingerprintVersion = .standard
    ) -> String {
        let language = FrameLanguage(platform: platform)
        var text = withBytes(type) { CanonicalText(language: language, type: $0) }
        if !append(frames, language, version, to: &text) {
            if let template, !template.isEmpty {
                withBytes(template) { text.appendTemplate($0 ?? .empty) }
            } else {
                withBytes(message) { text.appendMessage($0 ?? .empty) }
            }
        }
        return String(decoding: text.bytes, as: UTF8.self)
    }

    /// Appends the frames that count; false where none does.
    static func append(
        _ frames: [Frame], _ language: FrameLanguage, _ version: FingerprintVersion,
        to text: inout CanonicalText
    ) -> Bool {
        if version == .inAppFirst {
            let own = frames.lazy.filter(\.isInApp).prefix(CanonicalText.frameLimit)
            for frame in own { append(frame, to: &text) }
            if !own.isEmpty { return true }
        }
        var count = 0
        for frame in frames where !isDropped(frame, language) {
            append(frame, to: &text)
            count += 1
            if count == CanonicalText.frameLimit { break }
        }
        return count > 0
    }

    private static func isDropped(_ frame: Frame, _ language: FrameLanguage) -> Bool {
        guard language == .javascript else { return false }
        return frame.isNative
            || withBytes(frame.file) { FileName.isNative($0 ?? .empty, hasLine: frame.hasLine) }
    }

    private static func append(_ frame: Frame, to text: inout CanonicalText) {
        withBytes(frame.function) { function in
            withBytes(frame.file) { file in
                withBytes(frame.module) { module in
                    text.appendFrame(
                        function: function ?? .empty, file: file ?? .empty,
                        module: module ?? .empty, isResolved: frame.isResolved)
                }
            }
        }
    }

    private static func withBytes<Result>(
        _ text: String?, _ body: (UnsafeRawBufferPointer?) -> Result
    ) -> Result {
        guard var text else { return body(nil) }
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    /// The canonical text for what the client sent as `fingerprint`; nil when that means the
    /// default: no parts, or the default's name alone.
    package static func clientText(parts: [String], defaultText: String) -> String? {
        if parts.isEmpty || (parts.count == 1 && isDefaultName(parts[0])) { return nil }
        return parts.map { isDefaultName($0) ? defaultText : $0 }.joined(separator: "|")
    }

    private static func isDefaultName(_ part: String) -> Bool {
        part == "{{ default }}" || part == "{{default}}"
    }
}

extension UnsafeRawBufferPointer {
    /// No bytes.
    static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}
