import Evidence
import Foundation
import Jobs
import Suspects

// The keys of audits: read, shown, compared with the shipped file, like those in Configuration+Settings.swift.

extension AuditSettings {
  /// With what is said for all suspects.
  static let all = settings + AuditPlanSettings.settings.map { $0.within(\.plan) }

  static let settings: [Setting<AuditSettings>] = [
    .integer("concurrent", \.concurrent, 1...256),
    .duration("spread", \.spread, .zero ... .seconds(86_400)),
    .duration("start-late", \.startLate, .seconds(1) ... .seconds(366 * 86_400)),
    .duration("run-late", \.runLate, .seconds(1) ... .seconds(366 * 86_400)),
    .real("alpha", \.alpha, 1e-9...0.5),
    .integer("claims", \.claims, 0...1_000_000),
    .real("panel-alpha", \.panelAlpha, 1e-9...0.5),
    .flag("needs-panel", \.needsPanel),
    .integer("least-pairs", \.leastPairs, 1...1_000_000),
    .real("least-answers", \.leastAnswerShare, 0...1),
    .real("margin", \.margin, 0...0.999),
  ]
}

extension AuditPlanSettings {
  static let settings: [Setting<AuditPlanSettings>] = [
    .string("schedule", \.schedule) { text in
      do throws(CronExpression.Malformed) {
        let expression = try CronExpression(text)
        let utc = TimeZone(secondsFromGMT: 0) ?? .current
        return Schedule(expression, in: utc).next(after: 0) == nil ? "is never due" : nil
      } catch {
        return error.reason
      }
    },
    .string("time-zone", \.timeZone) {
      TimeZone(identifier: $0) == nil ? "is no time zone such as \"Europe/Berlin\" or \"UTC\"" : nil
    },
    .table("queries", \.questions, AuditQuestions.settings),
    .list("retrain-when", \.retrainWhen) { texts throws(BrokenRule) in
      var rules: [RetrainRule] = []
      for text in texts {
        guard let rule = RetrainRule(text) else {
          throw BrokenRule(
            "\"\(text)\" is none of \"wsr-below 0.5\", \"generator-older-than 180d\", \"pool-exhausted\"")
        }
        rules.append(rule)
      }
      return rules
    } text: {
      $0.map(\.text)
    },
  ]

  /// The time zone, which was checked when the configuration was read.
  package var clock: Schedule? {
    guard let expression = try? CronExpression(schedule), let zone = TimeZone(identifier: timeZone) else { return nil }
    return Schedule(expression, in: zone)
  }
}

extension AuditQuestions {
  static let settings: [Setting<AuditQuestions>] = [
    .integer("per-audit", \.perAudit, 1...10_000_000),
    .integer("per-day", \.perDay, 1...10_000_000),
    .perSecond("rate", \.rate),
    .integer("in-flight", \.inFlight, 1...64),
    .integer("images", \.images, 1...100_000),
    .integer("looks", \.looks, 1...100),
    .integer("decoys", \.decoys, 0...256),
    .integer("amplitude", \.amplitude, 0...DocumentBounds.amplitudes.upperBound),
  ]
}

extension AlertSettings {
  static let settings: [Setting<AlertSettings>] = [
    .strings("command", \.command) { texts in
      texts.isEmpty || texts[0].hasPrefix("/") ? nil : "\"\(texts[0])\" is not the absolute path of a program"
    },
    .string("webhook", \.webhook) {
      $0.isEmpty || $0.hasPrefix("https://") || $0.hasPrefix("http://") ? nil : "is not an http or https address"
    },
    .duration("timeout", \.timeout, .milliseconds(100) ... .seconds(600)),
  ]
}

extension SuspectSettings {
  static let all = settings + AuditPlanSettings.settings.map { $0.within(\.plan) }

  static let settings: [Setting<SuspectSettings>] = [
    .string("name", \.endpoint.name) {
      DatasetName.isSafe($0) ? nil : "is not a name: lower-case letters, digits, '.', '_' and '-', at most 64"
    },
    .string("dataset", \.dataset) { DatasetName.isSafe($0) ? nil : "is not a dataset name" },
    .integer("release", \.release, 0...1_000_000),
    .choice("protocol", \.endpoint.kind),
    .string("url", \.endpoint.url) {
      $0.hasPrefix("https://") || $0.hasPrefix("http://") ? nil : "is not an http or https address"
    },
    .optional("model", \.endpoint.model),
    .optional("version", \.endpoint.version),
    .string("credential", \.credential) { text in
      let isName = !text.contains("/") && !text.hasPrefix(".")
      return isName || text.hasPrefix("/")
        ? nil : "is neither the name of a systemd credential nor an absolute path of a file"
    },
    .string("held-out", \.heldOut) { $0.isEmpty || $0.hasPrefix("/") ? nil : "is not an absolute path" },
    .names("classes", \.endpoint.classes.names),
    .classOrder("class-order", \.endpoint.classes.order),
    .flag("other-classes", \.endpoint.classes.allowsOthers),
    .flag("missing-classes", \.endpoint.classes.allowsMissing),
    .flag("allow-private", \.endpoint.allowsPrivateAddresses),
    .table("input", \.endpoint.input, InputForm.settings),
    .table("output", \.endpoint.output, OutputForm.settings),
    .rest("rest", \.endpoint.rest),
  ]

  /// Keys without which there is no suspect.
  static let needed = ["name", "dataset", "protocol", "url"]
}

extension InputForm {
  static let settings: [Setting<InputForm>] = [
    .optional("tensor", \.tensor),
    .optional("height", \.height, 1...65_535),
    .optional("width", \.width, 1...65_535),
    .optional("layout", \.layout),
    .optional("element", \.element),
    .optional("carrier", \.carrier),
    .optional("scale", \.scale),
    .reals("mean", \.mean),
    .reals("deviation", \.deviation),
  ]
}

extension OutputForm {
  static let settings: [Setting<OutputForm>] = [
    .optional("tensor", \.tensor),
    .option("scores", \.scores),
  ]
}

extension RESTForm {
  static let settings: [Setting<RESTForm>] = [
    .names("headers", \.headers),
    .optional("body", \.body),
    .optional("content-type", \.contentType),
    .optional("answer-path", \.answerPath),
  ]
}
