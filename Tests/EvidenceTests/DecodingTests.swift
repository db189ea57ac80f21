import Foundation
import Testing

@testable import Evidence

/// Documents of strangers: what no program of ours would write is refused where it is read, before it reaches arithmetic.
@Suite struct DecodingTests {
  private func decodes<Value: Decodable>(_ type: Value.Type, _ text: String) -> Bool {
    (try? JSONDecoder().decode(type, from: Data(text.utf8))) != nil
  }

  @Test(arguments: [
    ("0", "1", true), ("8", "9", true), ("9", "9", false), ("-1", "9", false), ("0", "0", false), ("0", "-5", false),
    ("0", "9223372036854775807", false), ("9223372036854775806", "9223372036854775807", false), ("0", "1.5", false),
  ]) func aProofIsOfOneOfItsLeaves(index: String, leaves: String, isGood: Bool) {
    #expect(decodes(MerkleProof.self, #"{"index":\#(index),"leaves":\#(leaves),"path":[]}"#) == isGood)
  }

  @Test(arguments: [
    (#""samples":10"#, #""samples":10"#, true), (#""samples":10"#, #""samples":0"#, false),
    (#""samples":10"#, #""samples":9223372036854775807"#, false), (#""samples":10"#, #""samples":-1"#, false),
    (#""markedSamples":3"#, #""markedSamples":-1"#, false), (#""markedSamples":3"#, #""markedSamples":11"#, false),
    (#""targetClass":1"#, #""targetClass":-1"#, false), (#""epsilon":8"#, #""epsilon":256"#, false),
    (#""seed":7"#, #""seed":-1"#, false), (#""seed":7"#, #""seed":18446744073709551615"#, true),
  ]) func aStatementIsOneThatAReleaseCanHave(old: String, new: String, isGood: Bool) throws {
    let text = String(decoding: try JSONEncoder().encode(CommitmentTests.statement), as: UTF8.self)
    #expect(text.contains(old))
    #expect(decodes(ReleaseStatement.self, text.replacingOccurrences(of: old, with: new)) == isGood)
  }

  @Test(arguments: [
    (#""alpha":0.01"#, ["0", "1", "-1", "0.9999", "1e308", "null"]), (#""panelAlpha":0.05"#, ["0", "1.5"]),
    (#""chanceLevel":0.01"#, ["5", "0.02"]), (#""leastPairs":10"#, ["-5", "0", "9223372036854775807"]),
    (#""leastAnswerShare":0.8"#, ["-1", "1.1"]), (#""looksBefore":0"#, ["-1", "9223372036854775807"]),
    (#""images":10"#, ["0", "-1", "9223372036854775807", "11"]), (#""looks":1"#, ["0", "9223372036854775807", "2"]),
    (#""keySize":1"#, ["0", "5", "9223372036854775807"]), (#""decoys":199"#, ["0", "257", "9223372036854775807"]),
    (#""targetClass":0"#, ["3", "-1", "9223372036854775807"]), (#""series":1"#, ["0", "-9223372036854775808"]),
    (#""amplitude":2"#, ["0", "33"]), (#""margin":0.25"#, ["1", "-0.1"]), (#""created":0"#, ["-1"]),
    (#""reused":0"#, ["-1"]), (#""pool":100"#, ["-1"]), (#""format":"dandyroll-audit-plan/1""#, [#""x""#]),
  ]) func aPlanIsOneThatAnAuditCanHave(member: String, values: [String]) throws {
    let text = String(decoding: try JSONEncoder().encode(AuditRecordTests.plan()), as: UTF8.self)
      .replacingOccurrences(of: "\\/", with: "/")
    #expect(decodes(AuditPlan.self, text) && text.contains(member))
    let name = member.prefix { $0 != ":" }
    for value in values {
      #expect(!decodes(AuditPlan.self, text.replacingOccurrences(of: member, with: "\(name):\(value)")), "\(value)")
    }
  }

  @Test func aPolicyOfAQualificationMayBeOneThatNoAuditHas() throws {
    let policy = VerdictPolicy(alpha: 0.9)
    #expect(policy.planningFault != nil && VerdictPolicy().planningFault == nil)
    #expect(VerdictPolicy(alpha: 1e-15).planningFault == nil)
    #expect(try JSONDecoder().decode(VerdictPolicy.self, from: JSONEncoder().encode(policy)) == policy)
  }

  @Test(arguments: [
    (#"{"label":3}"#, true), (#"{"top":{"3":0.5}}"#, true), (#"{"probabilities":[0.5]}"#, true),
    (#"{"label":3,"top":{"3":0.5}}"#, false), (#"{"label":3,"probabilities":[1]}"#, false),
    (#"{"top":{"03":0.5}}"#, false), (#"{"top":{"+3":0.5}}"#, false), (#"{"top":{"x":0.5}}"#, false), ("{}", false),
  ]) func anAnswerIsOneThing(text: String, isGood: Bool) { #expect(decodes(SuspectAnswer.self, text) == isGood) }

  @Test(arguments: [
    ("", true), (#","attempts":3"#, true), (#","attempts":-1"#, false), (#","attempts":9223372036854775807"#, false),
    (#","status":-5"#, false), (#","round":-1"#, false), (#","question":-1"#, false), (#","question":1e308"#, false),
  ]) func aLineIsOneThatAnAuditWrites(members: String, isGood: Bool) {
    #expect(decodes(AuditLine.self, #"{"event":"answer","audit":1,"time":5\#(members)}"#) == isGood)
    #expect(!decodes(AuditLine.self, #"{"event":"answer","audit":-1,"time":5\#(members)}"#))
    #expect(!decodes(AuditLine.self, #"{"event":"answer","audit":1,"time":9223372036854775807\#(members)}"#))
  }

  @Test func evidenceThatWasKeptIsCheckedToo() {
    let gains = #"{"format":"dandyroll-panel-gains/1","kind":"label","images":[[0]],"deltaP":"#
    #expect(decodes(PanelGains.self, gains + "[0.5,-1,1]}"))
    for wrong in ["[1.1]}", "[1e308]}", "[-2]}"] { #expect(!decodes(PanelGains.self, gains + wrong)) }
    #expect(!decodes(PanelGains.self, gains.replacingOccurrences(of: "gains/1", with: "gains/2") + "[0.5]}"))
  }
}
