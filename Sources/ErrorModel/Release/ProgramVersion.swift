/// The version of Faultlog's programs.
package enum ProgramVersion {
    /// As the programs and the API say it.
    package static let text = "0.1.0"
}
