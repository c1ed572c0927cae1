/// Builds the text whose hash is the fingerprint: `type|function@file|function@file|function@file`.
package struct CanonicalText {
    /// How many frames enter: the nearest to the throw.
    package static let frameLimit = 3

    package private(set) var bytes: [UInt8] = []
    private let language: FrameLanguage

    /// Begins with the type; nil stands for an event without any exception.
    package init(language: FrameLanguage, type: UnsafeRawBufferPointer?) {
        self.language = language
        bytes.reserveCapacity(256)
        appendType(type)
    }

    private mutating func appendType(_ type: UnsafeRawBufferPointer?) {
        guard let type else {
            bytes.append(contentsOf: "Message".utf8)
            return
        }
        var name = type.trimmedText
        if language == .python, let dot = name.lastIndex(of: UInt8(ascii: ".")) {
            name = name.part(dot + 1..<name.count)
        }
        if name.isEmpty {
            bytes.append(contentsOf: "Error".utf8)
        } else {
            bytes.append(contentsOf: name)
        }
    }

    /// Adds the next frame, nearest to the throw first; the caller stops after `frameLimit`.
    package mutating func appendFrame(
        function: UnsafeRawBufferPointer, file: UnsafeRawBufferPointer,
        module: UnsafeRawBufferPointer, isResolved: Bool
    ) {
        bytes.append(UInt8(ascii: "|"))
        FrameName.append(function, language: language, to: &bytes)
        bytes.append(UInt8(ascii: "@"))
        FileName.append(
            file, module: module, language: language, isResolved: isResolved, to: &bytes)
    }

    /// For an event without frames: adds the SDK's own template as it came.
    package mutating func appendTemplate(_ template: UnsafeRawBufferPointer) {
        guard !template.isEmpty else { return }
        bytes.append(UInt8(ascii: "|"))
        bytes.append(contentsOf: template)
    }

    /// For an event without frames and template: adds the pattern of its message.
    package mutating func appendMessage(_ message: UnsafeRawBufferPointer) {
        let bare = bytes.count
        bytes.append(UInt8(ascii: "|"))
        MessagePattern.append(message, to: &bytes)
        if bytes.count == bare + 1 { bytes.removeLast() }
    }

    package var hash: UInt64 { bytes.withUnsafeBytes(Fingerprint.hash) }
}
