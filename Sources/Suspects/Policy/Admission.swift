/// Asked before every single request to a suspect, at a time in milliseconds since 1970: descriptions, questions and their
/// repetitions. What it has granted counts as sent, also if nobody lives to send it.
package typealias Admission = @Sendable (_ time: Int) async throws -> Bool
