import Foundation
import Foundations

/// What has been asked and answered so far, read from the lines of an audit's transcript.
package struct Transcript: Sendable, Equatable {
  package private(set) var lines: [TranscriptLine] = []
  /// Final answers by question.
  package private(set) var answers: [String: Answer] = [:]
  /// Questions that were sent and of which nothing is recorded since.
  package private(set) var open: Set<String> = []
  /// Requests sent, by day (`QueryBudget.day(of:)`). A question that is open counts as one.
  package private(set) var requestsByDay: [Int: Int] = [:]
  /// The fingerprint that the first session found.
  package private(set) var fingerprint: String?
  private var openDays: [String: Int] = [:]

  package init() {}

  /// - Parameter bytes: whole lines; a last one without its newline was being written when its writer ended, and is
  ///   left out.
  /// - Throws: `SuspectError.transcript`.
  package init(bytes: some Sequence<UInt8>) throws {
    var line: [UInt8] = []
    var number = 0
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        line.append(byte)
        continue
      }
      number += 1
      do {
        append(try JSONDecoder().decode(TranscriptLine.self, from: Data(line)))
      } catch {
        throw SuspectError.transcript(line: number, reason: PrintableText("\(error)", limit: 256).description)
      }
      line.removeAll(keepingCapacity: true)
    }
  }

  package init(_ lines: some Sequence<TranscriptLine>) {
    for line in lines { append(line) }
  }

  /// Requests sent in all.
  package var requests: Int { requestsByDay.values.reduce(0, +) }

  package mutating func append(_ line: TranscriptLine) {
    lines.append(line)
    switch line {
    case .opened(let line): fingerprint = fingerprint ?? line.profile.fingerprint
    case .asked(let line):
      let day = QueryBudget.day(of: line.time)
      open.insert(line.question)
      openDays[line.question] = day
      requestsByDay[day, default: 0] += 1
    case .answered(let line):
      close(line)
      answers[line.question] = line.answer
    case .postponed(let line): close(line)
    case .closed: break
    }
  }

  private mutating func close(_ line: TranscriptLine.Answered) {
    open.remove(line.question)
    if let day = openDays.removeValue(forKey: line.question) { requestsByDay[day, default: 0] -= 1 }
    for attempt in line.attempts { requestsByDay[QueryBudget.day(of: attempt.time), default: 0] += 1 }
  }
}
