/// The kinds of job, as the ledger, the specs and the results name them.
package enum JobKind: String, Codable, Sendable, CaseIterable {
  case train
  case release
  case audit
  case qualify
  case reference
}
